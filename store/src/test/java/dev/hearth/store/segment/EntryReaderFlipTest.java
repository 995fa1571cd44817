package dev.hearth.store.segment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.Compression;
import dev.hearth.codec.DType;
import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.Kind;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.TensorSpec;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.testing.FlipImage;
import dev.hearth.store.testing.ReaderFlips;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A data file damaged at random under its mapping, with entries of both kinds and storages, of no, one and many pages,
 * read by all that reads it: right bytes and headers, or {@code Corrupt}.
 *
 * <p>
 * The campaign is that of {@code LogReaderFlipTest}.
 */
@Tag("system")
final class EntryReaderFlipTest {
    private static final long HEAP_BYTES = 16 << 20;
    private static final int PAGE = 4096;
    private static final int SEGMENT = 512 << 10;
    private static final DataGeometry GEOMETRY = new DataGeometry(3 * SEGMENT, SEGMENT, PAGE);
    private static final UUID STORE = new UUID(1, 2);
    /** A run of two segments with parameters, and a segment with activations. */
    private static final Run[] RUNS = {new Run(0, 2, 77, Kind.PARAMETER), new Run(2, 1, 5, Kind.ACTIVATION)};
    private static final int[] LENGTHS = {0, 1, 63, 1500, PAGE, PAGE + 1, 3 * PAGE + 17, 12 * PAGE};

    @TempDir
    Path temporary;

    private final List<Item> items = new ArrayList<>();
    private final MemorySegment heap = MemorySegment.ofArray(new byte[12 * PAGE]);
    private StoreDirectory directory;
    private PosixFile file;
    private DataFile data;
    private EntryReader reader;
    private DirectoryReader lines;
    private Arena arena;
    private MemorySegment own;

    /** An entry, and what is to be read of it. */
    private record Item(EntryDescriptor entry, EntryHeader header, MemorySegment value) {}

    /** Gives out one extent behind the other in one run. */
    private static final class Bump implements Extents {
        private final Run run;
        private long nextOffset = SegmentHeaderDescriptor.BYTES;
        private int nextIndex;

        Bump(Run run) {
            this.run = run;
        }

        @Override
        public Extent reserve(Kind kind, long bytes) {
            Extent extent = new Extent(run.head(), run.generation(), nextOffset / Extent.UNIT_BYTES,
                    Extent.unitsOf(bytes), nextIndex++, 0, false);
            nextOffset += extent.lengthBytes();
            return extent;
        }

        @Override
        public Extent shrink(Extent extent, long usedBytes) {
            Extent used = new Extent(extent.segment(), extent.generation(), extent.offsetUnits(),
                    Extent.unitsOf(usedBytes), extent.directoryIndex(), 0, false);
            nextOffset = used.offsetBytes() + used.lengthBytes();
            return used;
        }

        @Override
        public void share(Extent extent) {}

        @Override
        public void ahead(Kind kind) {}

        @Override
        public void letGo(int segment, int hold) {}
    }

    @BeforeEach
    void open() throws IOException {
        arena = Arena.ofShared();
        directory = StoreDirectory.create(temporary.resolve("store"));
        file = directory.create(DataFile.NAME);
        file.truncate(GEOMETRY.capacityBytes());
        data = new DataFile(file, GEOMETRY, STORE);
        reader = new EntryReader(data);
        lines = new DirectoryReader(data);
        own = WriteBuffers.allocate(heap.byteSize());
        for (Run run : RUNS) {
            data.open(run);
            fill(run);
        }
    }

    @AfterEach
    void close() {
        data.close();
        directory.close();
        arena.close();
    }

    private void fill(Run run) throws IOException {
        EntryWriter writer = new EntryWriter(data, new Bump(run));
        for (int length : LENGTHS) {
            for (Storage storage : Storage.values()) {
                for (boolean compressible : new boolean[]{true, false}) {
                    int number = items.size();
                    byte[] value = value(number, length, compressible);
                    PutOptions options = PutOptions.of(run.kind()).storage(storage).weight(number, number)
                            .expiresAtMs(number % 3 == 0 ? 1_900_000_000_000L + number : 0)
                            .spec(TensorSpec.of(DType.U8, length));
                    long[] taken = {0};
                    EntryDescriptor entry = writer.write(new EntryWrite(number % 5, number * 0x9E3779B97F4A7C15L,
                            number, ("key " + number).repeat(1 + number % 4).getBytes(StandardCharsets.UTF_8), length,
                            target -> {
                                target.copyFrom(MemorySegment.ofArray(value).asSlice(taken[0], target.byteSize()));
                                taken[0] += target.byteSize();
                            }, options, Compression.LZ4, 0, number % 2, number % 7)).entry().withVersion(number + 1);
                    data.writeDirectoryLine(entry, run.segments(), arena.allocate(DirectoryDescriptor.LINE_BYTES, 8));
                    items.add(new Item(entry, reader.open(place(entry)), MemorySegment.ofArray(value)));
                }
            }
        }
    }

    private static EntryPlace place(EntryDescriptor entry) {
        return new EntryPlace().key(entry.digestHi(), entry.digestLo(), entry.kind())
                .extent(entry.segment(), entry.generation(), entry.offsetUnits(), entry.extentUnits())
                .content(entry.headerBytes(), entry.headerCrc(), entry.logicalBytes());
    }

    private static byte[] value(int number, int length, boolean compressible) {
        byte[] bytes = new byte[length];
        if (compressible) {
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) (number + i / 100);
            }
        } else {
            new Random(number).nextBytes(bytes);
        }
        return bytes;
    }

    /** Where damage is done: half of it in headers, tables and directories, which are small. */
    private record Target(long fileOffsetBytes, FlipImage image) {}

    private List<Target> targets(byte[] all) {
        List<Target> targets = new ArrayList<>();
        for (Item item : items) {
            long start = start(item);
            long tableEnd = place(item.entry()).tableOffset() + item.header().pageCount() * PageTable.LINE_BYTES;
            targets.add(target(all, start, start + tableEnd));
        }
        for (Run run : RUNS) {
            long end = GEOMETRY.start(run.head()) + run.segments() * GEOMETRY.segmentBytes();
            targets.add(target(all, GEOMETRY.start(run.head()), GEOMETRY.start(run.head())
                    + SegmentHeaderDescriptor.BYTES));
            targets.add(target(all, end - 64L * DirectoryDescriptor.LINE_BYTES, end));
        }
        return targets;
    }

    private static Target target(byte[] all, long from, long to) {
        return new Target(from, new FlipImage(Arrays.copyOfRange(all, (int) from, (int) to)));
    }

    private static long start(Item item) {
        return GEOMETRY.start(item.entry().segment()) + item.entry().offsetBytes();
    }

    @Test
    void data_damagedAnywhere_isRightOrCorrupt() {
        byte[] all = new byte[(int) GEOMETRY.capacityBytes()];
        file.read(0, MemorySegment.ofArray(all));
        Target whole = new Target(0, new FlipImage(all));
        List<Target> targets = targets(all);
        Map<String, Integer> outcomes = new ReaderFlips("data", HEAP_BYTES).run(flip -> {
            Random random = flip.random();
            Target target = random.nextBoolean() ? whole : targets.get(random.nextInt(targets.size()));
            flip.say("in " + target.image().bytes().length + " bytes from " + target.fileOffsetBytes());
            byte[] bad = target.image().damaged(flip);
            file.write(target.fileOffsetBytes(), MemorySegment.ofArray(bad));
            try {
                return useAll(random);
            } finally {
                file.write(target.fileOffsetBytes(), MemorySegment.ofArray(target.image().bytes()));
            }
        });
        assertTrue(outcomes.keySet().containsAll(List.of("all right", "corrupt")), outcomes::toString);
    }

    private String useAll(Random random) {
        int corrupt = 0;
        for (Item item : items) {
            corrupt += refused(() -> read(item, random)) ? 1 : 0;
            corrupt += refused(() -> describe(item)) ? 1 : 0;
            corrupt += refused(() -> readRaw(item)) ? 1 : 0;
        }
        for (Run run : RUNS) {
            int found = data.readRunSegments(run.head(), run.generation());
            assertTrue(found == 0 || found == run.segments(), () -> "run=" + run + " segments=" + found);
            corrupt += walk(run) + (found == 0 ? 1 : 0);
        }
        return corrupt == 0 ? "all right" : "corrupt";
    }

    private static boolean refused(Runnable reading) {
        try {
            reading.run();
            return false;
        } catch (Corrupt e) {
            return true;
        }
    }

    /** As a hit reads it, into memory on and off the heap, whole and in part. */
    private void read(Item item, Random random) {
        reader.at(place(item.entry()));
        long length = item.value().byteSize();
        long from = random.nextInt(4) == 0 ? random.nextLong(length + 1) : 0;
        long count = random.nextInt(4) == 0 ? random.nextLong(length - from + 1) : length - from;
        MemorySegment target = (random.nextBoolean() ? heap : own).asSlice(0, count);
        target.fill((byte) 0x5A);
        assertEquals(count, reader.read(from, target), () -> "bytes of " + item.entry());
        assertEquals(-1, item.value().asSlice(from, count).mismatch(target), () -> "value of " + item.entry());
    }

    private void describe(Item item) {
        assertSame(item.header(), reader.open(place(item.entry())));
        assertEquals(item.value().byteSize(), reader.verify(), "verified");
        assertEquals(item.header().expiresAtMs(), reader.expiresAtMs(place(item.entry())), "expiry");
    }

    private static void assertSame(EntryHeader expected, EntryHeader actual) {
        assertArrayEquals(expected.key(), actual.key(), "key");
        assertEquals(expected, new EntryHeader(actual.digestHi(), actual.digestLo(), actual.generation(),
                actual.segment(), actual.namespace(), actual.offsetUnits(), actual.extentUnits(), actual.pageBytes(),
                actual.logicalBytes(), actual.dataOffsetBytes(), actual.expiresAtMs(), actual.recomputeCostNs(),
                actual.priority(), actual.kind(), actual.storage(), actual.flags(), actual.spec(),
                actual.attributes(), actual.parentHi(), actual.parentLo(), expected.key()), "header");
    }

    /** As a lease reads it: raw pages are checked and then used where they lie. */
    private void readRaw(Item item) {
        reader.at(place(item.entry()));
        long length = item.value().byteSize();
        for (long page = 0; page < reader.pageCount(); page++) {
            long valueOffset = page * PAGE;
            int pageLength = reader.pageLength(page);
            MemorySegment expected = item.value().asSlice(valueOffset, pageLength);
            if (reader.seemsRaw(page, length)) {
                long at = reader.storedFileOffset(page, length);
                reader.checkRaw(page, at, length);
                assertEquals(-1, data.memory().asSlice(at, pageLength).mismatch(expected),
                        () -> "page where it lies, of " + item.entry());
            } else {
                assertEquals(-1, reader.load(page, length).asSlice(0, pageLength).mismatch(expected),
                        () -> "page of " + item.entry());
            }
        }
    }

    /** Walks the directory: an entry that is shown is one that was written; returns how many are not. */
    private int walk(Run run) {
        int[] found = new int[1];
        List<Item> own = items.stream().filter(item -> item.entry().segment() == run.head()).toList();
        lines.walk(run, 0, own.size(), (line, entry, headerCrc) -> {
            if (entry != null) {
                Item item = own.stream().filter(each -> each.entry().offsetUnits() == entry.offsetUnits()).findFirst()
                        .orElseThrow(() -> new AssertionError("never written: " + entry));
                assertEquals(item.entry().headerCrc(), headerCrc, "checksum");
                assertSame(item.header(), entry);
                found[0]++;
            }
            return true;
        });
        return own.size() - found[0];
    }
}
