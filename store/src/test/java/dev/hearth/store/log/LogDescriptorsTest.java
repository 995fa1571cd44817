package dev.hearth.store.log;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Pins every offset of the log's formats: a change here is a change of the format. */
final class LogDescriptorsTest {
    @Test
    void logFileHeader_offsets_arePinned() {
        assertAll(
                () -> assertEquals(0, LogFileDescriptor.MAGIC_OFFSET, "magic"),
                () -> assertEquals(8, LogFileDescriptor.FORMAT_OFFSET, "format"),
                () -> assertEquals(12, LogFileDescriptor.HEADER_BYTES_OFFSET, "headerBytes"),
                () -> assertEquals(16, LogFileDescriptor.UUID_HI_OFFSET, "uuidHi"),
                () -> assertEquals(24, LogFileDescriptor.UUID_LO_OFFSET, "uuidLo"),
                () -> assertEquals(32, LogFileDescriptor.FILE_NUMBER_OFFSET, "fileNumber"),
                () -> assertEquals(36, LogFileDescriptor.CHAIN_OFFSET, "chain"),
                () -> assertEquals(40, LogFileDescriptor.EPOCH_OFFSET, "epoch"),
                () -> assertEquals(48, LogFileDescriptor.FIRST_VERSION_OFFSET, "firstVersion"),
                () -> assertEquals(56, LogFileDescriptor.VERSION_BEFORE_OFFSET, "versionBefore"),
                () -> assertEquals(64, LogFileDescriptor.FILE_BYTES_OFFSET, "fileBytes"),
                () -> assertEquals(72, LogFileDescriptor.GEOMETRY_BYTES_OFFSET, "geometryBytes"),
                () -> assertEquals(80, LogFileDescriptor.GEOMETRY_OFFSET, "geometry"),
                () -> assertEquals(592, LogFileDescriptor.GEOMETRY_END_OFFSET, "geometry end"),
                () -> assertEquals(4092, LogFileDescriptor.CRC_OFFSET, "crc"),
                () -> assertEquals(4096, LogFileDescriptor.HEADER_BYTES, "total"));
    }

    @Test
    void record_offsets_arePinned() {
        assertAll(
                () -> assertEquals(0, RecordDescriptor.LENGTH_OFFSET, "length"),
                () -> assertEquals(4, RecordDescriptor.CRC_OFFSET, "crc"),
                () -> assertEquals(8, RecordDescriptor.PREVIOUS_CRC_OFFSET, "previousCrc"),
                () -> assertEquals(12, RecordDescriptor.TYPE_OFFSET, "type"),
                () -> assertEquals(13, RecordDescriptor.FLAGS_OFFSET, "flags"),
                () -> assertEquals(14, RecordDescriptor.OPERATION_COUNT_OFFSET, "operationCount"),
                () -> assertEquals(16, RecordDescriptor.VERSION_OFFSET, "version"),
                () -> assertEquals(24, RecordDescriptor.TIMESTAMP_OFFSET, "timestamp"),
                () -> assertEquals(32, RecordDescriptor.HEADER_BYTES, "total"),
                () -> assertEquals(16, RecordDescriptor.PLACE_FILE_OFFSET, "place file"),
                () -> assertEquals(20, RecordDescriptor.PLACE_LENGTH_OFFSET, "place length"),
                () -> assertEquals(24, RecordDescriptor.PLACE_OFFSET_OFFSET, "place offset"),
                () -> assertEquals(32, RecordDescriptor.PLACE_BYTES, "place total"));
    }

    @Test
    void operation_offsets_arePinned() {
        assertAll(
                () -> assertEquals(0, OperationDescriptor.TYPE_OFFSET, "type"),
                () -> assertEquals(2, OperationDescriptor.LENGTH_OFFSET, "length"),
                () -> assertEquals(4, OperationDescriptor.ARGUMENT_OFFSET, "argument"),
                () -> assertEquals(8, OperationDescriptor.HEADER_BYTES, "header"),
                () -> assertEquals(8, OperationDescriptor.ENTRY_OFFSET, "entry"),
                () -> assertEquals(88, OperationDescriptor.PUT_KEY_OFFSET, "put key"),
                () -> assertEquals(88, OperationDescriptor.RELOCATE_BYTES, "relocate"),
                () -> assertEquals(8, OperationDescriptor.DIGEST_HI_OFFSET, "digestHi"),
                () -> assertEquals(16, OperationDescriptor.DIGEST_LO_OFFSET, "digestLo"),
                () -> assertEquals(24, OperationDescriptor.REMOVE_NAMESPACE_OFFSET, "remove namespace"),
                () -> assertEquals(32, OperationDescriptor.REMOVE_KEY_OFFSET, "remove key"),
                () -> assertEquals(24, OperationDescriptor.EVICT_BYTES, "evict"),
                () -> assertEquals(8, OperationDescriptor.NAME_BYTES_OFFSET, "nameBytes"),
                () -> assertEquals(10, OperationDescriptor.REVISION_BYTES_OFFSET, "revisionBytes"),
                () -> assertEquals(12, OperationDescriptor.FINGERPRINT_BYTES_OFFSET, "fingerprintBytes"),
                () -> assertEquals(16, OperationDescriptor.TEXT_OFFSET, "text"),
                () -> assertEquals(8, OperationDescriptor.GENERATION_OFFSET, "generation"),
                () -> assertEquals(16, OperationDescriptor.RELEASE_BYTES, "release"));
    }

    @Test
    void checkpoint_offsets_arePinned() {
        assertAll(
                () -> assertEquals(32, CheckpointDescriptor.VERSION_OFFSET, "version"),
                () -> assertEquals(40, CheckpointDescriptor.EPOCH_OFFSET, "epoch"),
                () -> assertEquals(48, CheckpointDescriptor.ENTRY_COUNT_OFFSET, "entryCount"),
                () -> assertEquals(56, CheckpointDescriptor.NAMESPACE_COUNT_OFFSET, "namespaceCount"),
                () -> assertEquals(60, CheckpointDescriptor.NAMESPACE_BYTES_OFFSET, "namespaceBytes"),
                () -> assertEquals(64, CheckpointDescriptor.LOG_FILE_OFFSET, "logFile"),
                () -> assertEquals(68, CheckpointDescriptor.LOG_CHAIN_OFFSET, "logChain"),
                () -> assertEquals(72, CheckpointDescriptor.LOG_OFFSET_OFFSET, "logOffset"),
                () -> assertEquals(80, CheckpointDescriptor.GEOMETRY_BYTES_OFFSET, "geometryBytes"),
                () -> assertEquals(88, CheckpointDescriptor.GEOMETRY_OFFSET, "geometry"),
                () -> assertEquals(600, CheckpointDescriptor.GEOMETRY_END_OFFSET, "geometry end"),
                () -> assertEquals(4092, CheckpointDescriptor.CRC_OFFSET, "crc"));
    }

    @Test
    void checkpointParts_offsets_arePinned() {
        assertAll(
                () -> assertEquals(8, CheckpointDescriptor.NAMESPACE_NUMBER_OFFSET, "number"),
                () -> assertEquals(12, CheckpointDescriptor.NAME_BYTES_OFFSET, "nameBytes"),
                () -> assertEquals(14, CheckpointDescriptor.REVISION_BYTES_OFFSET, "revisionBytes"),
                () -> assertEquals(16, CheckpointDescriptor.FINGERPRINT_BYTES_OFFSET, "fingerprintBytes"),
                () -> assertEquals(24, CheckpointDescriptor.DEFINED_VERSION_OFFSET, "definedVersion"),
                () -> assertEquals(32, CheckpointDescriptor.ENDED_VERSION_OFFSET, "endedVersion"),
                () -> assertEquals(40, CheckpointDescriptor.TEXT_OFFSET, "text"),
                () -> assertEquals(4, CheckpointDescriptor.BLOCK_COUNT_OFFSET, "count"),
                () -> assertEquals(8, CheckpointDescriptor.BLOCK_NUMBER_OFFSET, "block number"),
                () -> assertEquals(16, CheckpointDescriptor.BLOCK_ENTRIES_OFFSET, "entries"),
                () -> assertEquals(51, CheckpointDescriptor.BLOCK_ENTRIES, "entries a block"),
                () -> assertEquals(8, CheckpointDescriptor.FOOTER_ENTRY_COUNT_OFFSET, "footer count"),
                () -> assertEquals(16, CheckpointDescriptor.FOOTER_TOTAL_CRC_OFFSET, "footer total"),
                () -> assertEquals(28, CheckpointDescriptor.FOOTER_CRC_OFFSET, "footer crc"),
                () -> assertEquals(32, CheckpointDescriptor.FOOTER_BYTES, "footer"));
    }
}
