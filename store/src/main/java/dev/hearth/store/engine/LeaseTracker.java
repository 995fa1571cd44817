package dev.hearth.store.engine;

import dev.hearth.store.Keys;
import dev.hearth.store.LeaseInfo;
import dev.hearth.store.NamespaceInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Remembers where leases were taken, and reports those that nobody closed: when the store is closed, or when nobody
 * has the lease any more. Any thread.
 *
 * <p>
 * What a lost lease holds stays held: its bytes may still be in use through a segment that was kept.
 */
final class LeaseTracker {
    private final Events events;
    private final Set<Taken> open = ConcurrentHashMap.newKeySet();

    LeaseTracker(Events events) {
        this.events = events;
    }

    /** Made with the first tracker, because it starts a thread. */
    private static final class Cleaners {
        static final Cleaner SHARED = Cleaner.create();
    }

    /** That a lease was taken; knows the lease no more, so that it can be seen to be lost. */
    static final class Taken {
        private final LeaseTracker tracker;
        private final String namespace;
        private final String key;
        private final Thread thread;
        private final long sinceNs = System.nanoTime();
        private final Throwable trace;
        private final AtomicBoolean over = new AtomicBoolean();
        private Cleaner.@Nullable Cleanable cleanable;

        private Taken(LeaseTracker tracker, String namespace, String key) {
            this.tracker = tracker;
            this.namespace = namespace;
            this.key = key;
            this.thread = Thread.currentThread();
            this.trace = new NeverClosed(namespace, key, thread.getName());
        }

        void returned() {
            if (!over.getAndSet(true)) {
                tracker.open.remove(this);
                if (cleanable != null) {
                    cleanable.clean();
                }
            }
        }

        private void lost() {
            if (!over.getAndSet(true)) {
                tracker.events.report(trace);
                tracker.open.remove(this);
            }
        }

        private LeaseInfo info(long nowNs) {
            return new LeaseInfo(namespace, key, thread.getName(), nowNs - sinceNs, List.of(trace.getStackTrace()));
        }
    }

    /** A lease that was not closed; its stack trace is where it was taken. */
    private static final class NeverClosed extends RuntimeException {
        private static final long serialVersionUID = 1;

        NeverClosed(String namespace, String key, String thread) {
            super("lease was never closed: namespace=" + namespace + " key=" + key + " thread=" + thread
                    + "; taken at the stack below");
        }
    }

    /** Notes that a lease is taken, here. */
    Taken take(EngineLease lease, NamespaceInfo namespace, MemorySegment key) {
        Taken taken = new Taken(this, namespace.fingerprint().display(),
                Keys.display(key.toArray(ValueLayout.JAVA_BYTE)));
        open.add(taken);
        taken.cleanable = Cleaners.SHARED.register(lease, taken::lost);
        return taken;
    }

    /** Those that are open, oldest first. */
    List<LeaseInfo> list() {
        long nowNs = System.nanoTime();
        return open.stream().map(taken -> taken.info(nowNs))
                .sorted(Comparator.comparingLong(LeaseInfo::ageNs).reversed())
                .toList();
    }

    /** Reports those that are open, which they stay. */
    void reportOpen() {
        open.forEach(taken -> events.report(taken.trace));
    }
}
