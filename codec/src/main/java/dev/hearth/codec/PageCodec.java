package dev.hearth.codec;

import java.lang.foreign.MemorySegment;

/**
 * One way to turn a page into fewer bytes and back.
 *
 * <p>Stateless and safe for any thread. Source and target are private native memory of the caller and do not overlap.
 * Pages have 1 byte to 1 MiB. Encoded bytes are hostile: whatever they are, decoding touches nothing outside the two
 * segments and ends with a page or a {@link CodecException}; a wrong page is for the checksum to find.
 */
public interface PageCodec {
    /** The id stored with each page, from 1 to 255. */
    int id();

    /** The name a user sees. */
    String codecName();

    /** The most bytes that encoding a page of a size can take. */
    int maxEncodedBytes(int pageBytes);

    /**
     * Encodes a page.
     *
     * @return the encoded length, or -1 if it did not fit into the target; the target's other bytes are undefined
     */
    int encode(MemorySegment source, MemorySegment target);

    /**
     * Decodes exactly the bytes of the source into exactly the bytes of the target.
     *
     * @throws CodecException if the source is not an encoding of a page of the target's size
     */
    void decode(MemorySegment source, MemorySegment target);
}
