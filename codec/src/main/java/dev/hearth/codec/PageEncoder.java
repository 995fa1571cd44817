package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Encodes the pages of one value after another, each by the codec that saves enough, else leaves it raw.
 *
 * <p>At the levels for tensors the dtype, or a sample of the value's first page, says how wide elements are; their
 * planes take the method that suits each. Whether the whole page would rather be text or a table is asked of LZ4 by a
 * sample of the first page and of every {@value #PROBE_INTERVAL}th, and LZ4 is used from there on while it does
 * better, and does not do much worse than it did.
 *
 * <p>One thread; keeps its working memory. Pages and target are private native memory and do not overlap,
 * and nobody closes them meanwhile.
 */
public final class PageEncoder {
    /** The largest page. */
    public static final int MAX_PAGE_BYTES = 1 << 20;

    private static final int PROBE_INTERVAL = 32;
    private static final int PROBE_BYTES = 8 << 10;
    // What a page encoded by fixed-width codes may grow by before LZ4, which is decoded far slower, is worth it to
    // FAST.
    private static final double LZ4_FACTOR_FAST = 0.6;
    private static final double LZ4_FACTOR = 0.97;
    // Part of a page from which on it is worth asking whether LZ4 makes it smaller still.
    private static final double WORTH_ASKING = 1 / 32.0;
    // How far LZ4 may grow over what it made of the page that it was chosen for before it is asked about anew.
    private static final double DRIFT = 1.25;

    private final Compression level;
    private final int pageBytes;
    private final Lz4 lz4 = new Lz4();
    private final MemorySegment scratch;
    private final ElementShape shape;
    private final TensorEncoder tensors;
    private DType dtype = DType.UNTYPED;
    private int codecId = PageCodecs.RAW;
    private int pages;
    private boolean lz4Suits;
    private int lz4Bytes;

    private PageEncoder(Compression level, int pageBytes, Transforms transforms) {
        this.level = level;
        this.pageBytes = pageBytes;
        this.scratch = Arena.ofAuto().allocate(Lz4.maxEncodedBytes(pageBytes), 64);
        this.shape = new ElementShape(transforms);
        this.tensors = new TensorEncoder(transforms, level, pageBytes, lz4);
    }

    /**
     * An encoder for pages of at most a size, ready for a value of a type.
     *
     * @throws IllegalArgumentException if pageBytes is not from 1 to {@value #MAX_PAGE_BYTES}
     */
    public static PageEncoder create(Compression level, DType dtype, int pageBytes) {
        return create(level, dtype, pageBytes, Transforms.BEST);
    }

    static PageEncoder create(Compression level, DType dtype, int pageBytes, Transforms transforms) {
        if (pageBytes < 1 || pageBytes > MAX_PAGE_BYTES) {
            throw new IllegalArgumentException("pageBytes=" + pageBytes + " not in 1.." + MAX_PAGE_BYTES);
        }
        PageEncoder encoder = new PageEncoder(level, pageBytes, transforms);
        encoder.startValue(dtype);
        return encoder;
    }

    /** Forgets what was learnt from the pages before: the next page is the first of a value of that type. */
    public void startValue(DType dtype) {
        this.dtype = dtype;
        codecId = PageCodecs.RAW;
        pages = 0;
        lz4Suits = false;
    }

    /**
     * Encodes the next page of the value.
     *
     * <p>If {@link #codecId()} is {@link PageCodecs#RAW} afterwards, the page itself is to be stored: the length
     * returned is the page's, and the target's bytes are undefined.
     *
     * @return the encoded length; at most 15/16 of the page's, rounded down, unless raw
     * @throws IllegalArgumentException if the page is empty or larger than promised, or the target smaller than the
     * page
     */
    public int encode(MemorySegment page, MemorySegment target) {
        int length = check(page, target);
        codecId = PageCodecs.RAW;
        int encoded = switch (level) {
            case NONE -> -1;
            case LZ4, LZ4_HC -> encodeLz4(page, target, mostWorthStoring(length));
            case FAST, BALANCED, SMALL -> encodeTensor(page, target, length);
        };
        pages++;
        return encoded < 0 ? length : encoded;
    }

    /** The codec of the page encoded last. */
    public int codecId() {
        return codecId;
    }

    /** The most bytes in which a page is stored encoded: a saving below a sixteenth does not pay for decoding. */
    static int mostWorthStoring(int length) {
        return length - (length + 15) / 16;
    }

    private int encodeTensor(MemorySegment page, MemorySegment target, int length) {
        try {
            return encodeReachable(page, target, length);
        } finally {
            // Kernels work on addresses: memory that is freed when it is no longer reachable has to be until here.
            Reference.reachabilityFence(page);
            Reference.reachabilityFence(target);
            Reference.reachabilityFence(this);
        }
    }

    private int encodeReachable(MemorySegment page, MemorySegment target, int length) {
        if (pages == 0) {
            if (!shape.take(dtype)) {
                shape.guess(page);
            }
            tensors.startValue(shape.shift(), shape.rotated());
        }
        int most = mostWorthStoring(length);
        if (pages % PROBE_INTERVAL == 0) {
            return encodeProbing(page, target, length, most);
        }
        int encoded = lz4Suits ? encodeLz4(page, target, most) : -1;
        if (encoded > DRIFT * lz4Bytes) {
            return encodeProbing(page, target, length, most);
        }
        return encoded >= 0 ? encoded : encodeTensors(page, target, most);
    }

    private int encodeTensors(MemorySegment page, MemorySegment target, int most) {
        int encoded = tensors.encode(page, target, most);
        if (encoded >= 0) {
            codecId = tensors.codecId();
        }
        return encoded;
    }

    private int encodeProbing(MemorySegment page, MemorySegment target, int length, int most) {
        codecId = PageCodecs.RAW;
        double promised = lz4Promise(page, length);
        if (level != Compression.FAST && promised < most && promised >= WORTH_ASKING * length) {
            // Where LZ4 goes below what codes of single bytes can, as it does on text, those need not be tried.
            int least = (int) (LZ4_FACTOR * Math.min(most, tensors.leastBytes(page)));
            int encoded = promised < least ? encodeLz4(page, target, least) : -1;
            if (encoded >= 0) {
                lz4Suits = true;
                lz4Bytes = encoded;
                return encoded;
            }
        }
        int encoded = encodeTensors(page, target, most);
        int reached = encoded < 0 ? most : encoded;
        double factor = level == Compression.FAST && encoded >= 0 ? LZ4_FACTOR_FAST : LZ4_FACTOR;
        boolean promises = reached * factor >= WORTH_ASKING * length && promised < reached * factor;
        int replaced = promises ? encodeLz4(page, target, (int) (reached * factor)) : -1;
        lz4Suits = replaced >= 0;
        lz4Bytes = replaced;
        return lz4Suits ? replaced : encoded;
    }

    // What LZ4 makes of the page, by a stretch of it: a whole page of weights would cost LZ4 as long as it takes to
    // encode it well.
    private double lz4Promise(MemorySegment page, int length) {
        int bytes = Math.min(length, PROBE_BYTES);
        int encoded = lz4.encode(page, (length - bytes) / 2, bytes, scratch, 0, false);
        return (double) encoded / bytes / 1.05 * length;
    }

    private int encodeLz4(MemorySegment page, MemorySegment target, int most) {
        boolean high = level == Compression.LZ4_HC;
        int encoded = lz4.encode(page, 0, (int) page.byteSize(), scratch, 0, high);
        if (encoded > most) {
            return -1;
        }
        MemorySegment.copy(scratch, 0, target, 0, encoded);
        codecId = high ? PageCodecs.LZ4_HC : PageCodecs.LZ4;
        return encoded;
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
