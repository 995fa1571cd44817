package dev.hearth.store.log;

import static dev.hearth.store.log.LogFileDescriptor.CHAIN_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.CRC_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.EPOCH_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.FILE_BYTES_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.FILE_NUMBER_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.FIRST_VERSION_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.FORMAT;
import static dev.hearth.store.log.LogFileDescriptor.FORMAT_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.GEOMETRY_BYTES_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.GEOMETRY_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.HEADER_BYTES;
import static dev.hearth.store.log.LogFileDescriptor.HEADER_BYTES_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.MAGIC;
import static dev.hearth.store.log.LogFileDescriptor.MAGIC_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.MAX_GEOMETRY_BYTES;
import static dev.hearth.store.log.LogFileDescriptor.UUID_HI_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.UUID_LO_OFFSET;
import static dev.hearth.store.log.LogFileDescriptor.VERSION_BEFORE_OFFSET;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.UUID;

/**
 * What the header of a log file says.
 *
 * @param uuid          identity of the store
 * @param number        number of the file
 * @param chain         checksum of the last record of the file before
 * @param firstVersion  version of the first transaction in the file
 * @param versionBefore version of the last transaction in the file before
 * @param fileBytes     length of the file
 * @param geometry      the geometry, read-only
 */
record LogHeader(UUID uuid, int number, int chain, long firstVersion, long versionBefore, long fileBytes,
        MemorySegment geometry) {
    private static final int EPOCH_SHIFT = 44;

    /** Writes the header at the start of {@code file}. */
    void writeTo(StoreFile file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(HEADER_BYTES, 8);
            encode(block);
            file.write(0, block);
        }
    }

    private void encode(MemorySegment block) {
        block.set(Bytes.LONG, MAGIC_OFFSET, MAGIC);
        block.set(Bytes.INT, FORMAT_OFFSET, FORMAT);
        block.set(Bytes.INT, HEADER_BYTES_OFFSET, HEADER_BYTES);
        block.set(Bytes.LONG, UUID_HI_OFFSET, uuid.getMostSignificantBits());
        block.set(Bytes.LONG, UUID_LO_OFFSET, uuid.getLeastSignificantBits());
        block.set(Bytes.INT, FILE_NUMBER_OFFSET, number);
        block.set(Bytes.INT, CHAIN_OFFSET, chain);
        block.set(Bytes.LONG, EPOCH_OFFSET, firstVersion >>> EPOCH_SHIFT);
        block.set(Bytes.LONG, FIRST_VERSION_OFFSET, firstVersion);
        block.set(Bytes.LONG, VERSION_BEFORE_OFFSET, versionBefore);
        block.set(Bytes.LONG, FILE_BYTES_OFFSET, fileBytes);
        block.set(Bytes.INT, GEOMETRY_BYTES_OFFSET, (int) geometry.byteSize());
        MemorySegment.copy(geometry, 0, block, GEOMETRY_OFFSET, geometry.byteSize());
        block.set(Bytes.INT, CRC_OFFSET, Checksums.of(block, 0, CRC_OFFSET));
    }

    /**
     * Reads the header of {@code file}, whatever store it is of.
     *
     * @throws Corrupt      if it is not one
     * @throws dev.hearth.store.HearthException.Incompatible if its format is not ours
     */
    static LogHeader read(StoreFile file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(HEADER_BYTES, 8);
            Headers.read(file, block, "log file header", MAGIC, FORMAT);
            int geometryBytes = block.get(Bytes.INT, GEOMETRY_BYTES_OFFSET);
            Path path = file.path();
            if (geometryBytes < 0 || geometryBytes > MAX_GEOMETRY_BYTES) {
                throw new Corrupt("log file header", path, GEOMETRY_BYTES_OFFSET, "at most " + MAX_GEOMETRY_BYTES,
                        "" + geometryBytes);
            }
            long fileBytes = block.get(Bytes.LONG, FILE_BYTES_OFFSET);
            if (fileBytes < HEADER_BYTES || fileBytes % 4096 != 0) {
                throw new Corrupt("log file header", path, FILE_BYTES_OFFSET, "a multiple of 4096", "" + fileBytes);
            }
            return new LogHeader(
                    new UUID(block.get(Bytes.LONG, UUID_HI_OFFSET), block.get(Bytes.LONG, UUID_LO_OFFSET)),
                    block.get(Bytes.INT, FILE_NUMBER_OFFSET), block.get(Bytes.INT, CHAIN_OFFSET),
                    block.get(Bytes.LONG, FIRST_VERSION_OFFSET), block.get(Bytes.LONG, VERSION_BEFORE_OFFSET),
                    fileBytes, Headers.copy(block, GEOMETRY_OFFSET, geometryBytes));
        }
    }

    /** Reads the header of file {@code number} of the store {@code uuid}; that of another file or store is damage. */
    static LogHeader read(StoreFile file, int number, UUID uuid) {
        LogHeader header = read(file);
        if (header.number != number) {
            throw new Corrupt("log file header", file.path(), FILE_NUMBER_OFFSET, "file " + number,
                    "file " + header.number);
        }
        if (!header.uuid.equals(uuid)) {
            throw new Corrupt("log file header", file.path(), UUID_HI_OFFSET, "store " + uuid, "store " + header.uuid);
        }
        return header;
    }

    /** The position of the first record of the file. */
    LogTail start() {
        return new LogTail(number, HEADER_BYTES, chain, versionBefore);
    }
}
