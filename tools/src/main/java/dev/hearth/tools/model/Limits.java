package dev.hearth.tools.model;

/**
 * The bounds that keep a reader's memory and time in proportion, whatever a file claims.
 *
 * <p>Each is far above what real models have: the largest public mixtures of experts have about 150,000 tensors, the
 * largest tokenizers in metadata about 20 MB.
 */
final class Limits {
    /** Tensors in one file or one set of shards. */
    static final int MAX_TENSORS = 1 << 19;
    /** Bytes of a tensor's name: what a key of the store can hold. */
    static final int MAX_NAME_BYTES = 1_024;
    /** Dimensions of a tensor. */
    static final int MAX_DIMENSIONS = 64;
    /** Bytes of a header, or of all metadata of a file as text. */
    static final int MAX_METADATA_BYTES = 100_000_000;
    /** Metadata entries in one file. */
    static final int MAX_METADATA_ENTRIES = 1 << 20;
    /** Files that one model may consist of. */
    static final int MAX_FILES = 10_000;
    /** Bytes that {@link ModelTensor#data()} decodes at once; more is read in ranges. */
    static final long MAX_DECODED_BYTES = 1L << 30;
    /** Bytes that are copied in one step, into private memory. */
    static final int CHUNK_BYTES = 1 << 20;

    private Limits() {}
}
