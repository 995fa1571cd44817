package dev.hearth.store.engine;

import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;

/**
 * Takes the entries of several keys as they were at one and the same moment, without a lock. One thread.
 *
 * <p>
 * <b>Why single lookups do not do.</b> Each lookup answers with the newest version up to {@code last applied} of its
 * own moment. A batch becomes visible between two lookups, so that one yields the old version and the next the new.
 *
 * <p>
 * <b>One pass in which nothing was applied.</b> If {@code last applied} was A before the first lookup and is A behind
 * the last, it was A throughout, for it only grows. Each lookup then answered with the newest version up to A, as
 * {@code TableReader} shows, and together they are the state that commit A left.
 *
 * <p>
 * <b>Two passes with the same answers.</b> Where others commit all the time, the first will not do. But suppose that a
 * second pass, begun when the first had ended, finds every key with the version that the first took. The version of a
 * key only grows, and one that is gone does not come back: a later put has a later version, moving an entry keeps its
 * version and its bytes, and doing a commit again brings nothing back that a later commit removed. So each key had
 * that version from its first lookup to its second, and all of these spans hold the moment between the passes. What
 * was committed to other keys meanwhile is of no concern. This is the double collect of Afek, Attiya, Dolev, Gafni,
 * Merritt and Shavit, <i>Atomic Snapshots of Shared Memory</i> (1993), with versions in place of their sequence
 * numbers.
 *
 * <p>
 * <b>What has changed is taken anew</b>, and a further pass has to confirm it. Entries that are taken are held, so
 * that their bytes can be looked at when the moment is long gone; the passes themselves touch the lookup table only,
 * some 100 ns a key, and not the values.
 *
 * <p>
 * <b>Which keys they are</b> says the manifest. It was found before the first pass, and each pass looks it up again
 * first, as one key more. If it was replaced, the keys may be others, and the caller starts anew. A key that is absent
 * means one of two things: its group is no longer whole, or a batch replaced the manifest, and with it the keys. If
 * the manifest is still the same when it is looked up behind that, it was so when the key was absent, and the group
 * was not whole at that moment.
 *
 * <p>
 * <b>Progress.</b> A pass fails only if a commit to one of the keys came between its beginning and that of the pass
 * before; so somebody else got on. A reader whose passes take longer than the time between such commits may fail for
 * ever, and gives up when its caller says so: whoever may write then collects under the writer lock, where nothing
 * moves and one pass is enough.
 */
final class GroupCollect {
    private GroupCollect() {}

    /** The keys, as one thread looks them up. */
    interface Keys {
        /** The version up to which everything is visible. */
        long lastApplied();

        /** Looks the manifest up: whether it is the one that names these keys. */
        boolean isSameManifest();

        /** Looks a key up and takes what is there, unless it has been taken before. */
        Look look(int key);
    }

    /** What a lookup of a key found. */
    enum Look {
        /** The entry that has been taken before. */
        SAME,
        /** Another one, or the first; it is taken now. */
        TAKEN,
        /** None. */
        ABSENT
    }

    /** What came of it. */
    enum Outcome {
        /** All that was taken was current at one moment. */
        COLLECTED,
        /** The manifest was current at a moment at which one of its keys had no entry. */
        INCOMPLETE,
        /** The manifest is another one by now, or gone. */
        REPLACED,
        /** It was given up. */
        GIVEN_UP
    }

    /** Passes over the keys until their entries are of one moment; asks {@code mayGoOn} before every further pass. */
    static Outcome collect(Keys keys, int count, BooleanSupplier mayGoOn) {
        for (boolean first = true;; first = false) {
            long before = keys.lastApplied();
            boolean confirmed = !first;
            if (!keys.isSameManifest()) {
                return Outcome.REPLACED;
            }
            for (int key = 0; key < count; key++) {
                Look look = keys.look(key);
                if (look == Look.ABSENT) {
                    return keys.isSameManifest() ? Outcome.INCOMPLETE : Outcome.REPLACED;
                }
                confirmed &= look == Look.SAME;
            }
            // The lookups come before the second look at the word, also where loads may overtake each other.
            VarHandle.acquireFence();
            if (confirmed || keys.lastApplied() == before) {
                return Outcome.COLLECTED;
            }
            if (!mayGoOn.getAsBoolean()) {
                return Outcome.GIVEN_UP;
            }
        }
    }
}
