package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The Huffman code for the planes of a value: made from samples, and kept from page to page while it suits.
 *
 * <p>Counting all symbols of a plane takes as long as encoding it. A sample tells as well how long codes should be, but
 * not which rare symbols there are: those are found by looking for what is not in the sample, which is quick because
 * there is little of it. Symbols met in pages before get codes too if they are few, so that the next page does not
 * need another code, and its decoder another table; each takes its share of the code space. Pages do not depend on
 * each other: each is stored with its code. One thread.
 */
final class KeptCode {
    // Symbols that are counted for each distinct one to make a code: what that leaves unknown costs a hundredth of a
    // bit per symbol.
    private static final int COUNTED_PER_SYMBOL = 64;
    // How much longer than with a code of its own a plane may become.
    private static final double SLACK = 0.004;
    // Codes of whole bits cannot come close to very little entropy; that is no measure for planes that have more.
    private static final double MOST_REDUNDANCY = 1.05;
    // Symbols that do not occur but have a code; each takes 1/4096 of the code space.
    private static final int MOST_IDLE = 12;

    private final SymbolJoiner joiner;
    private final HuffmanCode code = new HuffmanCode();
    private final boolean[] met = new boolean[256];
    private final byte[] known = new byte[256];
    private final int[] weights = new int[256];
    // What the code took more than the entropy of what it was made for.
    private double redundancy;
    private boolean made;

    KeptCode(SymbolJoiner joiner) {
        this.joiner = joiner;
    }

    void startValue() {
        made = false;
        Arrays.fill(met, false);
    }

    HuffmanCode code() {
        return code;
    }

    /** Whether the code of a plane before suits one of which a sample was taken, as far as the sample tells. */
    boolean suits(PlaneStatistics statistics) {
        long bits = made ? code.bits(statistics.counts()) : -1;
        if (bits < 0) {
            return false;
        }
        // A sample understates entropy (Miller and Madow 1955), give or take.
        double degrees = statistics.distinct() - 1;
        double understated = (degrees / 2 + Math.sqrt(degrees / 2)) / Math.log(2);
        return bits <= statistics.entropyBits() * statistics.counted() * (redundancy + SLACK) + understated;
    }

    /**
     * Makes a code for all symbols of a plane of which a sample was taken.
     *
     * @return false if there are not two symbols
     */
    boolean make(PlaneStatistics statistics, MemorySegment plane, long offset, int elements) {
        int wanted = COUNTED_PER_SYMBOL * statistics.distinct();
        if (statistics.counted() < Math.min(wanted, elements)) {
            statistics.measure(plane, offset, elements, Math.max(1, elements / wanted));
        }
        int[] counts = statistics.counts();
        for (int symbol = 0; symbol < 256; symbol++) {
            known[symbol] = (byte) (counts[symbol] > 0 ? 1 : 0);
            weights[symbol] = (int) ((long) counts[symbol] * elements / statistics.counted());
        }
        if (statistics.counted() < elements) {
            joiner.countOthers(plane, offset, elements, known, weights);
        }
        keepMet();
        made = code.make(weights);
        if (made) {
            double taken = code.bits(counts) / (statistics.entropyBits() * statistics.counted());
            redundancy = Math.min(taken, MOST_REDUNDANCY);
        }
        return made;
    }

    private void keepMet() {
        int idle = 0;
        for (int symbol = 0; symbol < 256; symbol++) {
            idle += met[symbol] && weights[symbol] == 0 ? 1 : 0;
            met[symbol] |= weights[symbol] > 0;
        }
        for (int symbol = 0; symbol < 256 && idle <= MOST_IDLE; symbol++) {
            weights[symbol] = met[symbol] ? Math.max(1, weights[symbol]) : 0;
        }
    }
}
