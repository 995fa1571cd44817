package dev.hearth.store.log;

import static dev.hearth.store.log.RecordDescriptor.PLACE_BYTES;
import static dev.hearth.store.log.RecordDescriptor.PLACE_FILE_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.PLACE_LENGTH_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.PLACE_OFFSET_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.PLACE_UUID_HI_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.PLACE_UUID_LO_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.PREVIOUS_CRC_OFFSET;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Computes the checksums of records, over private memory only. One per thread; no garbage. */
final class Checksums {
    private final byte[] place = new byte[PLACE_BYTES];
    private final MemorySegment placeView = MemorySegment.ofArray(place);
    private final CRC32C crc = new CRC32C();

    Checksums(UUID uuid) {
        placeView.set(Bytes.LONG, PLACE_UUID_HI_OFFSET, uuid.getMostSignificantBits());
        placeView.set(Bytes.LONG, PLACE_UUID_LO_OFFSET, uuid.getLeastSignificantBits());
    }

    /**
     * The checksum of a record at its place.
     *
     * @param memory   where the record is; position and limit are changed
     * @param position index of its first byte in {@code memory}
     */
    int record(int file, long offsetBytes, ByteBuffer memory, int position, int lengthBytes) {
        placeView.set(Bytes.INT, PLACE_FILE_OFFSET, file);
        placeView.set(Bytes.INT, PLACE_LENGTH_OFFSET, lengthBytes);
        placeView.set(Bytes.LONG, PLACE_OFFSET_OFFSET, offsetBytes);
        return finish(memory, position + PREVIOUS_CRC_OFFSET, position + lengthBytes);
    }

    /**
     * The checksum of a block of a checkpoint: over its place, then over {@code memory} from {@code start} to {@code
     * end}.
     */
    int block(long checkpointVersion, long offsetBytes, ByteBuffer memory, int start, int end) {
        placeView.set(Bytes.LONG, PLACE_FILE_OFFSET, checkpointVersion);
        placeView.set(Bytes.LONG, PLACE_OFFSET_OFFSET, offsetBytes);
        return finish(memory, start, end);
    }

    private int finish(ByteBuffer memory, int start, int end) {
        crc.reset();
        crc.update(place, 0, PLACE_BYTES);
        memory.limit(end).position(start);
        crc.update(memory);
        return (int) crc.getValue();
    }

    /** The plain CRC32C of a range of private memory. */
    static int of(MemorySegment memory, long offset, long length) {
        CRC32C plain = new CRC32C();
        plain.update(memory.asSlice(offset, length).asByteBuffer());
        return (int) plain.getValue();
    }
}
