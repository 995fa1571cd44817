package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a tensor that have to be decoded: compressed, or stored as variable-length numbers.
 *
 * <p>Decoding runs forward only. Ascending ranges continue where the one before ended, so that a whole tensor is
 * decoded once in memory that does not grow with it; a range further back starts again. Readers of one tensor take
 * turns.
 */
final class DecodedSource implements TensorSource {
    /** One pass over the encoded bytes. */
    interface Decoder {
        /** Fills {@code target} with the bytes that follow. */
        void decode(MemorySegment target) throws IOException;

        /** Called when the last byte was decoded: checks what can be checked only then, frees memory. */
        void finish() throws IOException;
    }

    /** Starts a pass. */
    interface Start {
        Decoder decoder() throws IOException;
    }

    private final MappedFile file;
    private final String field;
    private final long byteSize;
    private final Start start;
    private @Nullable Decoder decoder;
    private long position;

    DecodedSource(MappedFile file, String field, long byteSize, Start start) {
        this.file = file;
        this.field = field;
        this.byteSize = byteSize;
        this.start = start;
    }

    @Override
    public Path file() {
        return file.path();
    }

    @Override
    public long fileOffset() {
        return -1;
    }

    @Override
    public MemorySegment data() throws IOException {
        if (byteSize > Limits.MAX_DECODED_BYTES) {
            throw file.error(field, ModelFormatException.NO_OFFSET, byteSize + " bytes must be decoded, at most "
                    + Limits.MAX_DECODED_BYTES + " at once: read it in ranges");
        }
        MemorySegment all = Arena.ofAuto().allocate(byteSize, 64);
        read(0, all);
        return all;
    }

    @Override
    public synchronized void read(long offset, MemorySegment target) throws IOException {
        if (target.byteSize() == 0 && byteSize > 0) {
            return;
        }
        try {
            Decoder current = seek(offset);
            current.decode(target);
            position = offset + target.byteSize();
            if (position == byteSize) {
                current.finish();
            } else {
                decoder = current;
            }
        } catch (InternalError fault) {
            throw file.changed(fault);
        }
    }

    /** A decoder at {@code offset}. It is put back only after a success: one that failed may stand anywhere. */
    private Decoder seek(long offset) throws IOException {
        Decoder current = decoder;
        decoder = null;
        if (current == null || offset < position) {
            current = start.decoder();
            position = 0;
        }
        if (position < offset) {
            MemorySegment skipped = MemorySegment.ofArray(new byte[(int) Math.min(offset - position, 1 << 16)]);
            while (position < offset) {
                long step = Math.min(offset - position, skipped.byteSize());
                current.decode(skipped.asSlice(0, step));
                position += step;
            }
        }
        return current;
    }
}
