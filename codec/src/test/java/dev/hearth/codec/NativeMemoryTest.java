package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Addresses are given out only for ranges that the caller could have touched through the segment. */
class NativeMemoryTest {
    @Test
    void readable_rangeInside_isAddressOfItsStart() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(64, 8);
            segment.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 5, (byte) 0xA7);
            assertEquals(0xA7, NativeMemory.getByte(NativeMemory.readable(segment, 5, 59)), "byte at the start");
        }
    }

    @Test
    void readable_rangeBeyondEnd_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(64, 8);
            assertThrows(IndexOutOfBoundsException.class, () -> NativeMemory.readable(segment, 1, 64));
            assertThrows(IndexOutOfBoundsException.class, () -> NativeMemory.readable(segment, -1, 8));
            assertThrows(IndexOutOfBoundsException.class, () -> NativeMemory.readable(segment, 8, -1));
        }
    }

    @Test
    void readable_heapSegment_isRefused() {
        MemorySegment heap = MemorySegment.ofArray(new byte[8]);
        assertThrows(IllegalArgumentException.class, () -> NativeMemory.readable(heap, 0, 8));
    }

    @Test
    void readable_closedSegment_isRefused() {
        MemorySegment segment;
        try (Arena arena = Arena.ofConfined()) {
            segment = arena.allocate(8);
        }
        assertThrows(IllegalStateException.class, () -> NativeMemory.readable(segment, 0, 8));
    }

    @Test
    void writable_readOnlySegment_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(8).asReadOnly();
            assertThrows(IllegalArgumentException.class, () -> NativeMemory.writable(segment, 0, 8));
        }
    }
}
