package dev.hearth.codec;

import java.lang.foreign.MemorySegment;

/**
 * Encodes pages by a codec that is named, where {@link PageEncoder} would look for the one that suits: the measure of
 * what that costs. One thread.
 */
public final class AloneEncoder {
    private final Lz4 lz4 = new Lz4();
    private final ElementShape shape = new ElementShape(Transforms.BEST);
    private final TensorEncoder tensors;

    /** An encoder of pages of at most a size. */
    public AloneEncoder(Compression level, int pageBytes) {
        tensors = new TensorEncoder(Transforms.BEST, level, pageBytes, lz4);
    }

    /** Starts a value; its first page says what the type does not. */
    public void startValue(DType dtype, MemorySegment page) {
        if (!shape.take(dtype)) {
            shape.guess(page);
        }
        tensors.startValue(shape.shift(), shape.rotated());
    }

    /** Encodes a page into a target with room for a page that grows. */
    public void encode(int codecId, MemorySegment page, MemorySegment target) {
        int length = (int) page.byteSize();
        switch (codecId) {
            case PageCodecs.RAW -> MemorySegment.copy(page, 0, target, 0, length);
            case PageCodecs.LZ4, PageCodecs.LZ4_HC ->
                    lz4.encode(page, 0, length, target, 0, codecId == PageCodecs.LZ4_HC);
            default -> tensors.encode(page, target, length);
        }
    }
}
