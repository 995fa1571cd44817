package dev.hearth.codec;

import static dev.hearth.codec.NativeMemory.getLong;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What a byte plane holds: which bits change, and how often each value occurs, in all or a sample. One thread. */
final class PlaneStatistics {
    /** Elements looked at in a sample; enough to place a window, few enough not to be felt. */
    static final int SAMPLE_ELEMENTS = 2048;

    // How much more often than by chance two elements are alike in a plane that is worth a second look.
    private static final double NOTEWORTHY = 1.12;

    private final int[] counts = new int[256];
    // Neighbours are often alike: counted apart, an increment need not wait for the one before.
    private final int[] second = new int[256];
    private final int[] third = new int[256];
    private final int[] fourth = new int[256];
    private final int[] sums = new int[513];
    private int counted;
    private int varying;
    private int first;

    /** Looks at a plane of whole groups of 64: at all of it for which bits change, at a sample for the values. */
    void sample(MemorySegment plane, long offset, int elements) {
        measure(plane, offset, elements, Math.max(1, elements / SAMPLE_ELEMENTS));
    }

    /** Looks at all of a plane for which bits change, and for the values at one word of so many. */
    void measure(MemorySegment plane, long offset, int elements, int step) {
        findVarying(plane, offset, elements);
        count(plane, offset, elements, step);
    }

    /** How often each value occurs among {@link #counted()} elements. */
    int[] counts() {
        return counts;
    }

    /** How many elements were counted. */
    int counted() {
        return counted;
    }

    /** How many values were found. */
    int distinct() {
        int distinct = 0;
        for (int count : counts) {
            distinct += count > 0 ? 1 : 0;
        }
        return distinct;
    }

    /** The bits that are not the same in all elements of the plane. */
    int varying() {
        return varying;
    }

    /** The first element. */
    int first() {
        return first;
    }

    /** Whether values look as even as chance makes them, so that no code saves anything worth having. */
    boolean isEven() {
        double squares = 0;
        for (int count : counts) {
            squares += (double) count * count;
        }
        return squares < counted + NOTEWORTHY * counted * counted / 256;
    }

    /** The bits per element that values take at least, one by one (order-0 entropy). */
    double entropyBits() {
        double sum = 0;
        for (int count : counts) {
            if (count > 0) {
                sum += count * Math.log((double) counted / count);
            }
        }
        return counted == 0 ? 0 : sum / (counted * Math.log(2));
    }

    /** Where a window of so many neighbouring values, modulo 256, covers most; {@link #covered} tells how many. */
    int bestBase(int values) {
        int best = 0;
        for (int base = 1; base < 256; base++) {
            if (covered(base, values) > covered(best, values)) {
                best = base;
            }
        }
        return best;
    }

    /** How many of the counted elements a window of values holds. */
    int covered(int base, int values) {
        return sums[base + values] - sums[base];
    }

    private void findVarying(MemorySegment plane, long offset, int elements) {
        first = elements == 0 ? 0 : Bytes.getByte(plane, offset);
        long pattern = Bytes.broadcast(first);
        long start = NativeMemory.readable(plane, offset, elements);
        long changes = 0;
        for (int i = 0; i < elements; i += 8) {
            changes |= getLong(start + i) ^ pattern;
        }
        changes |= changes >>> 32;
        changes |= changes >>> 16;
        changes |= changes >>> 8;
        varying = (int) changes & 0xFF;
    }

    private void count(MemorySegment plane, long offset, int elements, int step) {
        Arrays.fill(counts, 0);
        counted = 0;
        if (varying == 0) {
            counts[first] = elements;
            counted = elements;
        } else {
            countWords(plane, offset, elements / 8 / step, step);
        }
        for (int i = 0; i < 512; i++) {
            sums[i + 1] = sums[i] + counts[i & 0xFF];
        }
    }

    // One word of each stretch of so many, not always at the same place in it: rows of matrices are as even as steps
    // are, and columns differ.
    private void countWords(MemorySegment plane, long offset, int words, int step) {
        Arrays.fill(second, 0);
        Arrays.fill(third, 0);
        Arrays.fill(fourth, 0);
        long start = NativeMemory.readable(plane, offset, 8L * words * step);
        int places = Integer.highestOneBit(step) - 1;
        for (int i = 0; i < words; i++) {
            int place = ((i * 0x9E3779B1) >>> 16) & places;
            long word = getLong(start + 8L * (i * step + place));
            counts[(int) word & 0xFF]++;
            second[(int) (word >>> 8) & 0xFF]++;
            third[(int) (word >>> 16) & 0xFF]++;
            fourth[(int) (word >>> 24) & 0xFF]++;
            counts[(int) (word >>> 32) & 0xFF]++;
            second[(int) (word >>> 40) & 0xFF]++;
            third[(int) (word >>> 48) & 0xFF]++;
            fourth[(int) (word >>> 56)]++;
        }
        counted = 8 * words;
        for (int i = 0; i < 256; i++) {
            counts[i] += second[i] + third[i] + fourth[i];
        }
    }
}
