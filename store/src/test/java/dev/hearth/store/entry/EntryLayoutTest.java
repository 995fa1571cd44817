package dev.hearth.store.entry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class EntryLayoutTest {
    private static final EntryDescriptor ENTRY = new EntryDescriptor(0x0102030405060708L, -2, 1L << 44 | 7, 9, 3, 4, -5,
            6, 0x8000_0001, 104, EntryDescriptor.CONTIGUOUS | EntryDescriptor.HAS_EXPIRY, 1L << 40, -7,
            Kind.ACTIVATION, Storage.IN_PLACE, 20);

    @Test
    void offsets_arePinned() {
        int[] offsets = {EntryLayout.DIGEST_HI, EntryLayout.DIGEST_LO, EntryLayout.VERSION, EntryLayout.GENERATION,
                EntryLayout.SEGMENT, EntryLayout.NAMESPACE, EntryLayout.OFFSET_UNITS, EntryLayout.DIRECTORY_INDEX,
                EntryLayout.EXTENT_UNITS, EntryLayout.HEADER_BYTES, EntryLayout.FLAGS, EntryLayout.LOGICAL_BYTES,
                EntryLayout.HEADER_CRC, EntryLayout.KIND, EntryLayout.STORAGE, EntryLayout.DTYPE, EntryLayout.ZERO,
                EntryLayout.CRC, EntryLayout.BYTES};
        assertArrayEquals(
                new int[]{0, 8, 16, 24, 32, 36, 40, 44, 48, 52, 54, 56, 64, 68, 69, 70, 71, 76, 80}, offsets);
    }

    @Test
    void write_thenRead_givesTheSameEntry() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(200);
            EntryLayout.write(ENTRY, memory, 13);
            assertTrue(EntryLayout.isValid(memory, 13), "as written");
            assertEquals(ENTRY, EntryLayout.read(memory, 13));
            assertEquals((1L << 32) - 5, ENTRY.offsetBytes() / 64, "offsets are unsigned");
        }
    }

    @Test
    void isValid_anyBitFlipped_false() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(EntryLayout.BYTES);
            EntryLayout.write(ENTRY, memory, 0);
            for (int bit = 0; bit < 8 * EntryLayout.BYTES; bit++) {
                byte before = memory.get(ValueLayout.JAVA_BYTE, bit / 8);
                memory.set(ValueLayout.JAVA_BYTE, bit / 8, (byte) (before ^ 1 << bit % 8));
                assertFalse(EntryLayout.isValid(memory, 0), "flipped bit " + bit);
                memory.set(ValueLayout.JAVA_BYTE, bit / 8, before);
            }
        }
    }

    @Test
    void constructor_negativeNumbers_refused() {
        assertThrows(IllegalArgumentException.class, () -> new EntryDescriptor(0, 0, 0, 0, -1, 0, 0, 0, 0, 104, 0, 0, 0,
                Kind.PARAMETER, Storage.COMPACT, 1));
        assertThrows(IllegalArgumentException.class, () -> new EntryDescriptor(0, 0, 0, 0, 0, 0, 0, 0, 0, 70_000, 0, 0,
                0, Kind.PARAMETER, Storage.COMPACT, 1));
    }
}
