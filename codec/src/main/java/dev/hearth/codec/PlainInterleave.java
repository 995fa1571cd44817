package dev.hearth.codec;

import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLong;

import java.lang.foreign.MemorySegment;

/** {@link Interleave} eight bytes at a time, for any Java. */
final class PlainInterleave implements Interleave {
    private static final long EVEN_BYTES = 0x00FF00FF00FF00FFL;
    private static final long LOWEST_BITS = 0x0001000100010001L;
    private static final long SEVEN_BITS = 0x007F007F007F007FL;
    private static final long EVEN_SHORTS = 0x0000FFFF0000FFFFL;
    private static final long EVEN_INTS = 0x00000000FFFFFFFFL;

    @Override
    public void merge(PlaneSet planes, int shift, boolean rotated, int groups, MemorySegment target) {
        long low = rotated ? lowBits(shift) : -1L;
        int up = (8 << shift) - 1;
        switch (shift) {
            case 0 -> merge1(planes, low, groups, target);
            case 1 -> merge2(planes, low, groups, target);
            case 2 -> merge4(planes, low, up, groups, target);
            default -> merge8(planes, low, up, groups, target);
        }
    }

    @Override
    public void split(MemorySegment source, int shift, boolean rotated, int groups, MemorySegment planes, long stride) {
        long low = rotated ? lowBits(shift) : -1L;
        int up = (8 << shift) - 1;
        switch (shift) {
            case 0 -> split1(source, low, groups, planes);
            case 1 -> split2(source, low, up, groups, planes, stride);
            case 2 -> split4(source, low, up, groups, planes, stride);
            default -> split8(source, low, up, groups, planes, stride);
        }
    }

    /** The bits of a word that are not the top bit of their lane; all of them stand for "not rotated". */
    static long lowBits(int shift) {
        return switch (shift) {
            case 0 -> 0x7F7F7F7F7F7F7F7FL;
            case 1 -> 0x7FFF7FFF7FFF7FFFL;
            case 2 -> 0x7FFFFFFF7FFFFFFFL;
            default -> 0x7FFFFFFFFFFFFFFFL;
        };
    }

    // Lanes rotated right by one bit, where low has the bits that a lane fills from its neighbours above.
    private static long rotateRight(long x, long low, int up) {
        return low == -1L ? x : ((x >>> 1) & low) | ((x << up) & ~low);
    }

    private static long rotateLeft(long x, long low, int up) {
        return low == -1L ? x : ((x & low) << 1) | ((x & ~low) >>> up);
    }

    // One round of the exchange: the low word keeps the even fields of both, the high word the odd ones.
    private static long low(long a, long b, long even, int bits) {
        return (a & even) | ((b & even) << bits);
    }

    private static long high(long a, long b, long even, int bits) {
        return ((a >>> bits) & even) | (b & ~even);
    }

    private static void merge1(PlaneSet planes, long low, int groups, MemorySegment target) {
        long to = NativeMemory.writable(target, 0, 1L * groups * GROUP);
        long o0 = planes.address(0, groups);
        for (int i = 0; i < groups * GROUP; i += 8) {
            putLong(to + i, rotateRight(getLong(o0 + i), low, 7));
        }
    }

    private static void merge2(PlaneSet planes, long low, int groups, MemorySegment target) {
        long to = NativeMemory.writable(target, 0, 2L * groups * GROUP);
        long o0 = planes.address(0, groups);
        long o1 = planes.address(1, groups);
        for (int g = 0; g < groups; g++) {
            long in0 = o0 + g * 64L;
            long in1 = o1 + g * 64L;
            long out = to + g * 128L;
            if (low == -1L) {
                for (int w = 0; w < GROUP; w += 8) {
                    long a = getLong(in0 + w);
                    long b = getLong(in1 + w);
                    putLong(out + w, low(a, b, EVEN_BYTES, 8));
                    putLong(out + 64 + w, high(a, b, EVEN_BYTES, 8));
                }
            } else {
                for (int w = 0; w < GROUP; w += 8) {
                    mergeRotated(getLong(in0 + w), getLong(in1 + w), out + w);
                }
            }
        }
    }

    // The lowest bits of the lower bytes become signs; no field reaches another, so that sums are as good as unions.
    private static void mergeRotated(long lower, long upper, long to) {
        long evenUpper = (upper & EVEN_BYTES) << 7;
        long oddUpper = ((upper >>> 8) & EVEN_BYTES) << 7;
        putLong(to, ((lower >>> 1) & SEVEN_BITS) + ((lower & LOWEST_BITS) << 15) + evenUpper);
        putLong(to + 64, ((lower >>> 9) & SEVEN_BITS) + ((lower & (LOWEST_BITS << 8)) << 7) + oddUpper);
    }

    private static void merge4(PlaneSet planes, long low, int up, int groups, MemorySegment target) {
        long to = NativeMemory.writable(target, 0, 4L * groups * GROUP);
        long o0 = planes.address(0, groups);
        long o1 = planes.address(1, groups);
        long o2 = planes.address(2, groups);
        long o3 = planes.address(3, groups);
        for (int g = 0; g < groups; g++) {
            for (int w = 0; w < GROUP; w += 8) {
                long at = g * 64L + w;
                long a = getLong(o0 + at);
                long b = getLong(o1 + at);
                long c = getLong(o2 + at);
                long d = getLong(o3 + at);
                long ab0 = low(a, b, EVEN_BYTES, 8);
                long ab1 = high(a, b, EVEN_BYTES, 8);
                long cd0 = low(c, d, EVEN_BYTES, 8);
                long cd1 = high(c, d, EVEN_BYTES, 8);
                long out = g * 256L + w;
                putLong(to + out, rotateRight(low(ab0, cd0, EVEN_SHORTS, 16), low, up));
                putLong(to + out + 64, rotateRight(low(ab1, cd1, EVEN_SHORTS, 16), low, up));
                putLong(to + out + 128, rotateRight(high(ab0, cd0, EVEN_SHORTS, 16), low, up));
                putLong(to + out + 192, rotateRight(high(ab1, cd1, EVEN_SHORTS, 16), low, up));
            }
        }
    }

    private static void merge8(PlaneSet planes, long low, int up, int groups, MemorySegment target) {
        long to = NativeMemory.writable(target, 0, 8L * groups * GROUP);
        long[] at = new long[8];
        for (int p = 0; p < 8; p++) {
            at[p] = planes.address(p, groups);
        }
        long[] x = new long[8];
        for (int g = 0; g < groups; g++) {
            for (int w = 0; w < GROUP; w += 8) {
                for (int p = 0; p < 8; p++) {
                    x[p] = getLong(at[p] + g * 64L + w);
                }
                transpose8(x);
                for (int p = 0; p < 8; p++) {
                    putLong(to + g * 512L + p * 64L + w, rotateRight(x[p], low, up));
                }
            }
        }
    }

    private static void split1(MemorySegment source, long low, int groups, MemorySegment planes) {
        long from = NativeMemory.readable(source, 0, 1L * groups * GROUP);
        long to = NativeMemory.writable(planes, 0, (long) groups * GROUP);
        for (int i = 0; i < groups * GROUP; i += 8) {
            putLong(to + i, rotateLeft(getLong(from + i), low, 7));
        }
    }

    private static void split2(
            MemorySegment source, long low, int up, int groups, MemorySegment planes, long stride) {
        long from = NativeMemory.readable(source, 0, 2L * groups * GROUP);
        long to = NativeMemory.writable(planes, 0, stride + (long) groups * GROUP);
        for (int g = 0; g < groups; g++) {
            for (int w = 0; w < GROUP; w += 8) {
                long a = rotateLeft(getLong(from + g * 128L + w), low, up);
                long b = rotateLeft(getLong(from + g * 128L + 64 + w), low, up);
                putLong(to + g * 64L + w, low(a, b, EVEN_BYTES, 8));
                putLong(to + stride + g * 64L + w, high(a, b, EVEN_BYTES, 8));
            }
        }
    }

    private static void split4(
            MemorySegment source, long low, int up, int groups, MemorySegment planes, long stride) {
        long from = NativeMemory.readable(source, 0, 4L * groups * GROUP);
        long to = NativeMemory.writable(planes, 0, 3 * stride + (long) groups * GROUP);
        for (int g = 0; g < groups; g++) {
            for (int w = 0; w < GROUP; w += 8) {
                long in = g * 256L + w;
                long a = rotateLeft(getLong(from + in), low, up);
                long b = rotateLeft(getLong(from + in + 64), low, up);
                long c = rotateLeft(getLong(from + in + 128), low, up);
                long d = rotateLeft(getLong(from + in + 192), low, up);
                long ac0 = low(a, c, EVEN_SHORTS, 16);
                long ac1 = high(a, c, EVEN_SHORTS, 16);
                long bd0 = low(b, d, EVEN_SHORTS, 16);
                long bd1 = high(b, d, EVEN_SHORTS, 16);
                long out = g * 64L + w;
                putLong(to + out, low(ac0, bd0, EVEN_BYTES, 8));
                putLong(to + stride + out, high(ac0, bd0, EVEN_BYTES, 8));
                putLong(to + 2 * stride + out, low(ac1, bd1, EVEN_BYTES, 8));
                putLong(to + 3 * stride + out, high(ac1, bd1, EVEN_BYTES, 8));
            }
        }
    }

    private static void split8(
            MemorySegment source, long low, int up, int groups, MemorySegment planes, long stride) {
        long from = NativeMemory.readable(source, 0, 8L * groups * GROUP);
        long to = NativeMemory.writable(planes, 0, 7 * stride + (long) groups * GROUP);
        long[] x = new long[8];
        for (int g = 0; g < groups; g++) {
            for (int w = 0; w < GROUP; w += 8) {
                for (int p = 0; p < 8; p++) {
                    x[p] = rotateLeft(getLong(from + g * 512L + p * 64L + w), low, up);
                }
                transpose8(x);
                for (int p = 0; p < 8; p++) {
                    putLong(to + p * stride + g * 64L + w, x[p]);
                }
            }
        }
    }

    // An eight by eight byte matrix, a row to a word, transposed in place.
    private static void transpose8(long[] x) {
        for (int p = 0; p < 8; p += 2) {
            exchange(x, p, p + 1, EVEN_BYTES, 8);
        }
        for (int p = 0; p < 8; p += 4) {
            exchange(x, p, p + 2, EVEN_SHORTS, 16);
            exchange(x, p + 1, p + 3, EVEN_SHORTS, 16);
        }
        for (int p = 0; p < 4; p++) {
            exchange(x, p, p + 4, EVEN_INTS, 32);
        }
    }

    private static void exchange(long[] x, int i, int j, long even, int bits) {
        long a = x[i];
        long b = x[j];
        x[i] = low(a, b, even, bits);
        x[j] = high(a, b, even, bits);
    }
}
