package dev.hearth.store.index;

import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.index.IndexUnusable.Reason;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntConsumer;
import net.openhft.chronicle.algo.hashing.LongHashFunction;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.OS;
import net.openhft.chronicle.hash.VanillaGlobalMutableState;
import net.openhft.chronicle.hash.impl.BigSegmentHeader;
import net.openhft.chronicle.hash.impl.PersistedChronicleHashResources;
import net.openhft.chronicle.hash.impl.SizePrefixedBlob;
import net.openhft.chronicle.hash.impl.VanillaChronicleHash;
import net.openhft.chronicle.hash.serialization.SizeMarshaller;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import net.openhft.chronicle.map.MapAbsentEntry;
import net.openhft.chronicle.map.MapEntry;
import net.openhft.chronicle.map.VanillaChronicleMap;
import net.openhft.chronicle.wire.TextWire;
import net.openhft.chronicle.wire.ValueOut;
import net.openhft.chronicle.wire.WriteMarshallable;
import org.jspecify.annotations.Nullable;

/**
 * The Chronicle Map of an index file: descriptors by digest. The only class that knows Chronicle.
 *
 * <p>
 * <b>Why it is not opened with {@code createPersistedTo}.</b> The file is an ordinary Chronicle Map, which the stock
 * library opens, but that way of opening is not for a file that a killed process or a power cut may have left behind:
 * <ul>
 * <li>it builds its objects from a text in the file that names classes to load;</li>
 * <li>it waits up to a minute for a file that nobody completes any more, and takes file locks without a limit;</li>
 * <li>it compiles a class with javac, which takes most of a second, needs the compiler module and two more
 * flags;</li>
 * <li>it keeps a {@code FileChannel} open, which the interrupt of one thread closes for all;</li>
 * <li>it allocates the file in the middle of writing it, and leaves half of one when the disk is full.</li>
 * </ul>
 * So the map is put together here from the number of entries alone, with the same constructors and the same mapping
 * that the library uses; the file is allocated, and checked, before the library sees it, and nothing in it decides what
 * is loaded or how long anything is. The class that would be compiled is replaced by {@link Growth}, which says that
 * the map never grows.
 *
 * <p>
 * <b>Locks.</b> Only the holder of the store's writer lock enters, so a segment lock is never waited for: one that is
 * taken was left by a process that died, and then the segment may be half changed.
 *
 * <p>
 * Not thread-safe. The mapping has no liveness check of its own: after {@code close} no method may be called.
 */
final class ChronicleEntries implements AutoCloseable {
    /** Length that Chronicle's header is padded to, so that everything behind it has its place before it is written. */
    private static final int HEADER_BYTES = 4096;
    /** Entries a segment holds on average when the index is full. */
    private static final long ENTRIES_PER_SEGMENT = 8192;
    private static final long MIN_SEGMENT_ENTRIES = 64;
    /** How many standard deviations of the number of entries in a segment there is room for. */
    private static final int HEADROOM_SIGMAS = 7;

    /** Volatile, so that the compiler cannot know the length of a loop over it. */
    private static volatile int pollRounds = 2;

    private final Path path;
    private final IndexMap map;
    private final IntConsumer segmentCheck;

    private ChronicleEntries(Path path, IndexMap map, IntConsumer segmentCheck) {
        this.path = path;
        this.map = map;
        this.segmentCheck = segmentCheck;
    }

    /** Makes the libraries read their settings. */
    static void initialiseLibraries() {
        Jvm.init();
        BytesStore.nativePointer();
    }

    /** Where everything lies in an index for {@code maxEntries}. */
    static IndexGeometry geometry(long maxEntries) {
        ChronicleRuntime.prepare();
        return new IndexMap(maxEntries).geometry();
    }

    /**
     * The first bytes of an index for {@code maxEntries}: with zeros behind them up to the length of its geometry it is
     * an empty Chronicle Map.
     */
    static byte[] head(long maxEntries) {
        ChronicleRuntime.prepare();
        return new IndexMap(maxEntries).head();
    }

    /**
     * Maps a file that has its full length, and whose head was checked.
     *
     * @param segmentCheck called before a segment is used, with its number; throws when it must not be used
     */
    static ChronicleEntries open(Path path, IndexGeometry geometry, IntConsumer segmentCheck) {
        ChronicleRuntime.prepare();
        IndexMap map = new IndexMap(geometry.maxEntries());
        if (!map.geometry().equals(geometry)) {
            throw new IndexUnusable(Reason.FOREIGN, path,
                    "geometry: expected=" + map.geometry() + " actual=" + geometry);
        }
        try {
            // An interrupt would close the channel in the middle of mapping, so a thread that nobody knows does it.
            UninterruptedThread.run("hearth-index-open", () -> map.attach(path.toFile()));
        } catch (IOException | LinkageError e) {
            // The class that would make a file longer that is too short is left out of the class path.
            throw new IndexUnusable(Reason.FAULT, path, "mapping failed", e);
        }
        return new ChronicleEntries(path, map, segmentCheck);
    }

    /** Copies the descriptor of {@code key} into {@code target} and says whether there is one. */
    boolean get(byte[] key, byte[] target) {
        return locked(key, (context, segment) -> {
            MapEntry<byte[], byte[]> entry = context.entry();
            if (entry != null) {
                // Fills an array that has the length of the value, as all have.
                entry.value().getUsing(target);
            }
            return entry != null;
        });
    }

    /**
     * Makes {@code value} the descriptor of {@code key}.
     *
     * @return false if there is no room in the segment of the key
     */
    boolean put(byte[] key, byte[] value) {
        return locked(key, (context, segment) -> {
            MapEntry<byte[], byte[]> entry = context.entry();
            if (entry != null) {
                entry.doReplaceValue(context.wrapValueAsData(value));
                return true;
            }
            MapAbsentEntry<byte[], byte[]> absent = context.absentEntry();
            if (absent == null || map.entries(segment) >= map.actualChunksPerSegmentTier) {
                return false;
            }
            absent.doInsert(context.wrapValueAsData(value));
            return true;
        });
    }

    /** Removes the descriptor of {@code key} and says whether there was one. */
    boolean remove(byte[] key) {
        return locked(key, (context, segment) -> {
            MapEntry<byte[], byte[]> entry = context.entry();
            if (entry != null) {
                entry.doRemove();
            }
            return entry != null;
        });
    }

    /** What is done with a key while its segment is locked. */
    private interface Access {
        boolean with(ExternalMapQueryContext<byte[], byte[], ?> context, int segment);
    }

    private boolean locked(byte[] key, Access access) {
        try (ExternalMapQueryContext<byte[], byte[], ?> context = map.queryContext(key)) {
            int segment = context.segmentIndex();
            segmentCheck.accept(segment);
            if (!context.writeLock().tryLock()) {
                throw new IndexUnusable(Reason.ORPHANED_LOCK, path, "segment=" + segment);
            }
            boolean result = access.with(context, segment);
            surfaceFaults();
            return result;
        } catch (IllegalStateException | IllegalMonitorStateException | IndexOutOfBoundsException | AssertionError e) {
            throw new IndexUnusable(Reason.DAMAGED, path, "the map contradicts itself", e);
        }
    }

    /**
     * Makes the JVM throw what it still owes. An access to a page that the file has lost goes on with any value, and
     * its {@code InternalError} is thrown at the next safepoint poll, which compiled code may have only after it has
     * decided something by that value, or in code of our callers. The back edge of a loop of unknown length has one.
     */
    private static void surfaceFaults() {
        for (int round = 0; round < pollRounds; round++) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        map.close();
    }

    /** A Chronicle Map that is told where everything lies in its file instead of reading it there. */
    private static final class IndexMap extends VanillaChronicleMap<byte[], byte[], Void> {
        /** What lies before the segment headers: the header, and what Chronicle reserves for its own state. */
        private static final long HEAD_BYTES = OS.pageAlign(
                HEADER_BYTES + VanillaChronicleHash.RESERVED_GLOBAL_MUTABLE_STATE_BYTES);
        private final long maxEntries;

        IndexMap(long maxEntries) {
            super(builder(maxEntries));
            this.maxEntries = maxEntries;
            headerSize = HEADER_BYTES;
        }

        private static ChronicleMapBuilder<byte[], byte[]> builder(long maxEntries) {
            long segments = Math.max(1, Long.highestOneBit(2 * maxEntries / ENTRIES_PER_SEGMENT));
            double mean = (double) maxEntries / segments;
            long capacity = segments == 1
                    ? Math.max(MIN_SEGMENT_ENTRIES, maxEntries)
                    : (long) Math.ceil(mean + HEADROOM_SIGMAS * Math.sqrt(mean));
            return ChronicleMapBuilder.of(byte[].class, byte[].class)
                    .name("hearth")
                    .averageKeySize(IndexGeometry.KEY_BYTES)
                    .keySizeMarshaller(SizeMarshaller.constant(IndexGeometry.KEY_BYTES))
                    .averageValueSize(EntryLayout.BYTES)
                    .valueSizeMarshaller(SizeMarshaller.constant(EntryLayout.BYTES))
                    .entryAndValueOffsetAlignment(Long.BYTES)
                    .entries(maxEntries)
                    .actualSegments((int) segments)
                    .entriesPerSegment(capacity)
                    .actualChunksPerSegmentTier(capacity)
                    .allowSegmentTiering(false)
                    // A descriptor has its own checksum, and Chronicle does not look at its own when it reads.
                    .checksumEntries(false)
                    .sparseFile(false)
                    .skipCloseOnExitHook(true);
        }

        /** Called by the constructor of the superclass, before any field here is set. */
        @Override
        protected VanillaGlobalMutableState createGlobalMutableState() {
            return new Growth();
        }

        IndexGeometry geometry() {
            long segmentBytes = (sizeInBytesWithoutTiers() - HEAD_BYTES) / actualSegments;
            return new IndexGeometry(maxEntries, HEAD_BYTES, actualSegments, (int) (segmentBytes - tierSize), tierSize,
                    tierHashLookupCapacity, tierHashLookupSlotSize, tierHashLookupKeyBits, tierHashLookupValueBits,
                    tierHashLookupOuterSize, tierFreeListOuterSize, actualChunksPerSegmentTier);
        }

        byte[] head() {
            Bytes<byte[]> text = Bytes.allocateElasticOnHeap(HEADER_BYTES);
            ValueOut out = new TextWire(text).getValueOut();
            out.typePrefix(VanillaChronicleMap.class);
            out.marshallable((WriteMarshallable) this);
            byte[] yaml = text.toByteArray();
            byte[] head = new byte[(int) HEAD_BYTES];
            Arrays.fill(head, SizePrefixedBlob.SELF_BOOTSTRAPPING_HEADER_OFFSET, HEADER_BYTES, (byte) ' ');
            System.arraycopy(yaml, 0, head, SizePrefixedBlob.SELF_BOOTSTRAPPING_HEADER_OFFSET, yaml.length);
            int size = HEADER_BYTES - SizePrefixedBlob.SELF_BOOTSTRAPPING_HEADER_OFFSET;
            ByteBuffer bytes = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(SizePrefixedBlob.SIZE_WORD_OFFSET,
                    SizePrefixedBlob.READY | SizePrefixedBlob.DATA | size);
            bytes.putLong(SizePrefixedBlob.HEADER_OFFSET, LongHashFunction.xx_r39()
                    .hashBytes(bytes, SizePrefixedBlob.SIZE_WORD_OFFSET, size + Integer.BYTES));
            bytes.putInt(HEADER_BYTES + Growth.SEGMENT_HEADERS_OFFSET, (int) HEAD_BYTES);
            bytes.putLong(HEADER_BYTES + Growth.DATA_STORE_SIZE, sizeInBytesWithoutTiers());
            return head;
        }

        void attach(File file) throws IOException {
            PersistedChronicleHashResources resources = new PersistedChronicleHashResources(file);
            try (RandomAccessFile opened = new RandomAccessFile(file, "rw")) {
                initBeforeMapping(file, opened, HEADER_BYTES, false);
                if (opened.length() < sizeInBytesWithoutTiers()) {
                    throw new IOException("the file was cut off: sizeBytes=" + opened.length());
                }
                // From here on the segments are taken as they are; until here it keeps the file from being read.
                createdOrInMemory = false;
                createMappedStoreAndSegments(resources);
            }
            setResourcesName();
            registerCleaner();
        }

        long entries(int segment) {
            return BigSegmentHeader.INSTANCE.entries(segmentHeaderAddress(segment));
        }
    }

    /**
     * Chronicle's record of how far a map has grown: not at all, ever. An index that is full is followed by a larger
     * one.
     */
    private static final class Growth implements VanillaGlobalMutableState {
        /** Places in the file, from the end of the header: a lock of 8 bytes, then the fields packed. */
        static final int SEGMENT_HEADERS_OFFSET = 8 + 13;
        static final int DATA_STORE_SIZE = SEGMENT_HEADERS_OFFSET + 4;
        static final int BYTES = 25;
        private @Nullable BytesStore<?, ?> store;
        private long offset;

        @Override
        public int getAllocatedExtraTierBulks() {
            return 0;
        }

        @Override
        public long getFirstFreeTierIndex() {
            return 0;
        }

        @Override
        public long getExtraTiersInUse() {
            return 0;
        }

        @Override
        public long getSegmentHeadersOffset() {
            return IndexMap.HEAD_BYTES;
        }

        @Override
        public long getDataStoreSize() {
            throw fixed();
        }

        @Override
        public void setAllocatedExtraTierBulks(int bulks) {
            throw fixed();
        }

        @Override
        public void setFirstFreeTierIndex(long index) {
            throw fixed();
        }

        @Override
        public void setExtraTiersInUse(long tiers) {
            throw fixed();
        }

        @Override
        public void setSegmentHeadersOffset(long bytes) {
            throw fixed();
        }

        @Override
        public void setDataStoreSize(long bytes) {
            throw fixed();
        }

        @Override
        public long addDataStoreSize(long bytes) {
            throw fixed();
        }

        @Override
        @SuppressWarnings("rawtypes")
        public void bytesStore(BytesStore bytesStore, long offset, long length) {
            this.store = bytesStore;
            this.offset = offset;
        }

        @Override
        public @Nullable BytesStore<?, ?> bytesStore() {
            return store;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long maxSize() {
            return BYTES;
        }

        private static IllegalStateException fixed() {
            return new IllegalStateException("an index does not grow");
        }
    }
}
