package dev.hearth.store.segment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.hearth.codec.Crc32c;
import dev.hearth.codec.DType;
import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EntryHeaderDescriptorTest {
    private static final Crc32c CRC = new Crc32c();

    private static EntryHeader header(TensorSpec spec, Map<String, String> attributes, String key) {
        return new EntryHeader(1, 2, 3, 4, 5, 6, 7, 65_536, 100_000, 192, 8, 9, 10, Kind.PARAMETER, Storage.COMPACT, 4,
                spec, attributes, 21, 22, key.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertSame(EntryHeader expected, EntryHeader actual) {
        assertArrayEquals(expected.key(), actual.key());
        assertEquals(expected.attributes(), actual.attributes());
        assertEquals(expected.parentHi(), actual.parentHi());
        assertEquals(expected.parentLo(), actual.parentLo());
        // Maps are equal in whatever order they list what they hold; their texts are not.
        assertEquals(textOfTheRest(expected), textOfTheRest(actual));
    }

    private static String textOfTheRest(EntryHeader header) {
        return header.toString().replaceAll("attributes=.*", "");
    }

    @Test
    void offsets_arePinned() {
        int[] offsets = {EntryHeaderDescriptor.MAGIC, EntryHeaderDescriptor.FORMAT_VERSION,
                EntryHeaderDescriptor.HEADER_BYTES, EntryHeaderDescriptor.DIGEST_HI, EntryHeaderDescriptor.DIGEST_LO,
                EntryHeaderDescriptor.GENERATION, EntryHeaderDescriptor.SEGMENT, EntryHeaderDescriptor.NAMESPACE,
                EntryHeaderDescriptor.OFFSET_UNITS, EntryHeaderDescriptor.EXTENT_UNITS,
                EntryHeaderDescriptor.LOGICAL_BYTES, EntryHeaderDescriptor.DATA_OFFSET,
                EntryHeaderDescriptor.EXPIRES_AT, EntryHeaderDescriptor.RECOMPUTE_COST,
                EntryHeaderDescriptor.PAGE_BYTES, EntryHeaderDescriptor.KIND, EntryHeaderDescriptor.STORAGE,
                EntryHeaderDescriptor.DTYPE, EntryHeaderDescriptor.RANK, EntryHeaderDescriptor.PRIORITY,
                EntryHeaderDescriptor.ATTRIBUTE_COUNT, EntryHeaderDescriptor.FLAGS, EntryHeaderDescriptor.KEY_BYTES,
                EntryHeaderDescriptor.ATTRIBUTES_BYTES, EntryHeaderDescriptor.CRC, EntryHeaderDescriptor.ZERO,
                EntryHeaderDescriptor.PARENT_HI, EntryHeaderDescriptor.PARENT_LO, EntryHeaderDescriptor.SHAPE};
        assertEquals(2, EntryHeaderDescriptor.FORMAT);
        assertArrayEquals(new int[]{0, 4, 6, 8, 16, 24, 32, 36, 40, 44, 48, 56, 64, 72, 80, 84, 85, 86, 87, 88, 89, 90,
                92, 94, 96, 100, 104, 112, 120}, offsets);
    }

    @Test
    void write_thenRead_givesTheSameHeader() {
        for (EntryHeader header : new EntryHeader[]{header(TensorSpec.UNTYPED, Map.of(), "k"),
                header(TensorSpec.of(DType.BF16, 3, 0, 1L << 40), Map.of("a", "", "ü", "value"), "k".repeat(1024))}) {
            int bytes = EntryHeaderDescriptor.headerBytes(header.spec().shape().size(), header.attributes(),
                    header.key().length);
            assertEquals(0, bytes % 8);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment memory = arena.allocate(bytes);
                int crc = EntryHeaderDescriptor.write(header, memory, 0, CRC);
                assertEquals(crc, EntryHeaderDescriptor.checksum(memory, bytes, CRC));
                assertSame(header, EntryHeaderDescriptor.read(memory));
            }
        }
    }

    @Test
    void checksum_anyBitFlipped_differsOrIsNotTheStoredOne() {
        EntryHeader header = header(TensorSpec.of(DType.F32, 4), Map.of("a", "b"), "key");
        int bytes = EntryHeaderDescriptor.headerBytes(1, header.attributes(), 3);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bytes);
            int crc = EntryHeaderDescriptor.write(header, memory, 0, CRC);
            for (int bit = 0; bit < 8 * bytes; bit++) {
                byte before = memory.get(ValueLayout.JAVA_BYTE, bit / 8);
                memory.set(ValueLayout.JAVA_BYTE, bit / 8, (byte) (before ^ 1 << bit % 8));
                int stored = EntryHeaderDescriptor.storedChecksum(memory);
                int actual = EntryHeaderDescriptor.checksum(memory, bytes, CRC);
                assertNotEquals(crc, stored == crc ? actual : stored, "flipped bit " + bit);
                memory.set(ValueLayout.JAVA_BYTE, bit / 8, before);
            }
        }
    }

    @Test
    void read_lengthsThatDoNotAddUp_refused() {
        EntryHeader header = header(TensorSpec.of(DType.F32, 4), Map.of("a", "b"), "key");
        int bytes = EntryHeaderDescriptor.headerBytes(1, header.attributes(), 3);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bytes);
            EntryHeaderDescriptor.write(header, memory, 0, CRC);
            int refused = 0;
            for (int at : new int[]{EntryHeaderDescriptor.MAGIC, EntryHeaderDescriptor.FORMAT_VERSION,
                    EntryHeaderDescriptor.HEADER_BYTES, EntryHeaderDescriptor.RANK, EntryHeaderDescriptor.KEY_BYTES,
                    EntryHeaderDescriptor.ATTRIBUTES_BYTES, EntryHeaderDescriptor.ATTRIBUTE_COUNT,
                    EntryHeaderDescriptor.KIND, EntryHeaderDescriptor.STORAGE, EntryHeaderDescriptor.DTYPE,
                    EntryHeaderDescriptor.FIXED_BYTES + 8}) {
                byte before = memory.get(ValueLayout.JAVA_BYTE, at);
                memory.set(ValueLayout.JAVA_BYTE, at, (byte) 200);
                try {
                    EntryHeaderDescriptor.read(memory);
                } catch (IllegalArgumentException e) {
                    refused++;
                }
                memory.set(ValueLayout.JAVA_BYTE, at, before);
            }
            assertEquals(11, refused, "each field by itself");
        }
    }
}
