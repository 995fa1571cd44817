package dev.hearth.store.log;

import static dev.hearth.store.log.RecordDescriptor.CRC_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.FLAGS_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.FLAG_MORE;
import static dev.hearth.store.log.RecordDescriptor.HEADER_BYTES;
import static dev.hearth.store.log.RecordDescriptor.LENGTH_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.MAX_BYTES;
import static dev.hearth.store.log.RecordDescriptor.MAX_OPERATIONS;
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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations of one transaction as the bytes of its records, in private memory, until it is known where they go.
 *
 * <p>
 * The memory of the first record stays for the next transaction; that of further ones is given back. One thread at a
 * time, not always the same. Whoever made the buffer closes it.
 */
final class TransactionBuffer implements AutoCloseable {
    private final Checksums checksums;
    private final Arena arena = Arena.ofShared();
    private final List<Part> parts = new ArrayList<>();
    // Of all parts but the first: closing a shared arena is dear, so that there is one for them all.
    private @Nullable Arena extra;
    private int used;
    private long totalBytes;

    TransactionBuffer(Checksums checksums) {
        this.checksums = checksums;
        parts.add(new Part(arena));
    }

    /** Starts a new transaction. */
    void clear() {
        trim();
        parts.getFirst().reset();
        used = 1;
        totalBytes = HEADER_BYTES;
    }

    /** Gives the memory of all records but the first back. */
    void trim() {
        if (extra != null) {
            extra.close();
            extra = null;
            parts.subList(1, parts.size()).clear();
        }
    }

    boolean isEmpty() {
        return parts.getFirst().operations == 0;
    }

    /** Bytes of all records. */
    long totalBytes() {
        return totalBytes;
    }

    /** Makes room for an operation of this length; the next write goes to {@link #memory} at {@link #position}. */
    void reserve(int operationBytes) {
        Part part = parts.get(used - 1);
        if (part.lengthBytes + operationBytes > MAX_BYTES || part.operations == MAX_OPERATIONS) {
            if (extra == null) {
                extra = Arena.ofShared();
            }
            parts.add(new Part(extra));
            used++;
            totalBytes += HEADER_BYTES;
        }
    }

    MemorySegment memory() {
        return parts.get(used - 1).memory;
    }

    long position() {
        return parts.get(used - 1).lengthBytes;
    }

    /** Counts an operation of this length that was written. */
    void written(int operationBytes) {
        Part part = parts.get(used - 1);
        part.lengthBytes += operationBytes;
        part.operations++;
        totalBytes += operationBytes;
    }

    /** Gives all records their headers and checksums for this place and returns the checksum of the last one. */
    int seal(int file, long offsetBytes, int chain, long version, long timestampMs) {
        long at = offsetBytes;
        int previous = chain;
        for (int i = 0; i < used; i++) {
            Part part = parts.get(i);
            MemorySegment memory = part.memory;
            memory.set(Bytes.INT, LENGTH_OFFSET, part.lengthBytes);
            memory.set(Bytes.INT, PREVIOUS_CRC_OFFSET, previous);
            memory.set(Bytes.BYTE, TYPE_OFFSET, (byte) TYPE_TRANSACTION);
            memory.set(Bytes.BYTE, FLAGS_OFFSET, (byte) (i + 1 < used ? FLAG_MORE : 0));
            memory.set(Bytes.SHORT, OPERATION_COUNT_OFFSET, (short) part.operations);
            memory.set(Bytes.LONG, VERSION_OFFSET, version);
            memory.set(Bytes.LONG, TIMESTAMP_OFFSET, timestampMs);
            previous = checksums.record(file, at, part.bytes, 0, part.lengthBytes);
            memory.set(Bytes.INT, CRC_OFFSET, previous);
            at += part.lengthBytes;
        }
        return previous;
    }

    /** Writes the sealed records, the committing one last. */
    void write(StoreFile file, long offsetBytes) {
        long at = offsetBytes;
        for (int i = 0; i < used; i++) {
            Part part = parts.get(i);
            file.write(at, part.memory.asSlice(0, part.lengthBytes));
            at += part.lengthBytes;
        }
    }

    @Override
    public void close() {
        trim();
        arena.close();
    }

    /** The memory of one record. Shared, because callers of one writer take turns. */
    private static final class Part {
        private final MemorySegment memory;
        private final ByteBuffer bytes;
        private int lengthBytes = HEADER_BYTES;
        private int operations;

        private Part(Arena arena) {
            memory = arena.allocate(MAX_BYTES, 64);
            bytes = memory.asByteBuffer();
        }

        private void reset() {
            lengthBytes = HEADER_BYTES;
            operations = 0;
        }
    }
}
