package dev.hearth.store.log;

import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_ENTRIES;
import static dev.hearth.store.log.CheckpointDescriptor.CRC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.ENTRY_COUNT_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.EPOCH_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.FORMAT;
import static dev.hearth.store.log.CheckpointDescriptor.FORMAT_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.GEOMETRY_BYTES_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.GEOMETRY_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.HEADER_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.HEADER_BYTES_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.LOG_CHAIN_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.LOG_FILE_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.LOG_OFFSET_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.MAGIC;
import static dev.hearth.store.log.CheckpointDescriptor.MAGIC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.MAX_NAMESPACES;
import static dev.hearth.store.log.CheckpointDescriptor.NAMESPACE_BYTES_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.NAMESPACE_COUNT_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.UUID_HI_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.UUID_LO_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.VERSION_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.blocks;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.UUID;

/**
 * What the header of a checkpoint says.
 *
 * @param uuid           identity of the store
 * @param position       where replay goes on; its version is that of the checkpoint
 * @param entryCount     entries
 * @param namespaceCount namespaces
 * @param namespaceBytes bytes of their section
 * @param geometry       the geometry, read-only
 */
record CheckpointHeader(UUID uuid, LogTail position, long entryCount, int namespaceCount, int namespaceBytes,
        MemorySegment geometry) {
    private static final int EPOCH_SHIFT = 44;
    private static final String WHAT = "checkpoint header";

    long blocksOffset() {
        return HEADER_BYTES + (long) namespaceBytes;
    }

    long footerOffset() {
        return blocksOffset() + blocks(entryCount) * BLOCK_BYTES;
    }

    void writeTo(StoreFile file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(HEADER_BYTES, 8);
            long version = position.lastVersion();
            block.set(Bytes.LONG, MAGIC_OFFSET, MAGIC);
            block.set(Bytes.INT, FORMAT_OFFSET, FORMAT);
            block.set(Bytes.INT, HEADER_BYTES_OFFSET, HEADER_BYTES);
            block.set(Bytes.LONG, UUID_HI_OFFSET, uuid.getMostSignificantBits());
            block.set(Bytes.LONG, UUID_LO_OFFSET, uuid.getLeastSignificantBits());
            block.set(Bytes.LONG, VERSION_OFFSET, version);
            block.set(Bytes.LONG, EPOCH_OFFSET, version >>> EPOCH_SHIFT);
            block.set(Bytes.LONG, ENTRY_COUNT_OFFSET, entryCount);
            block.set(Bytes.INT, NAMESPACE_COUNT_OFFSET, namespaceCount);
            block.set(Bytes.INT, NAMESPACE_BYTES_OFFSET, namespaceBytes);
            block.set(Bytes.INT, LOG_FILE_OFFSET, position.file());
            block.set(Bytes.INT, LOG_CHAIN_OFFSET, position.chain());
            block.set(Bytes.LONG, LOG_OFFSET_OFFSET, position.offsetBytes());
            block.set(Bytes.INT, GEOMETRY_BYTES_OFFSET, (int) geometry.byteSize());
            MemorySegment.copy(geometry, 0, block, GEOMETRY_OFFSET, geometry.byteSize());
            block.set(Bytes.INT, CRC_OFFSET, Checksums.of(block, 0, CRC_OFFSET));
            file.write(0, block);
        }
    }

    /**
     * Reads and checks the header, and that the file is as long as the header says: so no claim is larger than the
     * file.
     */
    static CheckpointHeader read(StoreFile file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(HEADER_BYTES, 8);
            Headers.read(file, block, WHAT, MAGIC, FORMAT);
            int geometryBytes = block.get(Bytes.INT, GEOMETRY_BYTES_OFFSET);
            long entryCount = block.get(Bytes.LONG, ENTRY_COUNT_OFFSET);
            int namespaceCount = block.get(Bytes.INT, NAMESPACE_COUNT_OFFSET);
            int namespaceBytes = block.get(Bytes.INT, NAMESPACE_BYTES_OFFSET);
            int logFile = block.get(Bytes.INT, LOG_FILE_OFFSET);
            long logOffset = block.get(Bytes.LONG, LOG_OFFSET_OFFSET);
            check(file, GEOMETRY_BYTES_OFFSET, geometryBytes, 0, LogFileDescriptor.MAX_GEOMETRY_BYTES);
            check(file, ENTRY_COUNT_OFFSET, entryCount, 0, file.sizeBytes() / BLOCK_BYTES * BLOCK_ENTRIES);
            check(file, NAMESPACE_COUNT_OFFSET, namespaceCount, 0, MAX_NAMESPACES);
            check(file, NAMESPACE_BYTES_OFFSET, namespaceBytes, 0, file.sizeBytes());
            check(file, LOG_FILE_OFFSET, logFile, 1, Integer.MAX_VALUE);
            check(file, LOG_OFFSET_OFFSET, logOffset, LogFileDescriptor.HEADER_BYTES, Long.MAX_VALUE);
            check(file, LOG_OFFSET_OFFSET, logOffset % RecordDescriptor.ALIGNMENT, 0, 0);
            CheckpointHeader header = new CheckpointHeader(
                    new UUID(block.get(Bytes.LONG, UUID_HI_OFFSET), block.get(Bytes.LONG, UUID_LO_OFFSET)),
                    new LogTail(logFile, logOffset, block.get(Bytes.INT, LOG_CHAIN_OFFSET),
                            block.get(Bytes.LONG, VERSION_OFFSET)),
                    entryCount, namespaceCount, namespaceBytes,
                    Headers.copy(block, GEOMETRY_OFFSET, geometryBytes));
            long expectedBytes = header.footerOffset() + FOOTER_BYTES;
            if (file.sizeBytes() != expectedBytes) {
                throw new Corrupt("checkpoint", file.path(), Math.min(file.sizeBytes(), expectedBytes),
                        expectedBytes + " bytes", file.sizeBytes() + " bytes");
            }
            return header;
        }
    }

    private static void check(StoreFile file, int offset, long value, long least, long most) {
        if (value < least || value > most) {
            throw new Corrupt(WHAT, file.path(), offset, least + " to " + most, "" + value);
        }
    }
}
