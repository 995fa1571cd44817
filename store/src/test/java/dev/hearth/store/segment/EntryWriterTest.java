package dev.hearth.store.segment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.Compression;
import dev.hearth.codec.DType;
import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.TensorSpec;
import dev.hearth.store.ValueSource;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EntryWriterTest {
    private static final int PAGE = 4096;
    private static final long SEGMENT = 1 << 20;
    private static final DataGeometry GEOMETRY = new DataGeometry(32 * SEGMENT, SEGMENT, PAGE);

    @TempDir
    Path temporary;
    private StoreDirectory directory;
    private PosixFile file;
    private DataFile data;
    private EntryWriter writer;
    private EntryReader reader;
    private long nextOffset = SegmentHeaderDescriptor.BYTES;
    private int nextIndex;
    private long generation = 77;

    /** Gives out one extent behind the other in one run over the whole file. */
    private final Extents bump = new Extents() {
        @Override
        public Extent reserve(Kind kind, long bytes) {
            Extent extent = new Extent(0, generation, nextOffset / 64, Extent.unitsOf(bytes), nextIndex++, 0, false);
            nextOffset += extent.lengthBytes();
            return extent;
        }

        @Override
        public Extent shrink(Extent extent, long usedBytes) {
            Extent used =
                    new Extent(0, generation, extent.offsetUnits(), Extent.unitsOf(usedBytes), extent.directoryIndex(),
                            0, false);
            nextOffset = used.offsetBytes() + used.lengthBytes();
            return used;
        }

        @Override
        public void share(Extent extent) {}

        @Override
        public void ahead(Kind kind) {}

        @Override
        public void letGo(int segment, int hold) {}
    };

    @BeforeEach
    void open() {
        directory = StoreDirectory.create(temporary.resolve("store"));
        file = directory.create(DataFile.NAME);
        file.truncate(GEOMETRY.capacityBytes());
        data = new DataFile(file, GEOMETRY, new UUID(1, 2));
        data.open(new Run(0, 32, 77, Kind.PARAMETER));
        writer = new EntryWriter(data, bump);
        reader = new EntryReader(data);
    }

    @AfterEach
    void close() {
        data.close();
        directory.close();
    }

    private static byte[] value(int length, boolean compressible) {
        byte[] bytes = new byte[length];
        if (compressible) {
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) (i / 100);
            }
        } else {
            new Random(length).nextBytes(bytes);
        }
        return bytes;
    }

    private static ValueSource source(byte[] bytes) {
        int[] position = {0};
        return target -> {
            MemorySegment.copy(bytes, position[0], target, ValueLayout.JAVA_BYTE, 0, (int) target.byteSize());
            position[0] += (int) target.byteSize();
        };
    }

    private EntryDescriptor write(byte[] bytes, Storage storage) throws IOException {
        PutOptions options = PutOptions.of(Kind.PARAMETER).storage(storage).spec(TensorSpec.of(DType.U8, bytes.length));
        return writer.write(new EntryWrite(3, 11, 12, new byte[]{1, 2, 3}, bytes.length, source(bytes), options,
                Compression.LZ4, 0, 0, 0)).entry();
    }

    private static EntryPlace place(EntryDescriptor entry) {
        return new EntryPlace().key(entry.digestHi(), entry.digestLo(), entry.kind())
                .extent(entry.segment(), entry.generation(), entry.offsetUnits(), entry.extentUnits())
                .content(entry.headerBytes(), entry.headerCrc(), entry.logicalBytes());
    }

    private static final int[] LENGTHS = {0, 1, 63, 64, 1500, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE + 17, 256 << 10,
            (1 << 20) - 1, (1 << 20) + 1, 9_000_001};

    @Test
    void read_ofEveryLengthAndStorage_givesTheValue() throws IOException {
        for (int length : LENGTHS) {
            for (Storage storage : Storage.values()) {
                for (boolean compressible : new boolean[]{true, false}) {
                    String what = "length=" + length + " storage=" + storage + " compressible=" + compressible;
                    byte[] bytes = value(length, compressible);
                    EntryDescriptor entry = write(bytes, storage);
                    EntryHeader header = reader.open(place(entry));
                    assertEquals(length, header.logicalBytes(), what);
                    byte[] read = new byte[length];
                    reader.takePagesRead();
                    assertEquals(length, reader.read(0, MemorySegment.ofArray(read)), what);
                    assertArrayEquals(bytes, read, what);
                    assertEquals(Math.ceilDiv(length, PAGE), reader.takePagesRead(), what);
                    assertEquals(length, reader.verify(), what);
                    nextOffset = SegmentHeaderDescriptor.BYTES;
                }
            }
        }
    }

    @Test
    void read_ofRanges_loadsOnlyTheirPages() throws IOException {
        byte[] bytes = value(300_000, true);
        EntryDescriptor entry = write(bytes, Storage.COMPACT);
        reader.open(place(entry));
        Random random = new Random(5);
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < 2_000; i++) {
                int from = random.nextInt(bytes.length + 10);
                int length = random.nextInt(3 * PAGE);
                MemorySegment target = arena.allocate(Math.max(1, length)).asSlice(0, length);
                reader.takePagesRead();
                long count = reader.read(from, target);
                int expected = Math.max(0, Math.min(length, bytes.length - from));
                assertEquals(expected, count, "from=" + from + " length=" + length);
                assertArrayEquals(
                        Arrays.copyOfRange(bytes, Math.min(from, bytes.length),
                                Math.min(from, bytes.length) + expected),
                        target.asSlice(0, expected).toArray(ValueLayout.JAVA_BYTE));
                long pages = expected == 0 ? 0 : (from + expected - 1) / PAGE - from / PAGE + 1;
                assertEquals(pages, reader.takePagesRead(), "from=" + from + " length=" + length);
            }
        }
    }

    @Test
    void write_compressible_takesLessAndInPlaceIsAlignedAndContiguous() throws IOException {
        byte[] bytes = value(300_000, true);
        EntryDescriptor compact = write(bytes, Storage.COMPACT);
        assertTrue(compact.extentBytes() < 100_000, "extentBytes=" + compact.extentBytes());
        assertTrue(!compact.has(EntryDescriptor.CONTIGUOUS), "encoded");
        EntryDescriptor inPlace = write(bytes, Storage.IN_PLACE);
        assertTrue(inPlace.has(EntryDescriptor.CONTIGUOUS), "raw");
        EntryHeader header = reader.open(place(inPlace));
        assertEquals(0, (inPlace.offsetBytes() + header.dataOffsetBytes()) % 4096, "alignment");
        byte[] raw = new byte[bytes.length];
        file.read(inPlace.offsetBytes() + header.dataOffsetBytes(), MemorySegment.ofArray(raw));
        assertArrayEquals(bytes, raw, "where it lies");
        EntryDescriptor small = write(value(1000, true), Storage.IN_PLACE);
        assertEquals(0, (small.offsetBytes() + reader.open(place(small)).dataOffsetBytes()) % 64, "small alignment");
    }

    @Test
    void read_anyByteOfTheExtentDamaged_neverGivesWrongBytes() throws IOException {
        byte[] bytes = value(3 * PAGE + 100, true);
        for (Storage storage : Storage.values()) {
            EntryDescriptor entry = write(bytes, storage);
            int found = 0;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment one = arena.allocate(1);
                for (long at = 0; at < entry.extentBytes(); at++) {
                    file.read(entry.offsetBytes() + at, one);
                    byte before = one.get(ValueLayout.JAVA_BYTE, 0);
                    one.set(ValueLayout.JAVA_BYTE, 0, (byte) (before ^ 1 << at % 8));
                    file.write(entry.offsetBytes() + at, one);
                    byte[] read = new byte[bytes.length];
                    try {
                        reader.open(place(entry));
                        reader.read(0, MemorySegment.ofArray(read));
                        assertArrayEquals(bytes, read, "damage at " + at);
                    } catch (HearthException.Corrupt e) {
                        assertNotNull(e.file());
                        found++;
                    }
                    one.set(ValueLayout.JAVA_BYTE, 0, before);
                    file.write(entry.offsetBytes() + at, one);
                }
            }
            int covered = storage == Storage.IN_PLACE ? bytes.length : entry.headerBytes() + 4 * 16;
            assertTrue(found >= covered, "found " + found + " of " + entry.extentBytes());
        }
    }

    @Test
    void read_pageOfAnotherPlaceKeyOrGeneration_isCorrupt() throws IOException {
        byte[] bytes = value(4 * PAGE, false);
        EntryDescriptor entry = write(bytes, Storage.IN_PLACE);
        EntryHeader header = reader.open(place(entry));
        long table = entry.offsetBytes() + (entry.headerBytes() + 15 & -16);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(16);
            file.read(table, line);
            file.write(table + 16, line);
            reader.open(place(entry));
            byte[] read = new byte[PAGE];
            HearthException.Corrupt misplaced = assertThrows(HearthException.Corrupt.class,
                    () -> reader.read(PAGE, MemorySegment.ofArray(read)));
            assertEquals(entry.offsetBytes() + header.dataOffsetBytes(), misplaced.offsetBytes(), "page 0 as page 1");
        }
        EntryDescriptor other = write(value(PAGE, false), Storage.IN_PLACE);
        assertThrows(HearthException.Corrupt.class, () -> reader.open(place(other).key(99, 12, Kind.PARAMETER)));
        assertThrows(HearthException.Corrupt.class,
                () -> reader.open(place(other).extent(0, 78, other.offsetUnits(), other.extentUnits())));
    }

    /** As a power cut leaves it that loses what was written to a segment used anew, but for the header. */
    @ParameterizedTest
    @EnumSource(Storage.class)
    void read_pagesOfAnEarlierGenerationUnderTheHeaderOfALaterOne_areCorrupt(Storage storage) throws IOException {
        byte[] bytes = value(3 * PAGE, storage == Storage.COMPACT);
        long start = nextOffset;
        EntryDescriptor earlier = write(bytes, storage);
        long table = earlier.offsetBytes() + (earlier.headerBytes() + 15 & -16);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment left = arena.allocate(nextOffset - table);
            file.read(table, left);
            generation = 78;
            nextOffset = start;
            bytes[100]++;
            EntryDescriptor later = write(bytes, storage);
            assertEquals(earlier.offsetBytes(), later.offsetBytes());
            assertEquals(earlier.headerBytes(), later.headerBytes());
            file.write(table, left);
            reader.open(place(later));
            byte[] read = new byte[PAGE];
            for (long page = 0; page < 3; page++) {
                long at = page * PAGE;
                assertThrows(HearthException.Corrupt.class, () -> reader.read(at, MemorySegment.ofArray(read)),
                        "page " + page);
            }
        }
    }

    @Test
    void open_placeOutsideTheFile_isCorrupt() throws IOException {
        EntryDescriptor entry = write(value(10, false), Storage.IN_PLACE);
        assertThrows(HearthException.Corrupt.class, () -> reader.open(place(entry).extent(31, 77, -1, 4)));
        assertThrows(HearthException.Corrupt.class, () -> reader.open(place(entry).extent(40, 77, 2, 4)));
        assertThrows(HearthException.Corrupt.class, () -> reader.open(place(entry).content(8, 0, 10)));
    }

    @Test
    void write_sourceThatFails_throwsItsException() {
        PutOptions options = PutOptions.of(Kind.PARAMETER);
        ValueSource failing = target -> {
            throw new IOException("gone");
        };
        IOException thrown = assertThrows(IOException.class, () -> writer
                .write(new EntryWrite(3, 11, 12, new byte[]{1}, 100, failing, options, Compression.LZ4, 0, 0, 0)));
        assertEquals("gone", thrown.getMessage());
    }

    @Test
    void write_moreThanTheStoreOrTheFormatHolds_isRefusedBeforeSpaceIsTaken() {
        PutOptions options = PutOptions.of(Kind.PARAMETER);
        long before = nextOffset;
        assertThrows(HearthException.Full.class, () -> writer.write(new EntryWrite(3, 11, 12, new byte[]{1},
                GEOMETRY.capacityBytes() + 1, source(new byte[0]), options, Compression.LZ4, 0, 0, 0)));
        DataGeometry huge = new DataGeometry(1L << 40, 64 << 20, PAGE);
        file.truncate(huge.capacityBytes());
        try (PosixFile again = directory.open(DataFile.NAME, false);
                DataFile large = new DataFile(again, huge, new UUID(1, 2))) {
            assertThrows(IllegalArgumentException.class,
                    () -> new EntryWriter(large, bump).write(new EntryWrite(3, 11, 12, new byte[]{1},
                            EntryWriter.MAX_VALUE_BYTES + 1, source(new byte[0]), options, Compression.LZ4, 0, 0, 0)));
        }
        assertEquals(before, nextOffset, "nothing was reserved");
    }
}
