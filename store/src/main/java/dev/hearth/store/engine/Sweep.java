package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.engine.SegmentWalk.Live;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.evict.Candidate;
import dev.hearth.store.evict.EvictionPolicy;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.segment.DirectoryDescriptor;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.segment.EntryMover;
import dev.hearth.store.segment.SegmentAllocator;
import dev.hearth.store.segment.SegmentHeaderDescriptor;
import dev.hearth.store.segment.SegmentStates.State;
import dev.hearth.store.segment.Written;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes single segments back: decides what of a segment stays, copies that elsewhere, releases the segment and clears
 * away what still speaks of it. One thread at a time, without any lock but for the commits; each step may be done again
 * by anybody, also while somebody else is at it.
 */
final class Sweep {
    /** Operations of a transaction: each holds the writer lock for some microseconds. */
    private static final int CHUNK = 64;
    private static final int LINE_BYTES = DirectoryDescriptor.LINE_BYTES;
    private final SweepParts parts;
    private final MarkSegments segments;
    private final SegmentTable table;
    private final SegmentWalk walk;
    private final EntryMover mover;
    private final long segmentBytes;
    private long movedEntries;
    private long movedBytes;
    private long releasedSegments;

    Sweep(SweepParts parts, SegmentAllocator allocator) {
        this.parts = parts;
        this.segments = parts.segments();
        this.table = parts.store().mark().segments();
        this.walk = new SegmentWalk(parts.store().data(), parts.store().table(), segments, parts.clockMs());
        this.mover = new EntryMover(parts.store().data(), allocator);
        this.segmentBytes = parts.store().mark().geometry().segmentBytes();
    }

    /**
     * How a segment is to be treated.
     *
     * @param inTurn     whether the hand is there
     * @param keepOut    first of the segments nothing is to be moved into
     * @param keepOutEnd behind the last of them
     * @param look       how much is done for it
     */
    record Mode(boolean inTurn, int keepOut, int keepOutEnd, Look look) {
        static final Mode HAND = new Mode(true, 0, 0, Look.CHANCE);
        static final Mode PACK = new Mode(true, 0, 0, Look.PACK);
        static final Mode ALL = new Mode(true, 0, 0, Look.ALL);
    }

    /** What becomes of a segment of which much is kept. */
    enum Look {
        /** It stays as it is. */
        CHANCE,
        /** What is kept is moved. */
        PACK,
        /** Nothing is kept, and what continues it goes, too. */
        ALL
    }

    /** An entry and what is to become of it. */
    private static final class Judged {
        final Live live;
        final Candidate candidate;
        boolean kept;
        boolean copied;

        Judged(Live live, Candidate candidate, boolean kept) {
            this.live = live;
            this.candidate = candidate;
            this.kept = kept;
        }

        Intent.Parent digest() {
            return new Intent.Parent(live.header().digestHi(), live.header().digestLo());
        }

        Intent.Parent parent() {
            return new Intent.Parent(live.header().parentHi(), live.header().parentLo());
        }

        boolean isContinuation() {
            return (live.header().flags() & EntryDescriptor.CONTINUES) != 0;
        }
    }

    /**
     * Sweeps a sealed segment of activations: true if it was released, false if it was passed over.
     */
    boolean evict(int segment, Mode mode) {
        long generation = segments.generation(segment);
        long place = table.openedAt(segment);
        // Those who write in it have entries to come that the walk would not see.
        boolean held = segments.holds().isHeldByWriters(segment);
        long reservation = held ? 0 : table.closeReservations(segment);
        held |= segments.holds().isHeldByWriters(segment);
        SegmentWalk.Seen seen = new SegmentWalk.Seen();
        List<Judged> judged = judge(walk.live(segment, seen), mode.inTurn());
        parts.steps().at(SweepStep.EVICT_CLOSED);
        if (segments.generation(segment) != generation) {
            return true; // Somebody else was faster.
        }
        boolean stays = mode.look() == Look.CHANCE && mode.inTurn()
                && staysWhole(judged, segments.runSegments(segment));
        if (held || stays) {
            pass(segment, place, judged, stays);
            return false;
        }
        boolean all = mode.look() == Look.ALL;
        if (!all) {
            move(judged, mode);
        }
        // A copy does not count if the entry is still there: what it continues may be gone.
        List<Judged> rest = judged.stream().filter(one -> !one.copied || walk.isThere(one.live.header())).toList();
        int[] ending = rest.stream().mapToInt(one -> one.live.header().offsetUnits()).toArray();
        Descendants descendants = new Descendants(parts, walk);
        // Out of turn the bits do not say that nothing continues an entry.
        boolean mayGo = mode.inTurn() ? !all || descendants.drop(continued(rest)) : rest.isEmpty();
        long going = rest.stream().filter(one -> walk.isThere(one.live.header())).count();
        if (!mayGo || !release(new SegmentReleases.Victim(segment, generation, reservation, mode.inTurn(), ending,
                all))) {
            descendants.giveUp();
            pass(segment, place, rest, false);
            return false;
        }
        parts.events().add(Counter.EVICTIONS, going);
        if (segments.generation(segment) == generation + 1 && segments.state(segment) == State.RELEASED) {
            clean(segment, generation + 1, walk.leftovers(segment, seen));
        } else {
            clean(segment);
        }
        return true;
    }

    private List<EntryHeader> continued(List<Judged> judged) {
        ReferenceMap references = parts.eviction().references();
        return judged.stream().map(one -> one.live.header())
                .filter(entry -> Chains.isProtected(references.get(entry.segment(), entry.offsetUnits()))).toList();
    }

    /**
     * Drops up to {@code most} entries of a segment, where they are. Returns how many went; 0 if none was left to drop,
     * so that the segment was passed.
     */
    int drop(int segment, int most) {
        long generation = segments.generation(segment);
        long place = table.openedAt(segment);
        // What was planned while the segment was open is in its directory behind this; what comes later is noted.
        parts.committer().underLock(() -> {
        });
        List<Judged> judged = judge(walk.live(segment), true);
        if (judged.isEmpty()) {
            boolean _ = evict(segment, Mode.HAND);
            return 0;
        }
        List<Intent.Drop> drops = new ArrayList<>();
        for (Judged one : leavesFirst(judged, most)) {
            drops.add(new Intent.Drop(one.live.header().digestHi(), one.live.header().digestLo(),
                    new SegmentReleases.Victim(segment, generation, 0, true,
                            new int[]{one.live.header().offsetUnits()}, false)));
        }
        if (drops.isEmpty()) {
            pass(segment, place, judged, true);
            return 0;
        }
        int dropped = parts.committer().commit(List.of(new Intent.DropAll(drops))).changes();
        parts.events().add(Counter.EVICTIONS, dropped);
        if (dropped == 0) {
            pass(segment, place, judged, true);
        }
        return dropped;
    }

    /** Up to {@code most} entries that are not kept, none behind one that it continues. */
    private static List<Judged> leavesFirst(List<Judged> judged, int most) {
        Map<Intent.Parent, Judged> going = new LinkedHashMap<>();
        judged.stream().filter(one -> !one.kept).forEach(one -> going.put(one.digest(), one));
        Map<Intent.Parent, Integer> depths = new HashMap<>();
        for (Judged one : going.values()) {
            List<Intent.Parent> path = new ArrayList<>();
            Judged at = one;
            while (at != null && !depths.containsKey(at.digest()) && path.size() <= going.size()) {
                path.add(at.digest());
                at = going.get(at.parent());
            }
            int depth = at == null ? 0 : depths.getOrDefault(at.digest(), 0) + 1;
            for (Intent.Parent digest : path.reversed()) {
                depths.put(digest, depth++);
            }
        }
        return going.values().stream()
                .sorted(Comparator.comparingInt((Judged one) -> depths.getOrDefault(one.digest(), 0)).reversed())
                .limit(most).toList();
    }

    /** Counts entries that somebody else moved with {@link #mover}. */
    void moved(int entries, long bytes) {
        movedEntries += entries;
        movedBytes += bytes;
    }

    /** Entries that were moved since this was made. */
    long movedEntries() {
        return movedEntries;
    }

    /** What they take. */
    long movedBytes() {
        return movedBytes;
    }

    /** Segments that were released since this was made. */
    long releasedSegments() {
        return releasedSegments;
    }

    /** What copies entries; one thread at a time. */
    EntryMover mover() {
        return mover;
    }

    /** The first line from {@code from} on of a segment whose entry is there; -1 if there is none. */
    int firstLive(int segment, int from) {
        return walk.firstLive(segment, from);
    }

    /** Out of turn nothing may be dropped that may be continued by what the hand has not met; so all is moved. */
    private List<Judged> judge(List<Live> live, boolean inTurn) {
        List<Judged> judged = new ArrayList<>(live.size());
        for (Live entry : live) {
            EntryHeader header = entry.header();
            int reference = parts.eviction().references().get(header.segment(), header.offsetUnits());
            Candidate candidate = new Candidate(reference & EvictionPolicy.REFERENCE_MASK,
                    parts.eviction().tick().getAsInt(), header.priority(),
                    header.recomputeCostNs(), header.logicalBytes(), entry.extentBytes());
            judged.add(new Judged(entry, candidate, !inTurn || Chains.isProtected(reference)
                    || parts.eviction().policy().keeps(candidate)));
        }
        keepParents(judged);
        return judged;
    }

    /** Within a segment, what is continued by an entry that stays does so too. */
    private static void keepParents(List<Judged> judged) {
        if (judged.stream().noneMatch(Judged::isContinuation)) {
            return;
        }
        Map<Intent.Parent, Judged> byDigest = new HashMap<>();
        judged.forEach(one -> byDigest.put(one.digest(), one));
        for (Judged one : judged) {
            Judged child = one;
            while (child != null && child.kept && child.isContinuation()) {
                Judged parent = byDigest.get(child.parent());
                child = parent == null || parent.kept ? null : parent;
                if (child != null) {
                    child.kept = true;
                }
            }
        }
    }

    /**
     * Copying what fills a segment gains nothing: nearly all of it, or all that was in it, if not another one of the
     * largest would have had room. And what is larger than a segment cannot be copied into one.
     */
    private boolean staysWhole(List<Judged> judged, int run) {
        long keptBytes = 0;
        long largestBytes = 0;
        boolean all = true;
        for (Judged one : judged) {
            all &= one.kept;
            keptBytes += one.kept ? one.live.extentBytes() + LINE_BYTES : 0;
            largestBytes = Math.max(largestBytes, one.kept ? one.live.extentBytes() + LINE_BYTES : 0);
        }
        long runBytes = run * segmentBytes;
        return keptBytes > runBytes / 16 * 15
                || (all && keptBytes + largestBytes > runBytes - SegmentHeaderDescriptor.BYTES)
                || (largestBytes > segmentBytes / 2 && run > 1);
    }

    /**
     * Puts a segment behind all others in the order of eviction; {@code judged} is what stays in it.
     *
     * @param whole whether the policy wants that, so that this was the second chance of the entries
     */
    private void pass(int segment, long place, List<Judged> judged, boolean whole) {
        List<Intent> parents = new ArrayList<>();
        for (Judged one : judged) {
            if (one.isContinuation()) {
                parents.add(new Intent.Continued(one.parent(), segment));
            }
        }
        commitChunks(parents);
        parts.committer().underLock(() -> {
            // Of several who are at it one gets the place, and ages what is there.
            if (table.restamp(segment, place, segments.nextPlace()) && whole) {
                age(segment, judged);
            }
        });
    }

    /** Under the lock, so that nothing is noted in the meantime, and with the place, so that it is once for a lap. */
    private void age(int segment, List<Judged> judged) {
        ReferenceMap references = parts.eviction().references();
        BitSet aged = new BitSet();
        for (Judged one : judged) {
            int offsetUnits = one.live.header().offsetUnits();
            references.setReference(segment, offsetUnits, parts.eviction().policy().kept(one.candidate));
            int shared = ReferenceMap.sharedIndex(offsetUnits);
            if (!aged.get(shared)) {
                aged.set(shared);
                Chains.passed(references, segment, offsetUnits);
            }
        }
    }

    private void commitChunks(List<Intent> intents) {
        boolean _ = inChunks(intents, chunk -> {
            parts.committer().commit(chunk);
            return true;
        });
    }

    /** Hands over intents for one transaction after the other, until {@code next} says that it is enough. */
    static <T> boolean inChunks(List<T> intents, Predicate<List<T>> next) {
        for (int from = 0; from < intents.size(); from += CHUNK) {
            if (!next.test(List.copyOf(intents.subList(from, Math.min(intents.size(), from + CHUNK))))) {
                return false;
            }
        }
        return true;
    }

    private void move(List<Judged> judged, Mode mode) {
        int moved = 0;
        List<Intent> intents = new ArrayList<>();
        List<Written> copies = new ArrayList<>();
        try {
            for (Judged one : judged) {
                Written copy = one.kept ? copy(one.live, mode) : null;
                if (copy == null) {
                    continue;
                }
                copies.add(copy);
                one.copied = true;
                EntryHeader from = one.live.header();
                parts.eviction().references().setReference(copy.entry().segment(), copy.entry().offsetUnits(),
                        parts.eviction().policy().kept(one.candidate));
                intents.add(new Intent.Relocate(copy.entry(), from.segment(), from.generation(), from.offsetUnits(),
                        one.parent()));
                parts.events().add(Counter.BYTES_MOVED, copy.entry().extentBytes());
                movedBytes += copy.entry().extentBytes();
                if (intents.size() == CHUNK) {
                    moved += commit(intents);
                    copies.forEach(mover::letGo);
                    copies.clear();
                }
            }
            parts.steps().at(SweepStep.EVICT_COPIED);
            moved += commit(intents);
        } finally {
            copies.forEach(mover::letGo);
        }
        parts.steps().at(SweepStep.EVICT_RELOCATED);
        parts.events().add(Counter.MOVES, moved);
        movedEntries += moved;
    }

    private @Nullable Written copy(Live live, Mode mode) {
        try {
            return mover.move(live.header(), live.version(), mode.keepOut(), mode.keepOutEnd());
        } catch (HearthException.Corrupt e) {
            // Unless others have released it meanwhile it is damaged, and goes.
            if (segments.generation(live.header().segment()) == live.header().generation()) {
                parts.events().add(Counter.DAMAGE, 1);
                parts.events().report(e);
            }
            return null;
        }
    }

    private int commit(List<Intent> intents) {
        if (intents.isEmpty()) {
            return 0;
        }
        int changes = parts.committer().commit(List.copyOf(intents)).changes();
        intents.clear();
        return changes;
    }

    /** Releases a segment, unless something happened in it or to it; whether it did. */
    boolean release(SegmentReleases.Victim victim) {
        int run = segments.runSegments(victim.segment());
        boolean released = parts.committer().commit(List.of(new Intent.Release(victim))).changes() > 0;
        if (released) {
            parts.events().add(Counter.SEGMENTS_RELEASED, run);
            releasedSegments += run;
        }
        return released;
    }

    /** Takes out of the table what a released segment held, and frees it. */
    void clean(int segment) {
        long generation = segments.generation(segment);
        if (segments.state(segment) == State.RELEASED) {
            clean(segment, generation, walk.leftovers(segment));
        }
    }

    private void clean(int segment, long generation, List<Intent> leftovers) {
        commitChunks(leftovers);
        parts.committer().syncBeforeReuse();
        parts.steps().at(SweepStep.CLEANED);
        if (segments.holds().isHeldLate(segment)) {
            return; // It stays released, and whoever makes room next tries again.
        }
        parts.committer().underLock(() -> {
            boolean _ = parts.releases().free(segment, generation);
        });
        parts.steps().at(SweepStep.FREED);
    }

    /** Whether a segment has an earlier place than another one. */
    boolean isBefore(int segment, int other) {
        return Long.compareUnsigned(table.openedAt(segment), table.openedAt(other)) < 0;
    }

    /** The segment where the hand is: the first in the order of eviction; -1 if there is none. */
    int front() {
        return table.firstSealed(Kind.ACTIVATION.id());
    }
}
