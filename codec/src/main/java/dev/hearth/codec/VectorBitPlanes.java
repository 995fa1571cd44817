package dev.hearth.codec;

import static dev.hearth.codec.NativeMemory.ALL;
import static dev.hearth.codec.VectorTransforms.LONGS;
import static dev.hearth.codec.VectorTransforms.STEP;
import static dev.hearth.codec.VectorTransforms.high;
import static dev.hearth.codec.VectorTransforms.longs;
import static dev.hearth.codec.VectorTransforms.low;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.LongVector;

/**
 * {@link BitPlanes} by registers of the machine's width.
 *
 * <p>The three rounds of {@link PlainBitPlanes} go one after the other through memory, a pair of rows at a time: more
 * in one method is more than the compiler inlines, and vectors that are not inlined are objects.
 */
final class VectorBitPlanes implements BitPlanes {
    private static final long EVEN_BITS = 0x5555555555555555L;
    private static final long EVEN_PAIRS = 0x3333333333333333L;
    private static final long EVEN_NIBBLES = 0x0F0F0F0F0F0F0F0FL;

    @Override
    public void toBytes(MemorySegment bits, long bitsOffset, int planeBytes, MemorySegment bytes, long bytesOffset) {
        long all = 8L * planeBytes;
        Rows planes = new Rows(NativeMemory.readable(bits, bitsOffset, all), planeBytes, FixedWidth.GROUP_BYTES);
        Rows blocks = new Rows(
                NativeMemory.writable(bytes, bytesOffset, all), FixedWidth.GROUP_BYTES, FixedWidth.BLOCK);
        transpose(planes, blocks, blocks, planeBytes);
    }

    @Override
    public void toBits(MemorySegment bytes, long bytesOffset, int planeBytes, MemorySegment bits, long bitsOffset) {
        long all = 8L * planeBytes;
        Rows blocks = new Rows(
                NativeMemory.readable(bytes, bytesOffset, all), FixedWidth.GROUP_BYTES, FixedWidth.BLOCK);
        Rows planes = new Rows(NativeMemory.writable(bits, bitsOffset, all), planeBytes, FixedWidth.GROUP_BYTES);
        transpose(blocks, planes, planes, planeBytes);
    }

    /** Eight rows in memory: how far it is from row to row, and from 64 bytes of a row to the next 64. */
    private record Rows(long address, long rowBytes, long groupBytes) {}

    private static void transpose(Rows from, Rows middle, Rows to, int planeBytes) {
        for (int i = 0; i < 8; i += 2) {
            exchange(from, middle, i, i + 1, planeBytes, EVEN_BITS, 1);
        }
        for (int i = 0; i < 8; i += 4) {
            exchange(middle, middle, i, i + 2, planeBytes, EVEN_PAIRS, 2);
            exchange(middle, middle, i + 1, i + 3, planeBytes, EVEN_PAIRS, 2);
        }
        for (int i = 0; i < 4; i++) {
            exchange(middle, to, i, i + 4, planeBytes, EVEN_NIBBLES, 4);
        }
    }

    private static void exchange(Rows from, Rows to, int first, int second, int planeBytes, long fields, int bits) {
        LongVector even = longs(fields);
        LongVector odd = longs(~fields);
        long a = from.address() + first * from.rowBytes();
        long b = from.address() + second * from.rowBytes();
        long outA = to.address() + first * to.rowBytes();
        long outB = to.address() + second * to.rowBytes();
        for (int i = 0; i < planeBytes; i += STEP) {
            long in = (i >> 6) * from.groupBytes() + (i & 63);
            long out = (i >> 6) * to.groupBytes() + (i & 63);
            LongVector x = LongVector.fromMemorySegment(LONGS, ALL, a + in, LITTLE_ENDIAN);
            LongVector y = LongVector.fromMemorySegment(LONGS, ALL, b + in, LITTLE_ENDIAN);
            low(x, y, even, bits).intoMemorySegment(ALL, outA + out, LITTLE_ENDIAN);
            high(x, y, even, odd, bits).intoMemorySegment(ALL, outB + out, LITTLE_ENDIAN);
        }
    }
}
