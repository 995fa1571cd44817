package dev.hearth.codec;

import java.util.List;

/** The codecs a stored page can name. Ids are never reused or renumbered, and 0 is invalid. */
public final class PageCodecs {
    /** The page itself. */
    public static final int RAW = 1;
    /** An LZ4 block. */
    public static final int LZ4 = 2;
    /** An LZ4 block that the exhaustive encoder wrote. */
    public static final int LZ4_HC = 3;
    /** A tensor page of fixed-width codes. */
    public static final int TENSOR_FAST = 4;
    /** A tensor page with LZ4 over bit planes. */
    public static final int TENSOR_BALANCED = 5;
    /** A tensor page with Huffman codes. */
    public static final int TENSOR_SMALL = 6;

    private static final List<PageCodec> ALL = List.of(
            new RawCodec(),
            new Lz4Codec(false),
            new Lz4Codec(true),
            new TensorCodec(TENSOR_FAST, "tensor-fast", Compression.FAST),
            new TensorCodec(TENSOR_BALANCED, "tensor-balanced", Compression.BALANCED),
            new TensorCodec(TENSOR_SMALL, "tensor-small", Compression.SMALL));

    private PageCodecs() {}

    /**
     * The codec with a stored id.
     *
     * @throws CodecException if none has it
     */
    public static PageCodec byId(int id) {
        if (!isKnown(id)) {
            throw new CodecException("unknown codec id=" + id);
        }
        return ALL.get(id - 1);
    }

    /** Whether pages of that codec can be decoded. */
    public static boolean isKnown(int id) {
        return id >= 1 && id <= ALL.size();
    }

    /** All codecs, in the order of their ids. */
    public static List<PageCodec> all() {
        return ALL;
    }

    /** Which LZ4 runs: {@code native}, or {@code java}, which the library falls back to without a word. */
    public static String lz4Implementation() {
        return Lz4.implementation();
    }

    /** Which transforms run: {@code vector}, with the bits of a register, or {@code plain}. */
    public static String vectorImplementation() {
        return Transforms.BEST.name();
    }
}
