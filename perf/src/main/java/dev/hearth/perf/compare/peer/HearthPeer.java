package dev.hearth.perf.compare.peer;

import dev.hearth.codec.DType;
import dev.hearth.store.Batch;
import dev.hearth.store.Durability;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Hearth with activations; each session reuses one lease.
 */
final class HearthPeer implements Peer {
    private static final int BATCH_ENTRIES = 1_000;
    private static final long BATCH_BYTES = 64 << 20;
    /** Header, page table, alignment and directory line of an entry, more or less. */
    private static final long ENTRY_OVERHEAD_BYTES = 320;

    private final Hearth hearth;
    private final Namespace namespace;
    private final PutOptions options;

    HearthPeer(PeerSetup setup, Storage storage, boolean framed, Durability durability) {
        long entryBytes = setup.valueBytes() + ENTRY_OVERHEAD_BYTES
                + (setup.valueBytes() >= 64 << 10 ? 4_096 : 0);
        long bytes = setup.payloadBytes() / setup.valueBytes() * entryBytes;
        // Without eviction a quarter more, for what stays empty at the ends of segments.
        long capacity = Math.max(64L << 20, setup.evicting() ? bytes : bytes + bytes / 4 + (32L << 20));
        this.hearth = Hearth.open(setup.directory(), HearthOptions.defaults().capacityBytes(capacity)
                .durability(durability)
                .maxEntries(Math.max(65_536, 2 * setup.entries()))
                .frameBytes(Math.max(HearthOptions.MIN_FRAME_BYTES, framed ? 2 * bytes : 0)));
        this.namespace = hearth.namespace(Fingerprint.of("compare").dtype(DType.BF16));
        this.options = PutOptions.of(Kind.ACTIVATION).storage(storage)
                .spec(TensorSpec.of(DType.BF16, setup.valueBytes() / 2));
    }

    @Override
    public Session session() {
        return new HearthSession();
    }

    @Override
    public void load(Values values, long from, long to) {
        long step = Math.clamp(BATCH_BYTES / values.valueBytes(), 1, BATCH_ENTRIES);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(Keys.BYTES, 8);
            for (long start = from; start < to; start += step) {
                try (Batch batch = namespace.batch()) {
                    for (long id = start; id < Math.min(to, start + step); id++) {
                        batch.put(Keys.write(id, key), values.of(id), options);
                    }
                    batch.commit();
                }
            }
        }
    }

    @Override
    public void close() {
        hearth.close();
    }

    private final class HearthSession implements Session {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment key = arena.allocate(Keys.BYTES, 8);
        private final Lease lease = hearth.newLease();

        @Override
        public long hit(long id) {
            if (!namespace.get(Keys.write(id, key), lease)) {
                return ABSENT;
            }
            long first = lease.segment().get(ValueLayout.JAVA_LONG, 0);
            lease.close();
            return first;
        }

        @Override
        public long read(long id, MemorySegment target) {
            long bytes = namespace.read(Keys.write(id, key), 0, target);
            return bytes < 0 ? ABSENT : target.get(ValueLayout.JAVA_LONG, 0);
        }

        @Override
        public void put(long id, MemorySegment value) {
            namespace.put(Keys.write(id, key), value, options);
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
