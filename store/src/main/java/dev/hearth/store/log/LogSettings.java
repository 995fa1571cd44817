package dev.hearth.store.log;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.UUID;

/**
 * What log and checkpoints of a store have in common. Immutable.
 *
 * <p>
 * The file size counts only for files that are created from now on: every file names its own.
 */
public final class LogSettings {
    /** The smallest log file. */
    public static final long MIN_FILE_BYTES = 16 << 10;
    /** The largest ordinary log file; a transaction that does not fit gets a larger one. */
    public static final long MAX_FILE_BYTES = 1L << 30;

    private final UUID uuid;
    private final long fileBytes;
    private final MemorySegment geometry;
    private final long owner;

    /**
     * Settings of one attachment.
     *
     * @param uuid      identity of the store: records of another store are not taken for records of this one
     * @param fileBytes size of a log file, a multiple of 4,096
     * @param geometry  what recovery has to know of the store when everything but the log is lost; at most 512 bytes,
     *                      copied
     * @param owner     number of this attachment that no other live one has: names its temporary files
     */
    public LogSettings(UUID uuid, long fileBytes, MemorySegment geometry, long owner) {
        if (fileBytes < MIN_FILE_BYTES || fileBytes > MAX_FILE_BYTES || fileBytes % 4096 != 0) {
            throw new IllegalArgumentException("fileBytes=" + fileBytes);
        }
        if (geometry.byteSize() > LogFileDescriptor.MAX_GEOMETRY_BYTES) {
            throw new IllegalArgumentException("geometryBytes=" + geometry.byteSize());
        }
        this.uuid = uuid;
        this.fileBytes = fileBytes;
        this.geometry = MemorySegment.ofArray(geometry.toArray(ValueLayout.JAVA_BYTE)).asReadOnly();
        this.owner = owner;
    }

    /** Identity of the store. */
    public UUID uuid() {
        return uuid;
    }

    /** Size of an ordinary log file in bytes. */
    public long fileBytes() {
        return fileBytes;
    }

    /** The geometry, read-only. */
    public MemorySegment geometry() {
        return geometry;
    }

    /** Number that no other live attachment has. */
    public long owner() {
        return owner;
    }

    /** Bytes at the end of the last file that only transactions may use which give space back. */
    long reserveBytes() {
        return fileBytes / 4;
    }
}
