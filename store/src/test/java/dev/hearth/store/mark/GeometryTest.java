package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.MaskedCrc32c;
import dev.hearth.store.HearthException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class GeometryTest {
    private static final Path FILE = Path.of("somewhere");

    @Test
    void decode_encoded_isEqual() {
        Geometry geometry =
                new Geometry(new UUID(-5, 7), 3L << 40, 1 << 30, 1 << 20, 1L << 32, 1024, 64, -1, -2, 255, 3, 5,
                        Long.MAX_VALUE);
        assertEquals(geometry, Geometry.decode(geometry.encode(), FILE, 0));
        assertEquals(128, geometry.encode().length);
        assertEquals(3072, geometry.segmentCount());
    }

    /** The bytes of format 2, computed by other means: other bytes are another format. */
    @Test
    void encode_known_isAsPinned() {
        assertEquals("""
                0200000080000000010000000000000002000000000000000000000100000000
                0000040000000000102700000000000000000100040000000800000001000000
                0200000001000000030000000000000004000000000000000068e5cf8b010000
                000000000000000000000000000000000000000000000000000000001be54522""".replace("\n", ""),
                HexFormat.of().formatHex(MarkTestSupport.geometry().encode()));
    }

    @Test
    void decode_anyBitFlipped_isCorruptOrIncompatible() {
        byte[] good = MarkTestSupport.geometry().encode();
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            HearthException thrown = assertThrows(HearthException.class, () -> Geometry.decode(bad, FILE, 16),
                    "bit=" + bit);
            // Without its only bit the format is 0, which nothing ever had.
            assertEquals(bit < 32 && bit != 1, thrown instanceof HearthException.Incompatible, "bit=" + bit);
        }
        assertThrows(HearthException.Corrupt.class, () -> Geometry.decode(new byte[100], FILE, 0));
        assertThrows(HearthException.Corrupt.class, () -> Geometry.decode(new byte[128], FILE, 0));
    }

    @Test
    void decode_validChecksumOverImpossibleSizes_isCorrupt() {
        byte[] bytes = MarkTestSupport.geometry().encode();
        bytes[GeometryDescriptor.SEGMENT_BYTES + 7] = 0x40;
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes, 0, GeometryDescriptor.CRC);
        java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(GeometryDescriptor.CRC,
                MaskedCrc32c.mask((int) crc.getValue()));
        HearthException.Corrupt thrown = assertThrows(HearthException.Corrupt.class,
                () -> Geometry.decode(bytes, FILE, 16));
        assertTrue(thrown.actual().contains("segmentBytes="), thrown.toString());
    }

    @Test
    void new_impossibleValue_isNamed() {
        assertNames("capacityBytes=", 3L << 18, 1 << 18, 1 << 16, 10, 4, 8);
        assertNames("capacityBytes=", (16L << 20) + 1, 1 << 18, 1 << 16, 10, 4, 8);
        assertNames("segmentBytes=", 16L << 20, (1 << 18) + 64, 1 << 16, 10, 4, 8);
        assertNames("segmentBytes=", 16L << 20, 1 << 15, 1 << 12, 10, 4, 8);
        assertNames("segmentBytes (at least two pages)=", 16L << 20, 1 << 16, 1 << 16, 10, 4, 8);
        assertNames("pageBytes=", 16L << 20, 1 << 18, 1 << 11, 10, 4, 8);
        assertNames("pageBytes=", 16L << 20, 1 << 18, 5000, 10, 4, 8);
        assertNames("maxEntries=", 16L << 20, 1 << 18, 1 << 16, 0, 4, 8);
        assertNames("slotCount=", 16L << 20, 1 << 18, 1 << 16, 10, 0, 8);
        assertNames("holdStripes=", 16L << 20, 1 << 18, 1 << 16, 10, 4, 3);
    }

    @Test
    void defaultSegmentBytes_capacities_withinBounds() {
        assertEquals(256 << 10, Geometry.defaultSegmentBytes(1));
        assertEquals(2 << 20, Geometry.defaultSegmentBytes(1L << 30));
        assertEquals(64 << 20, Geometry.defaultSegmentBytes(1L << 50));
        assertEquals(1 << 20, Geometry.roundCapacity(1, 256 << 10));
        assertEquals(5 * (256 << 10), Geometry.roundCapacity((1 << 20) + 1, 256 << 10));
    }

    @Test
    void next_numbers_growAcrossEpochs() {
        assertEquals(1, Epochs.next(0, 0));
        assertEquals(2, Epochs.next(1, 0));
        assertEquals(1L << 44 | 1, Epochs.next(500, 1));
        assertEquals((1L << 44) + 2, Epochs.next(1L << 44 | 1, 1));
        assertEquals((2L << 44) + 6, Epochs.next((2L << 44) + 5, 1), "of a later epoch than the present");
        long last = Epochs.next(5, Epochs.LARGEST_EPOCH);
        assertEquals(Epochs.LARGEST_EPOCH, Epochs.epochOf(last));
        assertEquals(last + 1, Epochs.next(last, 3), "numbers are unsigned");
        assertThrows(IllegalArgumentException.class, () -> Epochs.next(0, Epochs.LARGEST_EPOCH + 1));
        assertThrows(IllegalStateException.class, () -> Epochs.next(-1, 0));
    }

    private static void assertNames(String part, long capacityBytes, long segmentBytes, int pageBytes, long maxEntries,
            int slotCount, int holdStripes) {
        IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class,
                () -> new Geometry(new UUID(1, 2), capacityBytes, segmentBytes, pageBytes, maxEntries, slotCount,
                        holdStripes, 0, 0, 0, 0, 0, 0));
        assertTrue(thrown.toString().contains(part), thrown.toString());
    }
}
