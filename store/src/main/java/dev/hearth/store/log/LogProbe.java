package dev.hearth.store.log;

import static dev.hearth.store.log.RecordDescriptor.ALIGNMENT;
import static dev.hearth.store.log.RecordDescriptor.FLAGS_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.FLAG_MORE;
import static dev.hearth.store.log.RecordDescriptor.HEADER_BYTES;
import static dev.hearth.store.log.RecordDescriptor.LENGTH_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.MAX_BYTES;
import static dev.hearth.store.log.RecordDescriptor.TYPE_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.TYPE_TRANSACTION;
import static dev.hearth.store.log.RecordDescriptor.VERSION_OFFSET;

import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Looks behind the place where the log stopped making sense: whether there is nothing, something, or a record that
 * was once committed behind it.
 *
 * <p>
 * A record names its predecessor's checksum itself and is checked against its place, so it is recognised wherever the
 * search meets it. The search tries every place where a record can start. A crafted file could make every one of them
 * look like a record of 1 MiB; after a fixed amount of checksumming the answer is that something is there, the one
 * that changes nothing.
 */
final class LogProbe implements AutoCloseable {
    /** What is behind. */
    enum Behind {
        ZEROS, BYTES, RECORD
    }

    private static final long BUDGET_BYTES = 1L << 30;
    private static final int CHUNK_BYTES = 64 << 10;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment chunk = arena.allocate(CHUNK_BYTES, 8);
    private final LogWindow window;
    private final long lastVersion;
    private long budgetBytes = BUDGET_BYTES;

    LogProbe(LogSettings settings, long lastVersion) {
        window = new LogWindow(new Checksums(settings.uuid()), arena);
        this.lastVersion = lastVersion;
    }

    /**
     * What {@code file} has from {@code offset} on; records that are not newer than the last good version do not
     * count.
     */
    Behind look(StoreFile file, int number, long offset) {
        window.invalidate();
        Behind seen = Behind.ZEROS;
        long at = offset;
        while (true) {
            long read = file.read(at, chunk);
            if (read == 0) {
                return seen;
            }
            // Of an incomplete word at the end of a file that was cut, all bytes count.
            chunk.asSlice(read).fill((byte) 0);
            for (long i = 0; i < read; i += ALIGNMENT) {
                if (chunk.get(Bytes.LONG, i) != 0) {
                    seen = Behind.BYTES;
                    if (isRecord(file, number, at + i, i, read)) {
                        return Behind.RECORD;
                    }
                }
            }
            at += Bytes.align(read, ALIGNMENT);
        }
    }

    private boolean isRecord(StoreFile file, int number, long offset, long inChunk, long chunkBytes) {
        int length = chunk.get(Bytes.INT, inChunk + LENGTH_OFFSET);
        if (length < HEADER_BYTES || length > MAX_BYTES || length % ALIGNMENT != 0) {
            return false;
        }
        if (inChunk + HEADER_BYTES <= chunkBytes && (chunk.get(Bytes.BYTE, inChunk + TYPE_OFFSET) != TYPE_TRANSACTION
                || (chunk.get(Bytes.BYTE, inChunk + FLAGS_OFFSET) & ~FLAG_MORE) != 0
                || Long.compareUnsigned(chunk.get(Bytes.LONG, inChunk + VERSION_OFFSET), lastVersion) <= 0)) {
            return false;
        }
        budgetBytes -= length;
        if (budgetBytes < 0) {
            return true;
        }
        return window.load(file, number, offset, file.sizeBytes()) == LogWindow.Found.RECORD
                && Long.compareUnsigned(window.version(), lastVersion) > 0;
    }

    @Override
    public void close() {
        arena.close();
    }
}
