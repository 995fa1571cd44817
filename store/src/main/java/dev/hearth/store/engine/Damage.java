package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.table.TableEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What becomes of damage that a reader finds: an activation is absent, and its entry is dropped; a parameter is an
 * error. Each place is counted and reported once. Any thread.
 *
 * <p>
 * Readers wait for no writer, so an entry to be dropped is only noted here; the background thread commits that. Of the
 * notes that do not fit none is missed: who meets such an entry again notes it again.
 */
final class Damage {
    private static final int MOST_PLACES = 10_000;
    private static final int MOST_WAITING = 1_024;
    private static final int DROPS_PER_COMMIT = 64;
    private final Events events;
    private final Set<Place> known = ConcurrentHashMap.newKeySet();
    private final ArrayBlockingQueue<Intent> waiting = new ArrayBlockingQueue<>(MOST_WAITING);

    Damage(Events events) {
        this.events = events;
    }

    private record Place(String file, long offsetBytes) {}

    /**
     * Notes damage to an entry; the caller made sure that the entry is still where it looked. If this returns, the
     * entry is absent.
     *
     * @throws HearthException.Corrupt for a parameter
     */
    void found(HearthException.Corrupt damage, TableEntry entry) {
        if (known.size() < MOST_PLACES && known.add(new Place(damage.file().toString(), damage.offsetBytes()))) {
            events.add(Counter.DAMAGE, 1);
            events.report(damage);
        }
        if (entry.kind() == Kind.PARAMETER) {
            throw damage;
        }
        Intent drop = Intent.DropDamaged.of(entry);
        if (!waiting.contains(drop)) {
            boolean _ = waiting.offer(drop);
        }
    }

    /** Drops what was noted; returns how many entries. For one thread at a time. */
    int dropNoted(Committer committer) {
        int dropped = 0;
        List<Intent> some = new ArrayList<>();
        while (waiting.drainTo(some, DROPS_PER_COMMIT) > 0) {
            int gone = committer.commit(some).changes();
            events.add(Counter.EVICTIONS, gone);
            dropped += gone;
            some = new ArrayList<>();
        }
        return dropped;
    }
}
