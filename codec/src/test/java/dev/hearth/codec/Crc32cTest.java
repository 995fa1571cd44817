package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Crc32cTest {
    @Test
    void of_theCheckString_isTheStandardsValue() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = ofText(arena, "123456789");
            assertEquals(0xE3069283, new Crc32c().of(segment, 0, 9));
            assertEquals(0xE3069283, Crc32c.ofFresh(segment, 0, 9));
        }
    }

    @Test
    void update_inParts_equalsTheWhole() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = ofText(arena, "x123456789y");
            Crc32c crc = new Crc32c();
            crc.of(segment, 0, 5);
            assertEquals(0xE3069283, crc.reset().update(segment, 1, 4).update(segment, 5, 5).value());
        }
    }

    @Test
    void updateCopying_ofSeveralBlocks_copiesAndSums() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = TestData.random(arena, 100_003, 5);
            MemorySegment target = arena.allocate(100_010);
            int sum = new Crc32c().updateCopying(source, 3, target, 7, 100_000).value();
            assertEquals(Crc32c.ofFresh(source, 3, 100_000), sum);
            assertEquals(-1, source.asSlice(3, 100_000).mismatch(target.asSlice(7, 100_000)));
        }
    }

    @Test
    void updateLong_equalsItsLittleEndianBytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = ofText(arena, "12345678");
            assertEquals(new Crc32c().of(segment, 0, 8), new Crc32c().updateLong(0x3837363534333231L).value());
        }
    }

    @Test
    void of_heapMemoryOrWrongRange_isRefused() {
        Crc32c crc = new Crc32c();
        MemorySegment heap = MemorySegment.ofArray(new byte[8]);
        assertThrows(IllegalArgumentException.class, () -> crc.of(heap, 0, 8));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(8);
            assertThrows(IndexOutOfBoundsException.class, () -> crc.of(segment, 1, 8));
        }
    }

    private static MemorySegment ofText(Arena arena, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        MemorySegment segment = arena.allocate(bytes.length);
        MemorySegment.copy(bytes, 0, segment, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }
}
