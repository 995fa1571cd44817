package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.mark.LockBytes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;

/**
 * Gets of values that are computed where they are absent: once a host, by whoever asks first. Any thread.
 *
 * <p>
 * Who finds nothing takes the {@link Turns turn} of the key, looks again, computes, and puts the value unless somebody
 * put another one meanwhile, who then wins; everybody gets a lease on the entry that there is in the end. The turn is
 * given back when the value is visible, and also when computing failed: then the next who waits computes.
 *
 * <p>
 * The segment of what was put is held until the lease is open, so that it does not go in between. An entry can go all
 * the same, alone, for want of room in the table, or may not come about because what it continues is gone; and a full
 * store, or one whose writer is stuck, takes no activation at all. Then the caller gets what he computed in memory of
 * his own: a cache that has no room is a reason to compute again, not to fail. A parameter is kept until it is removed,
 * so who computes one that cannot be kept has to know.
 *
 * <p>
 * An entry that is found and cannot be leased, because it expired or is a damaged activation, is noted by its version,
 * and may be replaced as if it were absent.
 */
final class Memoizer {
    private static final int MAX_ATTEMPTS = 8;
    /** For a segment that is marked for release and then stays. */
    private static final long SECOND_LOOK_NS = 100_000;
    private final Lookups lookups;
    private final Leases leases;
    private final Writes writes;
    private final Turns turns;

    Memoizer(Lookups lookups, Leases leases, Writes writes, Turns turns) {
        this.lookups = lookups;
        this.leases = leases;
        this.writes = writes;
        this.turns = turns;
    }

    /** Throws if the calling thread is computing something for a call that this gate let in. */
    void requireNone(CallGate gate, String operation) {
        turns.requireNone(gate, operation);
    }

    Turns turns() {
        return turns;
    }

    /**
     * Opens the lease on the value of a key that was absent just now.
     *
     * @param gate closed while others are waited for, it ends the waiting
     */
    <E extends Exception> void open(NamespaceInfo namespace, MemorySegment key, Request<E> request, EngineLease lease,
            CallGate gate) throws E {
        // Who computes may use the memory of the key for other keys.
        MemorySegment ownKey = MemorySegment.ofArray(key.toArray(ValueLayout.JAVA_BYTE));
        Get<E> get = new Get<>(namespace, ownKey, request, lease);
        boolean _ = lookups.find(namespace, ownKey, lease.digest, lease.entry);
        long lockByte = LockBytes.computation(lease.digest.hi());
        String what = "namespace=" + namespace.fingerprint().display() + " key="
                + Keys.display(ownKey.toArray(ValueLayout.JAVA_BYTE));
        if (turns.enter(new Turns.Asking(lockByte, what, gate, get::isServed), request.limitNs())) {
            try {
                gate.requireOpen();
                get.compute();
            } finally {
                turns.leave(lockByte);
            }
        }
    }

    /**
     * What is to be computed, and for how long others may be waited for.
     *
     * @param options     of the put
     * @param limitNs     0 does not wait
     * @param computation computes it
     */
    record Request<E extends Exception>(PutOptions options, long limitNs, Computation<E> computation) {}

    /** One call. */
    private final class Get<E extends Exception> {
        private final NamespaceInfo namespace;
        private final MemorySegment key;
        private final Request<E> request;
        private final EngineLease lease;
        /** Version of an entry that is there and of no use; 0 if there is none. */
        private long useless;

        Get(NamespaceInfo namespace, MemorySegment key, Request<E> request, EngineLease lease) {
            this.namespace = namespace;
            this.key = key;
            this.request = request;
            this.lease = lease;
        }

        /** Opens the lease if there is an entry that was not found useless before. */
        boolean isServed() {
            if (!isFound() || lease.entry.version() == useless) {
                return false;
            }
            long version = lease.entry.version();
            if (leases.openAfterMiss(namespace, key, lease, true)) {
                return true;
            }
            useless = version;
            return false;
        }

        private boolean isFound() {
            return lookups.find(namespace, key, lease.digest, lease.entry);
        }

        /** With the turn. */
        void compute() throws E {
            if (isServed() || (useless != 0 && isServedNow())) {
                return;
            }
            if (!lookups.table().namespaces().isAlive(namespace.number(), namespace.version())) {
                throw new IllegalStateException("namespace was removed: number=" + namespace.number() + " version="
                        + Long.toUnsignedString(namespace.version()));
            }
            Computation<E> computation = request.computation();
            PutOptions options = computation.run(request.options());
            if (!isPut(options)) {
                long valueBytes = computation.valueBytes();
                leases.<E>openOwn(namespace, key, lease, options.spec(), valueBytes, computation::copyTo);
            }
        }

        private boolean isServedNow() {
            LockSupport.parkNanos(SECOND_LOOK_NS);
            useless = 0;
            return isServed();
        }

        /** Puts the value and opens the lease on it, or on what was put before it; false if that cannot be had. */
        private boolean isPut(PutOptions options) throws E {
            try {
                for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
                    Intent.Put put = request.computation()
                            .into(source -> writes.write(namespace, key, request.computation().valueBytes(), source,
                                    options, 0));
                    try {
                        if (writes.commitIfAbsent(put, useless)) {
                            return leases.openAfterMiss(namespace, key, lease, false);
                        }
                        if (isServed()) {
                            return true;
                        }
                    } catch (LostExtentException e) {
                        // Written anew.
                    } finally {
                        writes.letGo(put);
                    }
                }
                return false;
            } catch (HearthException.Full | HearthException.Busy e) {
                if (options.kind() == Kind.PARAMETER) {
                    throw e;
                }
                return false;
            }
        }
    }
}
