package dev.hearth.store.log;

import static dev.hearth.store.log.RecordDescriptor.CRC_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.FLAGS_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.FLAG_MORE;
import static dev.hearth.store.log.RecordDescriptor.HEADER_BYTES;
import static dev.hearth.store.log.RecordDescriptor.LENGTH_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.MAX_BYTES;
import static dev.hearth.store.log.RecordDescriptor.OPERATION_COUNT_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.PREVIOUS_CRC_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.TIMESTAMP_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.TYPE_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.TYPE_TRANSACTION;
import static dev.hearth.store.log.RecordDescriptor.VERSION_OFFSET;

import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A piece of a log file in private memory, and the record in it that was loaded last. The piece is as large as what was
 * read so far asked for: most logs are short, and memory that is touched for the first time is dear. One thread at a
 * time.
 */
final class LogWindow {
    /** What is at an offset of a log file. */
    enum Found {
        RECORD, ZERO, INVALID
    }

    private static final int FIRST_READ_BYTES = 64 << 10;

    private final Arena arena;
    private final Checksums checksums;
    private MemorySegment memory;
    private ByteBuffer bytes;
    private long startBytes;
    private long lengthBytes;
    private int readBytes = FIRST_READ_BYTES;
    private int record;

    /** A window whose memory is {@code arena}'s, so that it is of use while that is open. */
    LogWindow(Checksums checksums, Arena arena) {
        this.arena = arena;
        this.checksums = checksums;
        memory = arena.allocate(FIRST_READ_BYTES, 64);
        bytes = memory.asByteBuffer();
    }

    /** Forgets what was read: the next load sees what is in the file now, or another file. */
    void invalidate() {
        lengthBytes = 0;
        readBytes = FIRST_READ_BYTES;
    }

    /**
     * Looks for a record at {@code offset} that was written there; whether it continues the chain is for the caller.
     */
    Found load(StoreFile file, int number, long offset, long fileBytes) {
        if (!ensure(file, offset, HEADER_BYTES, fileBytes)) {
            return wordAt(file, offset, fileBytes) == 0 ? Found.ZERO : Found.INVALID;
        }
        int length = memory.get(Bytes.INT, offset - startBytes + LENGTH_OFFSET);
        if (length == 0) {
            return Found.ZERO;
        }
        if (length < HEADER_BYTES || length > MAX_BYTES || length % RecordDescriptor.ALIGNMENT != 0
                || !ensure(file, offset, length, fileBytes)) {
            return Found.INVALID;
        }
        record = (int) (offset - startBytes);
        int crc = checksums.record(number, offset, bytes, record, length);
        return crc == crc() && memory.get(Bytes.BYTE, record + TYPE_OFFSET) == TYPE_TRANSACTION
                && (memory.get(Bytes.BYTE, record + FLAGS_OFFSET) & ~FLAG_MORE) == 0 && operationCount() > 0
                        ? Found.RECORD
                        : Found.INVALID;
    }

    /** Whether {@code length} bytes from {@code offset} are in the file; if so they are in the window afterwards. */
    private boolean ensure(StoreFile file, long offset, int length, long fileBytes) {
        if (offset >= startBytes && offset + length <= startBytes + lengthBytes) {
            return true;
        }
        if (offset + length > fileBytes) {
            return false;
        }
        long want = Math.min(Math.min(Math.max(readBytes, length), MAX_BYTES), fileBytes - offset);
        if (want > memory.byteSize()) {
            // At least twice as much, so that all pieces together are bounded whatever lengths a file claims.
            memory = arena.allocate(Math.min(MAX_BYTES, Math.max(want, 2 * memory.byteSize())), 64);
            bytes = memory.asByteBuffer();
        }
        lengthBytes = file.read(offset, memory.asSlice(0, want));
        startBytes = offset;
        readBytes = Math.min(readBytes * 2, MAX_BYTES);
        return length <= lengthBytes;
    }

    private long wordAt(StoreFile file, long offset, long fileBytes) {
        invalidate();
        long length = Math.min(Math.max(fileBytes - offset, 0), HEADER_BYTES);
        MemorySegment rest = memory.asSlice(0, HEADER_BYTES);
        rest.fill((byte) 0);
        file.read(offset, rest.asSlice(0, length));
        return rest.get(Bytes.INT, 0);
    }

    int recordBytes() {
        return memory.get(Bytes.INT, record + LENGTH_OFFSET);
    }

    int crc() {
        return memory.get(Bytes.INT, record + CRC_OFFSET);
    }

    int previousCrc() {
        return memory.get(Bytes.INT, record + PREVIOUS_CRC_OFFSET);
    }

    boolean hasMore() {
        return (memory.get(Bytes.BYTE, record + FLAGS_OFFSET) & FLAG_MORE) != 0;
    }

    int operationCount() {
        return Short.toUnsignedInt(memory.get(Bytes.SHORT, record + OPERATION_COUNT_OFFSET));
    }

    long version() {
        return memory.get(Bytes.LONG, record + VERSION_OFFSET);
    }

    long timestampMs() {
        return memory.get(Bytes.LONG, record + TIMESTAMP_OFFSET);
    }

    boolean decode(List<LogOperation> target) {
        return OperationDecoder.decode(memory, record + HEADER_BYTES, record + recordBytes(), operationCount(),
                version(), target);
    }
}
