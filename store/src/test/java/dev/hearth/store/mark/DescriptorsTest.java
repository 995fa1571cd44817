package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The offsets as numbers: what is written on disks does not move with the code. */
final class DescriptorsTest {
    @Test
    void geometry_offsets_arePinned() {
        assertArrayEquals(new int[]{0, 4, 8, 16, 24, 32, 40, 48, 52, 56, 60, 64, 68, 72, 80, 88, 96, 124, 128},
                new int[]{GeometryDescriptor.FORMAT, GeometryDescriptor.LENGTH, GeometryDescriptor.UUID_HI,
                        GeometryDescriptor.UUID_LO, GeometryDescriptor.CAPACITY_BYTES,
                        GeometryDescriptor.SEGMENT_BYTES, GeometryDescriptor.MAX_ENTRIES,
                        GeometryDescriptor.PAGE_BYTES, GeometryDescriptor.SLOT_COUNT, GeometryDescriptor.HOLD_STRIPES,
                        GeometryDescriptor.COMPRESSION_ID, GeometryDescriptor.DURABILITY_ID,
                        GeometryDescriptor.EVICTION_ID, GeometryDescriptor.SEED_HI, GeometryDescriptor.SEED_LO,
                        GeometryDescriptor.CREATED_AT_MS,
                        GeometryDescriptor.MORE_ZERO, GeometryDescriptor.CRC, GeometryDescriptor.BYTES});
    }

    @Test
    void superblock_offsets_arePinned() {
        assertArrayEquals(new int[]{0, 8, 12, 16, 144, 152, 160, 168, 176, 184, 4092, 4096},
                new int[]{SuperblockDescriptor.MAGIC, SuperblockDescriptor.FORMAT, SuperblockDescriptor.LENGTH,
                        SuperblockDescriptor.GEOMETRY, SuperblockDescriptor.FILE_BYTES,
                        SuperblockDescriptor.SEGMENTS_OFFSET, SuperblockDescriptor.SLOTS_OFFSET,
                        SuperblockDescriptor.HOLDS_OFFSET, SuperblockDescriptor.HOLDS_BYTES,
                        SuperblockDescriptor.ZERO, SuperblockDescriptor.CRC, SuperblockDescriptor.BYTES});
        byte[] magic = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(SuperblockDescriptor.MAGIC_VALUE).array();
        assertEquals("HRTHMARK", new String(magic, StandardCharsets.US_ASCII));
    }

    @Test
    void words_offsets_arePinned() {
        assertArrayEquals(
                new int[]{0, 8, 16, 24, 32, 64, 128, 192, 256, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896, 960,
                        1024, 1088, 1152, 1216, 1280, 1344, 1408, 1472, 1536, 1600, 1664, 4096},
                new int[]{MarkWordsDescriptor.BOOT_ID_HI, MarkWordsDescriptor.BOOT_ID_LO, MarkWordsDescriptor.DEVICE,
                        MarkWordsDescriptor.INODE, MarkWordsDescriptor.IDENTITY_CRC, MarkWordsDescriptor.EPOCH,
                        MarkWordsDescriptor.LAST_APPLIED, MarkWordsDescriptor.LAST_INDEXED,
                        MarkWordsDescriptor.IN_LOCK, MarkWordsDescriptor.OPEN_PARAMETER_SEGMENT,
                        MarkWordsDescriptor.OPEN_ACTIVATION_SEGMENT, MarkWordsDescriptor.INDEX_GENERATION,
                        MarkWordsDescriptor.LOG_FILE, MarkWordsDescriptor.LOG_OFFSET, MarkWordsDescriptor.LOG_CHAIN,
                        MarkWordsDescriptor.CHECKPOINT_VERSION, MarkWordsDescriptor.VOLATILE_NONCE,
                        MarkWordsDescriptor.TABLE_STATE, MarkWordsDescriptor.WRITER_WANTED,
                        MarkWordsDescriptor.LAST_SYNCED, MarkWordsDescriptor.BACKGROUND,
                        MarkWordsDescriptor.OPENED, MarkWordsDescriptor.LOG_SYNCED,
                        MarkWordsDescriptor.DATA_SYNCS_BEGUN, MarkWordsDescriptor.DATA_SYNCS_DONE,
                        MarkWordsDescriptor.SYNC_FAILED, MarkWordsDescriptor.INTERVAL_BEGUN,
                        MarkWordsDescriptor.INTERVAL_DONE, MarkWordsDescriptor.WRITER_NUMBER,
                        MarkWordsDescriptor.WRITER, MarkWordsDescriptor.SPARE, MarkWordsDescriptor.BYTES});
    }

    @Test
    void segmentRecord_offsets_arePinned() {
        assertArrayEquals(new int[]{0, 8, 16, 24, 32, 40, 48, 56, 64},
                new int[]{SegmentRecordDescriptor.GENERATION, SegmentRecordDescriptor.STATE,
                        SegmentRecordDescriptor.RESERVATION, SegmentRecordDescriptor.COMMITTED_BYTES,
                        SegmentRecordDescriptor.ALLOCATED_BYTES, SegmentRecordDescriptor.OWNER,
                        SegmentRecordDescriptor.OPENED_AT, SegmentRecordDescriptor.ZERO,
                        SegmentRecordDescriptor.BYTES});
        assertArrayEquals(new int[]{0, 1, 2, 3, 4, 5, 6},
                java.util.Arrays.stream(SegmentState.values()).mapToInt(SegmentState::id).toArray());
    }

    @Test
    void processSlot_offsets_arePinned() {
        assertArrayEquals(new int[]{0, 4, 8, 12, 16, 24, 32, 40, 48, 56, 64, 192, 200, 208, 216, 256},
                new int[]{ProcessSlotDescriptor.STATE, ProcessSlotDescriptor.TENANCY, ProcessSlotDescriptor.PID,
                        ProcessSlotDescriptor.FLAGS, ProcessSlotDescriptor.START_TICKS,
                        ProcessSlotDescriptor.ATTACHED_AT_MS, ProcessSlotDescriptor.HEARTBEAT_MS,
                        ProcessSlotDescriptor.PID_NAMESPACE, ProcessSlotDescriptor.HOLDS_READY,
                        ProcessSlotDescriptor.WRITER_NUMBER, ProcessSlotDescriptor.COMPUTATIONS,
                        ProcessSlotDescriptor.PUTS_IN_FLIGHT, ProcessSlotDescriptor.BYTES_IN_FLIGHT,
                        ProcessSlotDescriptor.UNFENCED, ProcessSlotDescriptor.MORE_ZERO,
                        ProcessSlotDescriptor.BYTES});
    }

    @Test
    void layout_smallStore_isPinned() {
        MarkLayout layout = new MarkLayout(MarkTestSupport.geometry());
        assertEquals(4096, layout.wordsOffset);
        assertEquals(8192, layout.segmentsOffset);
        assertEquals(64 * 64, layout.segmentsBytes);
        assertEquals(12288, layout.slotsOffset);
        assertEquals(4 * 256, layout.slotsBytes);
        assertEquals(16384, layout.holdsOffset);
        assertEquals(8 * 64 * 8, layout.holdsBytes);
        assertEquals(16384 + 4 * 4096, layout.fileBytes);
        assertEquals(16384 + 3 * 4096, layout.holdsOffset(3));
    }

    @Test
    void lockBytes_arePinned() {
        assertArrayEquals(new long[]{1, 2, 3, 4, 5, 6, 7, 8, 64}, new long[]{LockBytes.ALLOCATION,
                LockBytes.CREATION, LockBytes.BACKGROUND, LockBytes.SWEEP, LockBytes.FRAMES,
                LockBytes.BACKGROUND_RELIEF, LockBytes.MOVE, LockBytes.INDEX, LockBytes.FIRST_SLOT});
    }
}
