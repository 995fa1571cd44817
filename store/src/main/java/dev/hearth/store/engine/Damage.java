package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.counters.Counter;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What becomes of damage that a reader finds: an activation is absent, a parameter is an error. Each place is counted
 * and reported once. Any thread.
 */
final class Damage {
    private static final int MOST_PLACES = 10_000;
    private final Events events;
    private final Set<Place> known = ConcurrentHashMap.newKeySet();

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
    void found(HearthException.Corrupt damage, Kind kind) {
        if (known.size() < MOST_PLACES && known.add(new Place(damage.file().toString(), damage.offsetBytes()))) {
            events.add(Counter.DAMAGE, 1);
            events.report(damage);
        }
        if (kind == Kind.PARAMETER) {
            throw damage;
        }
    }
}
