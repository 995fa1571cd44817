package dev.hearth.store.frame;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Checks the page in a frame before its bytes are first handed out in this process, and remembers which were.
 *
 * <p>
 * The checksum covers page and key, so that neither a bit that was flipped in the page nor one in the key makes wrong
 * bytes. What happens to memory after that is not seen here. Checksums are made of private copies: a mapping that lost
 * its file must be touched by copying only. Any thread.
 */
final class PageChecks {
    private static final int CHUNK_FRAMES = 1024;
    private static final int POOLED = 8;
    private static final int KEY_BYTES = 36;
    /** Fits into the first-level cache. */
    private static final int PIECE_BYTES = 8 << 10;

    private final int pageBytes;
    /** For each frame the word of the filling that was checked last; in chunks that are made when they are needed. */
    private final AtomicReferenceArray<@Nullable AtomicLongArray> checked;
    private final AtomicReferenceArray<@Nullable Buffer> pool = new AtomicReferenceArray<>(POOLED);

    PageChecks(FrameLayout layout) {
        pageBytes = layout.pageBytes;
        checked = new AtomicReferenceArray<>(Math.toIntExact(layout.frameCount / CHUNK_FRAMES + 1));
    }

    /** Private memory to copy a page into and sum it. */
    static final class Buffer {
        final MemorySegment memory;
        private final ByteBuffer bytes;
        private final CRC32C crc = new CRC32C();
        private final byte[] key = new byte[KEY_BYTES];

        private Buffer(int pageBytes) {
            memory = Arena.ofAuto().allocate(pageBytes, 4096);
            bytes = memory.asByteBuffer();
        }

        /** Copies a page, and returns the checksum of it and its key. In pieces, each of which stays near meanwhile. */
        int copy(MemorySegment page, long pageOffset, MemorySegment target, long targetOffset, FrameKey of) {
            crc.reset();
            for (int done = 0; done < of.lengthBytes();) {
                int piece = Math.min(PIECE_BYTES, of.lengthBytes() - done);
                MemorySegment.copy(page, pageOffset + done, memory, 0, piece);
                bytes.limit(piece).position(0);
                crc.update(bytes);
                MemorySegment.copy(memory, 0, target, targetOffset + done, piece);
                done += piece;
            }
            FrameSets.updateKey(crc, of, key);
            return (int) crc.getValue();
        }

        /** The checksum of a key and of as many bytes in the buffer as it says. */
        int sum(FrameKey of) {
            crc.reset();
            bytes.limit(of.lengthBytes()).position(0);
            crc.update(bytes);
            FrameSets.updateKey(crc, of, key);
            return (int) crc.getValue();
        }
    }

    boolean isChecked(long frame, long word) {
        AtomicLongArray chunk = checked.getPlain((int) (frame / CHUNK_FRAMES));
        return chunk != null && chunk.getPlain((int) (frame % CHUNK_FRAMES)) == word;
    }

    void setChecked(long frame, long word) {
        int index = (int) (frame / CHUNK_FRAMES);
        AtomicLongArray chunk = checked.getAcquire(index);
        if (chunk == null) {
            AtomicLongArray made = new AtomicLongArray(CHUNK_FRAMES);
            chunk = checked.compareAndExchange(index, null, made);
            chunk = chunk == null ? made : chunk;
        }
        chunk.setOpaque((int) (frame % CHUNK_FRAMES), word);
    }

    Buffer take() {
        for (int place = 0; place < POOLED; place++) {
            Buffer buffer = pool.getPlain(place) == null ? null : pool.getAndSet(place, null);
            if (buffer != null) {
                return buffer;
            }
        }
        return new Buffer(pageBytes);
    }

    void give(Buffer buffer) {
        for (int place = 0; place < POOLED; place++) {
            if (pool.getPlain(place) == null && pool.compareAndSet(place, null, buffer)) {
                return;
            }
        }
    }
}
