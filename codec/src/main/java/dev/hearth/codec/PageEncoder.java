package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Encodes the pages of one value after another, each by the codec that saves enough, else leaves it raw.
 *
 * <p>One thread; keeps its working memory. Pages and target are private native memory and do not overlap.
 */
public final class PageEncoder {
    /** The largest page. */
    public static final int MAX_PAGE_BYTES = 1 << 20;

    private final Compression level;
    private final int pageBytes;
    private final Lz4 lz4 = new Lz4();
    private final MemorySegment scratch;
    private int codecId = PageCodecs.RAW;

    private PageEncoder(Compression level, int pageBytes) {
        this.level = level;
        this.pageBytes = pageBytes;
        this.scratch = Arena.ofAuto().allocate(Lz4.maxEncodedBytes(pageBytes), 64);
    }

    /**
     * An encoder for pages of at most a size, ready for a value of a type.
     *
     * @throws IllegalArgumentException if pageBytes is not from 1 to {@value #MAX_PAGE_BYTES}
     */
    public static PageEncoder create(Compression level, DType dtype, int pageBytes) {
        if (pageBytes < 1 || pageBytes > MAX_PAGE_BYTES) {
            throw new IllegalArgumentException("pageBytes=" + pageBytes + " not in 1.." + MAX_PAGE_BYTES);
        }
        PageEncoder encoder = new PageEncoder(level, pageBytes);
        encoder.startValue(dtype);
        return encoder;
    }

    /** Forgets what was learnt from the pages before: the next page is the first of a value of that type. */
    public void startValue(DType dtype) {
        codecId = PageCodecs.RAW;
    }

    /**
     * Encodes the next page of the value.
     *
     * <p>If {@link #codecId()} is {@link PageCodecs#RAW} afterwards, the page itself is to be stored: the length returned
     * is the page's, and the target's bytes are undefined.
     *
     * @return the encoded length; at most 15/16 of the page's, rounded down, unless raw
     * @throws IllegalArgumentException if the page is empty or larger than promised, or the target smaller than the page
     */
    public int encode(MemorySegment page, MemorySegment target) {
        int length = check(page, target);
        codecId = PageCodecs.RAW;
        if (level == Compression.NONE) {
            return length;
        }
        boolean high = level == Compression.LZ4_HC || level == Compression.SMALL;
        int encoded = lz4.encode(page, 0, length, scratch, 0, high);
        if (encoded > mostWorthStoring(length)) {
            return length;
        }
        MemorySegment.copy(scratch, 0, target, 0, encoded);
        codecId = high ? PageCodecs.LZ4_HC : PageCodecs.LZ4;
        return encoded;
    }

    /** The codec of the page encoded last. */
    public int codecId() {
        return codecId;
    }

    // A saving below a sixteenth does not pay for decoding.
    static int mostWorthStoring(int length) {
        return length - (length + 15) / 16;
    }

    private int check(MemorySegment page, MemorySegment target) {
        long length = page.byteSize();
        if (length < 1 || length > pageBytes) {
            throw new IllegalArgumentException("page of " + length + " bytes, pageBytes=" + pageBytes);
        }
        if (target.byteSize() < length) {
            throw new IllegalArgumentException("target of " + target.byteSize() + " bytes for a page of " + length);
        }
        return (int) length;
    }
}
