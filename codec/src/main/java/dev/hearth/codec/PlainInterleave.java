package dev.hearth.codec;

import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLong;

import java.lang.foreign.MemorySegment;

/**
 * {@link Interleave} eight bytes at a time, for any Java.
 *
 * <p>Both ways are one exchange: a stretch of all S inputs, planes or rows, goes into an array, is transposed there
 * round by round, and goes from there to the outputs. Loops load from native memory and store in arrays, or the other
 * way round, or stay in one array at distances that are constant, so that the compiler makes vectors of them: see
 * {@link PlainFixedWidth}. It unrolls only short loops, which is why no loop does two of these things.
 */
final class PlainInterleave implements Interleave {
    /** Words of a stretch of one input; eight of them stay in the nearest cache. */
    private static final int STRETCH = 512;

    private static final long EVEN_BYTES = 0x00FF00FF00FF00FFL;
    private static final long EVEN_SHORTS = 0x0000FFFF0000FFFFL;
    private static final long EVEN_INTS = 0x00000000FFFFFFFFL;

    @Override
    public void merge(PlaneSet planes, int shift, boolean rotated, int groups, MemorySegment target) {
        int size = 1 << shift;
        int row = groups * GROUP;
        long to = NativeMemory.writable(target, 0, (long) row << shift);
        Rotation rotation = Rotation.right(shift, rotated);
        long[] words = planes.words(size * STRETCH);
        for (int at = 0; at < row; at += 8 * STRETCH) {
            int count = Math.min(STRETCH, (row - at) / 8);
            for (int p = 0; p < size; p++) {
                load(planes.address(p, groups) + at, words, p * STRETCH, count, Rotation.NONE);
            }
            transpose(words, size, count);
            for (int r = 0; r < size; r++) {
                store(words, r * STRETCH, count, rotation, to + (long) r * row + at);
            }
        }
    }

    @Override
    public void split(MemorySegment source, int shift, boolean rotated, int groups, PlaneSet planes) {
        int size = 1 << shift;
        int row = groups * GROUP;
        long from = NativeMemory.readable(source, 0, (long) row << shift);
        Rotation rotation = Rotation.left(shift, rotated);
        long[] words = planes.words(size * STRETCH);
        for (int at = 0; at < row; at += 8 * STRETCH) {
            int count = Math.min(STRETCH, (row - at) / 8);
            for (int r = 0; r < size; r++) {
                load(from + (long) r * row + at, words, r * STRETCH, count, rotation);
            }
            transpose(words, size, count);
            for (int p = 0; p < size; p++) {
                store(words, p * STRETCH, count, Rotation.NONE, planes.writableAddress(p, groups) + at);
            }
        }
    }

    private static void load(long from, long[] words, int start, int count, Rotation rotation) {
        int down = rotation.down();
        int up = rotation.up();
        long low = rotation.low();
        for (int i = 0; i < count; i++) {
            long x = getLong(from + 8L * i);
            words[start + i] = ((x >>> down) & low) | ((x << up) & ~low);
        }
    }

    private static void store(long[] words, int start, int count, Rotation rotation, long to) {
        int down = rotation.down();
        int up = rotation.up();
        long low = rotation.low();
        for (int i = 0; i < count; i++) {
            long x = words[start + i];
            putLong(to + 8L * i, ((x >>> down) & low) | ((x << up) & ~low));
        }
    }

    // An S by S byte matrix in every lane, a row of it to a stretch.
    private static void transpose(long[] words, int size, int count) {
        for (int p = 0; p < size; p += 2) {
            if (size > 1) {
                exchangeBytes(words, p * STRETCH, count);
            }
        }
        for (int p = 0; p < size; p += 4) {
            if (size > 2) {
                exchangeShorts(words, p * STRETCH, count);
                exchangeShorts(words, (p + 1) * STRETCH, count);
            }
        }
        for (int p = 0; p < size / 2; p++) {
            if (size > 4) {
                exchangeInts(words, p * STRETCH, count);
            }
        }
    }

    // One round: the lower word keeps the even fields of both, the upper one the odd ones.
    private static void exchangeBytes(long[] words, int start, int count) {
        for (int i = start; i < start + count; i++) {
            long a = words[i];
            long b = words[i + STRETCH];
            words[i] = (a & EVEN_BYTES) | ((b & EVEN_BYTES) << 8);
            words[i + STRETCH] = ((a >>> 8) & EVEN_BYTES) | (b & ~EVEN_BYTES);
        }
    }

    private static void exchangeShorts(long[] words, int start, int count) {
        for (int i = start; i < start + count; i++) {
            long a = words[i];
            long b = words[i + 2 * STRETCH];
            words[i] = (a & EVEN_SHORTS) | ((b & EVEN_SHORTS) << 16);
            words[i + 2 * STRETCH] = ((a >>> 16) & EVEN_SHORTS) | (b & ~EVEN_SHORTS);
        }
    }

    private static void exchangeInts(long[] words, int start, int count) {
        for (int i = start; i < start + count; i++) {
            long a = words[i];
            long b = words[i + 4 * STRETCH];
            words[i] = (a & EVEN_INTS) | (b << 32);
            words[i + 4 * STRETCH] = (a >>> 32) | (b & ~EVEN_INTS);
        }
    }
}
