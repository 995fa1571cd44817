package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Encodes one byte plane of the pages of a value by the method that suits it, at a level.
 *
 * <p>Which methods there are to choose from is the level's: {@link Compression#FAST} has fixed-width codes only,
 * because they are decoded about as fast as memory is read; {@link Compression#BALANCED} adds LZ4 over bit planes and
 * Huffman codes where they save a large part of the plane; {@link Compression#SMALL} takes what is smallest. One
 * thread.
 */
final class PlaneEncoder {
    // Part of a plane that Huffman codes must save over the next best method to be worth their time to a level.
    private static final double HUFFMAN_GAIN_BALANCED = 0.14;
    private static final double HUFFMAN_GAIN_SMALL = 0.005;
    // Pages from one trial of LZ4 over bit planes to the next.
    private static final int TRIAL_INTERVAL = 64;

    private final Transforms transforms;
    private final Compression level;
    private final Lz4 lz4;
    private final PlaneStatistics statistics = new PlaneStatistics();
    private final KeptCode kept;
    private final HuffmanEncoder huffman;
    private MemorySegment bits = MemorySegment.NULL;
    private MemorySegment source = MemorySegment.NULL;
    private MemorySegment codes = MemorySegment.NULL;
    private long sourceOffset;
    private int elements;
    private int pages;
    private boolean bitsSuit;

    private int method;
    private CodeWindow window = CodeWindow.of(1, 0);
    private int mainBytes;
    private long restOffset;
    private int restBytes;

    PlaneEncoder(Transforms transforms, Compression level, Lz4 lz4) {
        this.transforms = transforms;
        this.level = level;
        this.lz4 = lz4;
        this.kept = new KeptCode(transforms.symbolJoiner());
        this.huffman = new HuffmanEncoder(transforms.symbolJoiner());
    }

    /** The most bytes of the second part of a plane, whatever it holds. */
    static int maxRestBytes(int elements) {
        return Math.max(HuffmanEncoder.maxBytes(elements), Lz4.maxEncodedBytes(elements + FixedWidth.BLOCK)) + 64;
    }

    void startValue() {
        pages = 0;
        bitsSuit = false;
        kept.startValue();
    }

    /**
     * Encodes a plane of whole groups of 64, behind which lies room for a block.
     *
     * @param codes working memory like the plane's, at the same place; it and the plane stay until {@link #writeMain}
     * @param rests takes the second part, from an offset on
     * @return where the second part ends
     */
    long encode(
            MemorySegment plane, long offset, int elements, MemorySegment codes, MemorySegment rests, long restOffset) {
        this.source = plane;
        this.codes = codes;
        this.sourceOffset = offset;
        this.elements = elements;
        this.restOffset = restOffset;
        mainBytes = elements;
        restBytes = 0;
        method = TensorPage.METHOD_RAW;
        statistics.sample(plane, offset, elements);
        if (statistics.varying() == 0) {
            method = TensorPage.METHOD_CONST;
            mainBytes = 0;
        } else {
            encodeVarying(rests);
        }
        pages++;
        return restOffset + restBytes;
    }

    private void encodeVarying(MemorySegment rests) {
        boolean even = statistics.isEven();
        double best = elements;
        if (!even) {
            best = chooseWindow();
            boolean fixed = best < elements;
            double gain = level == Compression.SMALL ? HUFFMAN_GAIN_SMALL : HUFFMAN_GAIN_BALANCED;
            if (level != Compression.FAST && huffmanBytes() < best - gain * elements) {
                if (encodeHuffman(rests, best)) {
                    best = restBytes;
                    fixed = false;
                }
            }
            if (fixed) {
                encodeFixed(rests);
                best = mainBytes + restBytes;
            }
        }
        boolean trial = pages % TRIAL_INTERVAL == 0 && level != Compression.FAST && !even;
        if (bitsSuit || trial) {
            tryBits(rests, best);
        }
    }

    /** The window that takes the fewest bytes, by what the sample says; how many those are. */
    private double chooseWindow() {
        double best = elements;
        int low = Integer.numberOfTrailingZeros(statistics.varying());
        int width = 32 - Integer.numberOfLeadingZeros(statistics.varying()) - low;
        if (width < 8) {
            // Only some neighbouring bits change: all values have codes, for certain.
            int still = 0xFF & ~(((1 << width) - 1) << low);
            window = CodeWindow.of(width | (low << 3), statistics.first() & still);
            best = FixedWidth.codeBytes(elements, width);
        }
        for (int bits = 1; bits < 8; bits++) {
            double codeBytes = FixedWidth.codeBytes(elements, bits);
            if (codeBytes >= best) {
                break;
            }
            int values = (1 << bits) - 1;
            int base = statistics.bestBase(values);
            double missed = 1 - (double) statistics.covered(base, values) / statistics.counted();
            if (codeBytes + missed * elements < best) {
                best = codeBytes + missed * elements;
                window = CodeWindow.of(bits | 0x40, base);
            }
        }
        return best;
    }

    private void encodeFixed(MemorySegment rests) {
        long end = FixedWidthEncoder.toCodes(source, sourceOffset, elements, window, codes, rests, restOffset);
        int codeBytes = FixedWidth.codeBytes(elements, window.width());
        // A sample can mislead; the plane is still there as it was.
        if (end >= 0 && codeBytes + end - restOffset < elements) {
            method = TensorPage.METHOD_FIXED;
            mainBytes = codeBytes;
            restBytes = (int) (end - restOffset);
        }
    }

    private double huffmanBytes() {
        return statistics.entropyBits() / 8 * elements + 64;
    }

    private boolean encodeHuffman(MemorySegment rests, double best) {
        int bytes = -1;
        if (kept.suits(statistics)) {
            bytes = huffman.encode(source, sourceOffset, elements, kept.code(), rests, restOffset);
        }
        if (bytes < 0 && kept.make(statistics, source, sourceOffset, elements)) {
            bytes = huffman.encode(source, sourceOffset, elements, kept.code(), rests, restOffset);
        }
        if (bytes < 0 || bytes >= best) {
            return false;
        }
        method = TensorPage.METHOD_HUFFMAN;
        mainBytes = 0;
        restBytes = bytes;
        return true;
    }

    private void tryBits(MemorySegment rests, double best) {
        int planeBytes = BitPlanes.planeBytes(elements);
        long bytes = planeBytes * 8L;
        int bound = Lz4.maxEncodedBytes((int) bytes);
        if (bits.byteSize() < bytes + bound) {
            bits = Arena.ofAuto().allocate(bytes + bound, 64);
        }
        source.asSlice(sourceOffset + elements, bytes - elements).fill((byte) 0);
        transforms.bitPlanes().toBits(source, sourceOffset, planeBytes, bits, 0);
        // The exhaustive encoder takes a hundred times as long where there is nothing to find.
        boolean high = bitsSuit && level == Compression.SMALL;
        int length = lz4.encode(bits, 0, (int) bytes, bits, bytes, high);
        bitsSuit = length < best * 0.95;
        if (bitsSuit) {
            method = TensorPage.METHOD_BITS_LZ4;
            mainBytes = 0;
            restBytes = length;
            MemorySegment.copy(bits, bytes, rests, restOffset, length);
        }
    }

    /** Writes the first part of the plane encoded last. */
    void writeMain(MemorySegment target, long offset) {
        if (method == TensorPage.METHOD_RAW) {
            MemorySegment.copy(source, sourceOffset, target, offset, elements);
        } else if (method == TensorPage.METHOD_FIXED) {
            int rowBytes = FixedWidth.rowBytes(elements);
            codes.asSlice(sourceOffset + elements, (long) FixedWidth.ROWS * rowBytes - elements)
                    .fill((byte) 0);
            FixedWidthEncoder.pack(codes, sourceOffset, rowBytes, window.width(), target, offset);
        }
    }

    int method() {
        return method;
    }

    int form() {
        return switch (method) {
            case TensorPage.METHOD_CONST -> statistics.first();
            case TensorPage.METHOD_FIXED -> window.form();
            default -> 0;
        };
    }

    int base() {
        return method == TensorPage.METHOD_FIXED ? window.base() : 0;
    }

    int mainBytes() {
        return mainBytes;
    }

    int restBytes() {
        return restBytes;
    }

    long restOffset() {
        return restOffset;
    }

    int codecId() {
        return switch (method) {
            case TensorPage.METHOD_HUFFMAN -> PageCodecs.TENSOR_SMALL;
            case TensorPage.METHOD_BITS_LZ4 -> PageCodecs.TENSOR_BALANCED;
            default -> PageCodecs.TENSOR_FAST;
        };
    }
}
