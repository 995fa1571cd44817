package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Decodes pages of any codec into the caller's memory.
 *
 * <p>One thread; keeps its working memory and makes no garbage. Both segments are private native memory and do not
 * overlap, and nobody closes them meanwhile. The encoded bytes are hostile: whatever they are, nothing outside the two
 * segments is touched.
 */
public final class PageDecoder {
    private final Lz4 lz4 = new Lz4();
    private final TensorDecoder tensors;

    public PageDecoder() {
        this(Transforms.BEST);
    }

    PageDecoder(Transforms transforms) {
        tensors = new TensorDecoder(transforms, lz4);
    }

    /**
     * Decodes exactly the encoded bytes into exactly the page.
     *
     * @throws CodecException if the codec is unknown or the bytes are not an encoding of a page of that size
     */
    public void decode(int codecId, MemorySegment encoded, MemorySegment page) {
        try {
            switch (codecId) {
                case PageCodecs.RAW -> decodeRaw(encoded, page);
                case PageCodecs.LZ4, PageCodecs.LZ4_HC ->
                        lz4.decode(encoded, 0, (int) encoded.byteSize(), page, 0, (int) page.byteSize());
                case PageCodecs.TENSOR_FAST, PageCodecs.TENSOR_BALANCED, PageCodecs.TENSOR_SMALL ->
                        tensors.decode(encoded, page);
                default -> throw new CodecException("unknown codec id=" + codecId);
            }
        } finally {
            // Kernels work on addresses: memory that is freed when it is no longer reachable has to be until here.
            Reference.reachabilityFence(encoded);
            Reference.reachabilityFence(page);
            Reference.reachabilityFence(this);
        }
    }

    private static void decodeRaw(MemorySegment encoded, MemorySegment page) {
        if (encoded.byteSize() != page.byteSize()) {
            throw new CodecException("raw page of " + encoded.byteSize() + " bytes for " + page.byteSize());
        }
        MemorySegment.copy(encoded, 0, page, 0, page.byteSize());
    }
}
