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
import dev.hearth.store.StoreStats;
import dev.hearth.store.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Hearth with activations; each session reuses one lease.
 */
final class HearthPeer implements Peer {
    private static final String REBUILDS = "indexRebuilds";
    private static final long REBUILD_ID = 1L << 41;
    private static final long REBUILD_LIMIT_NANOS = 120_000_000_000L;
    private static final long LOOK_NANOS = 1_000_000;
    private static final long SETTLE_NANOS = 50_000_000;
    private static final int SMALLEST_LARGE_BYTES = 64 << 10;
    private static final int LARGEST_SHARING_BYTES = 4 << 20;
    private static final long VALUES_IN_SEGMENT = 16;
    private static final int BATCH_ENTRIES = 1_000;
    private static final long BATCH_BYTES = 64 << 20;
    /** Header, page table, alignment and directory line of an entry, more or less. */
    private static final long ENTRY_OVERHEAD_BYTES = 320;

    private final Hearth hearth;
    private final Namespace namespace;
    private final PutOptions options;
    private final int valueBytes;

    /**
     * Which Hearth it is.
     *
     * @param storage    how values lie
     * @param frames     pages there are frames for, as a part of all
     * @param durability what a put survives
     */
    record Variant(Storage storage, double frames, Durability durability) {
        /** Values as they lie. */
        static final Variant IN_PLACE = new Variant(Storage.IN_PLACE, 0, Durability.PROCESS);
        /** Each put durable. */
        static final Variant DURABLE = new Variant(Storage.IN_PLACE, 0, Durability.COMMIT);

        /**
         * Encoded values, frames for this part of them. If all of them are to be in frames there must be some to spare:
         * a set of frames may have more pages than others, and a quarter is for pages that are not full.
         */
        static Variant encoded(double frames) {
            return new Variant(Storage.COMPACT, frames, Durability.PROCESS);
        }
    }

    HearthPeer(PeerSetup setup, Variant variant) {
        long entryBytes = setup.valueBytes() + ENTRY_OVERHEAD_BYTES
                + (setup.valueBytes() >= 64 << 10 ? 4_096 : 0);
        long bytes = setup.payloadBytes() / setup.valueBytes() * entryBytes;
        long segmentBytes = segmentBytes(setup.valueBytes());
        // Without eviction a quarter more, for what stays empty at the ends of segments.
        long capacity = Math.max(64L << 20,
                setup.evicting() ? bytes : bytes + bytes / 4 + Math.max(32L << 20, 4 * segmentBytes));
        this.hearth = Hearth.open(setup.directory(), HearthOptions.defaults().capacityBytes(capacity)
                .segmentBytes(segmentBytes)
                .durability(variant.durability())
                .maxEntries(Math.max(65_536, 2 * setup.entries()))
                .frameBytes(Math.max(HearthOptions.MIN_FRAME_BYTES, (long) (variant.frames() * setup.payloadBytes()))));
        this.valueBytes = setup.valueBytes();
        this.namespace = hearth.namespace(Fingerprint.of("compare").dtype(DType.BF16));
        this.options = PutOptions.of(Kind.ACTIVATION).storage(variant.storage())
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

    /** Waits until the persistent index has what was loaded, within limits. */
    @Override
    public void settle() {
        long deadline = System.nanoTime() + REBUILD_LIMIT_NANOS;
        StoreStats stats = hearth.stats();
        while ((stats.indexGeneration() == 0 || stats.indexedVersion() != stats.version())
                && System.nanoTime() < deadline) {
            LockSupport.parkNanos(SETTLE_NANOS);
            stats = hearth.stats();
        }
    }

    /**
     * Waits until the persistent index, whose files somebody removed, is there again; returns how long it took from the
     * moment the first file of the new one was seen.
     */
    @Override
    public long rebuildNanos() {
        long rebuilds = hearth.stats().counter(REBUILDS);
        // It is looked at when there is something to be written into it.
        try (Session session = session(); Arena arena = Arena.ofConfined()) {
            session.put(REBUILD_ID, arena.allocate(valueBytes));
        }
        Path files = hearth.directory().resolve("index");
        long deadline = System.nanoTime() + REBUILD_LIMIT_NANOS;
        long start = 0;
        while (hearth.stats().counter(REBUILDS) == rebuilds) {
            if (start == 0 && !isEmpty(files)) {
                start = System.nanoTime();
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the index was not built again");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return System.nanoTime() - start;
    }

    /**
     * Several values to a segment, so that little of it stays empty; 0, the usual size, for values so small that this
     * is so anyhow, and for those so large that they take a row of segments.
     */
    private static long segmentBytes(int valueBytes) {
        return valueBytes < SMALLEST_LARGE_BYTES || valueBytes > LARGEST_SHARING_BYTES
                ? 0
                : Long.highestOneBit(VALUES_IN_SEGMENT * valueBytes);
    }

    private static boolean isEmpty(Path directory) {
        String[] names = directory.toFile().list();
        return names == null || names.length == 0;
    }

    private static MemorySegment nothing() {
        throw new IllegalStateException("every value is there");
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
            if (!namespace.get(Keys.mix(id), id, lease)) {
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
        public long range(long id, long offset, MemorySegment target) {
            long bytes = namespace.read(Keys.write(id, key), offset, target);
            return bytes < 0 ? ABSENT : target.get(ValueLayout.JAVA_LONG, 0);
        }

        @Override
        public long compute(long id) {
            namespace.getOrCompute(Keys.write(id, key), options, Namespace.COMPUTE_LIMIT, HearthPeer::nothing, lease);
            long first = lease.segment().get(ValueLayout.JAVA_LONG, 0);
            lease.close();
            return first;
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
