package dev.hearth.codec;

import static dev.hearth.codec.Bytes.broadcast;
import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLong;

import java.lang.foreign.MemorySegment;

/**
 * {@link FixedWidth} eight codes at a time, for any Java; escapes fall into place by {@link Long#expand}.
 *
 * <p>A stretch of a row goes through short arrays, one simple loop after the other: from native memory into an array,
 * or from an array into native memory, but never from native memory into native memory. The compiler makes vectors of
 * such a loop by itself as long as it can tell that what is stored is not what is loaded next; between two native
 * addresses it cannot, and the loop takes five times as long. Only the loop that fills in escapes is one word after
 * the other: where the next escape lies depends on how many there were.
 */
final class PlainFixedWidth implements FixedWidth {
    private static final long TOPS = 0x8080808080808080L;
    private static final long NIBBLES = 0x0F0F0F0F0F0F0F0FL;
    private static final long PAIRS = 0x0303030303030303L;
    private static final long BITS = 0x0101010101010101L;

    /** Words of a stretch: enough for vectors to pay, few enough to stay in the nearest cache. */
    private static final int STRETCH = 1024;

    private final boolean expands;

    /** Whether to expand escapes into words, or to patch them in one by one. */
    PlainFixedWidth(boolean expands) {
        this.expands = expands;
    }

    @Override
    public long decode(FixedPlane plane, MemorySegment target, long targetOffset) {
        long out = NativeMemory.writable(target, targetOffset, plane.elements());
        // Values, and behind them which of their bytes are escapes.
        long[] words = plane.words(2 * STRETCH);
        plane.start();
        for (int row = 0; row < ROWS; row++) {
            int count = plane.rowElements(row) / 8;
            for (int word = 0; word < count; word += STRETCH) {
                int stretch = Math.min(STRETCH, count - word);
                long to = out + (long) row * plane.rowBytes() + 8L * word;
                loadCodes(plane, row, 8L * word, words, stretch);
                if (!plane.window().escaped()) {
                    storeValues(plane.window(), words, stretch, to);
                } else if (!decodeEscaped(plane, words, stretch, to)) {
                    return -1;
                }
            }
        }
        return plane.used();
    }

    private boolean decodeEscaped(FixedPlane plane, long[] words, int stretch, long to) {
        findHoles(plane.window(), words, stretch);
        toValues(plane.window(), words, stretch);
        if (!expands) {
            return patch(plane, words, stretch, to);
        }
        int filled = fill(plane, words, 0, stretch, to);
        return filled == stretch || (plane.moveRest() && fill(plane, words, filled, stretch, to) == stretch);
    }

    // The first field that there is, and then the others above it.
    private static void loadCodes(FixedPlane plane, int row, long offset, long[] words, int count) {
        int width = plane.window().width();
        if ((width & 4) != 0) {
            loadField(plane.four(row) + offset, 4 * (row & 1), NIBBLES, words, count);
        }
        if ((width & 2) != 0) {
            long two = plane.two(row) + offset;
            if (width < 4) {
                loadField(two, 2 * (row & 3), PAIRS, words, count);
            } else {
                addField(two, 2 * (row & 3), PAIRS, 4, words, count);
            }
        }
        if ((width & 1) != 0) {
            long one = plane.one() + offset;
            if (width == 1) {
                loadField(one, row, BITS, words, count);
            } else {
                addField(one, row, BITS, width & 6, words, count);
            }
        }
    }

    private static void loadField(long from, int shift, long mask, long[] words, int count) {
        for (int i = 0; i < count; i++) {
            words[i] = (getLong(from + 8L * i) >>> shift) & mask;
        }
    }

    private static void addField(long from, int shift, long mask, int place, long[] words, int count) {
        for (int i = 0; i < count; i++) {
            words[i] |= ((getLong(from + 8L * i) >>> shift) & mask) << place;
        }
    }

    private static void storeValues(CodeWindow window, long[] words, int count, long to) {
        int shift = window.shift();
        long base = broadcast(window.base() & 0x7F);
        long baseTop = broadcast(window.base() & 0x80);
        for (int i = 0; i < count; i++) {
            long code = words[i] << shift;
            // Sums of seven bits each, and what there is of top bits added without a carry.
            putLong(to + 8L * i, ((code & ~TOPS) + base) ^ (code & TOPS) ^ baseTop);
        }
    }

    // A byte of ones for each code that is the escape.
    private static void findHoles(CodeWindow window, long[] words, int count) {
        long escape = broadcast(window.escapeCode());
        for (int i = 0; i < count; i++) {
            // A top bit for each code that is not the escape: what differs carries into it.
            long tops = (((words[i] ^ escape) + ~TOPS) & TOPS) ^ TOPS;
            words[i + STRETCH] = (tops << 1) - (tops >>> 7);
        }
    }

    // Codes to values, and escapes to zeros.
    private static void toValues(CodeWindow window, long[] words, int count) {
        long base = broadcast(window.base() & 0x7F);
        long baseTop = broadcast(window.base() & 0x80);
        for (int i = 0; i < count; i++) {
            // Codes have no top bit: their sums with seven bits end below it.
            words[i] = ((words[i] + base) ^ baseTop) & ~words[i + STRETCH];
        }
    }

    // As far as eight bytes can be read from where the next escape lies.
    private static int fill(FixedPlane plane, long[] words, int from, int count, long to) {
        long last = plane.lastOf(8);
        long next = plane.next();
        int i = from;
        for (; i < count && next <= last; i++) {
            long holes = words[i + STRETCH];
            putLong(to + 8L * i, words[i] | Long.expand(getLong(next), holes));
            next += Long.bitCount(holes) >>> 3;
        }
        plane.next(next);
        return i;
    }

    // Where a word is not expanded in one instruction.
    private static boolean patch(FixedPlane plane, long[] words, int count, long to) {
        long next = plane.next();
        long end = plane.end();
        for (int i = 0; i < count; i++) {
            long value = words[i];
            for (long holes = words[i + STRETCH] & BITS; holes != 0; holes &= holes - 1) {
                if (next == end) {
                    return false;
                }
                value |= (long) NativeMemory.getByte(next++) << Long.numberOfTrailingZeros(holes);
            }
            putLong(to + 8L * i, value);
        }
        plane.next(next);
        return true;
    }
}
