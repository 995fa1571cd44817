package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Every offset as a literal: other builds read these files. */
class TableDescriptorTest {

    @Test
    void offsets_header_areAsDocumented() {
        int[] expected = {0, 8, 12, 16, 24, 32, 40, 48, 56, 60, 64, 128, 136, 144, 152, 4096};
        int[] actual = {TableDescriptor.MAGIC_OFFSET, TableDescriptor.FORMAT_OFFSET,
                TableDescriptor.HEADER_BYTES_OFFSET,
                TableDescriptor.UUID_HI_OFFSET, TableDescriptor.UUID_LO_OFFSET, TableDescriptor.MAX_ENTRIES_OFFSET,
                TableDescriptor.BUCKET_COUNT_OFFSET, TableDescriptor.HASH_SEED_OFFSET,
                TableDescriptor.NAMESPACE_COUNT_OFFSET, TableDescriptor.CRC_OFFSET, TableDescriptor.COMPLETE_OFFSET,
                TableDescriptor.USED_SLOTS_OFFSET, TableDescriptor.MOVES_OFFSET, TableDescriptor.NAMESPACE_LIMIT_OFFSET,
                TableDescriptor.MOVING_DIGEST_OFFSET, TableDescriptor.HEADER_BYTES};
        assertArrayEquals(expected, actual);
        assertEquals("HRTHTABL", new String(littleEndian(TableDescriptor.MAGIC), StandardCharsets.US_ASCII));
        assertEquals(1, TableDescriptor.FORMAT_VERSION);
    }

    @Test
    void offsets_bucketAndSlot_areAsDocumented() {
        int[] expected = {0, 8, 64, 64, 512, 0, 8, 16, 24, 32, 40, 48, 56};
        int[] actual = {TableDescriptor.CONTROL_OFFSET, TableDescriptor.TAGS_OFFSET, TableDescriptor.SLOTS_OFFSET,
                TableDescriptor.SLOT_BYTES, TableDescriptor.BUCKET_BYTES, TableDescriptor.DIGEST_HI_OFFSET,
                TableDescriptor.DIGEST_LO_OFFSET, TableDescriptor.VERSION_OFFSET, TableDescriptor.GENERATION_OFFSET,
                TableDescriptor.PLACE_OFFSET, TableDescriptor.EXTENT_OFFSET, TableDescriptor.LOGICAL_BYTES_OFFSET,
                TableDescriptor.MISC_OFFSET};
        assertArrayEquals(expected, actual);
        assertEquals(4096, TableDescriptor.NAMESPACES_OFFSET);
        assertEquals(4_198_400, TableDescriptor.BUCKETS_OFFSET);
    }

    @Test
    void offsets_namespaceRecord_areAsDocumented() {
        int[] expected = {0, 8, 16, 24, 28, 30, 32, 36, 64, 128, 384, 640, 1024, 4096, 384};
        int[] actual = {NamespaceDescriptor.READY_OFFSET, NamespaceDescriptor.ENDED_OFFSET,
                NamespaceDescriptor.OTHER_ENDED_OFFSET, NamespaceDescriptor.NUMBER_OFFSET,
                NamespaceDescriptor.NAME_BYTES_OFFSET, NamespaceDescriptor.REVISION_BYTES_OFFSET,
                NamespaceDescriptor.FINGERPRINT_BYTES_OFFSET, NamespaceDescriptor.CRC_OFFSET,
                NamespaceDescriptor.TOTALS_OFFSET, NamespaceDescriptor.NAME_OFFSET, NamespaceDescriptor.REVISION_OFFSET,
                NamespaceDescriptor.FINGERPRINT_OFFSET, NamespaceDescriptor.RECORD_BYTES, NamespaceDescriptor.RECORDS,
                NamespaceDescriptor.MAX_FINGERPRINT_BYTES};
        assertArrayEquals(expected, actual);
    }

    @Test
    void bucketCount_anyEntries_fillFourFifthsAtMost() {
        for (long entries = 1; entries < 5_000_000; entries = entries * 3 + 1) {
            assertTrue(TableDescriptor.bucketCount(entries) * 7 * 4 >= entries * 5, "entries=" + entries);
        }
        assertEquals(128, TableDescriptor.bucketCount(1));
        assertEquals(178_572, TableDescriptor.bucketCount(1_000_000));
        assertEquals(95_627_264, TableDescriptor.fileBytes(1_000_000));
    }

    @Test
    void bucketCount_outOfRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> TableDescriptor.bucketCount(0));
        assertThrows(IllegalArgumentException.class, () -> TableDescriptor.bucketCount(Long.MAX_VALUE));
    }

    private static byte[] littleEndian(long word) {
        byte[] bytes = new byte[8];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (word >>> (8 * i));
        }
        return bytes;
    }
}
