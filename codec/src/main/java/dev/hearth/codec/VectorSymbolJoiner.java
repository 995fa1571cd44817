package dev.hearth.codec;

import static dev.hearth.codec.NativeMemory.ALL;
import static dev.hearth.codec.VectorTransforms.BYTES;
import static dev.hearth.codec.VectorTransforms.LONGS;
import static dev.hearth.codec.VectorTransforms.longs;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link SymbolJoiner} by registers of 512 bits in which bytes are looked up.
 *
 * <p>Three steps of a kilobyte of symbols each, because all in one is more than the compiler inlines: look up both
 * bytes of codes; join pairs, in lanes of four bytes; join pairs of pairs, in lanes of eight.
 */
final class VectorSymbolJoiner implements SymbolJoiner {
    private static final int GROUP = 64;
    private static final long EVEN_BYTES = 0x00FF00FF00FF00FFL;
    private static final long EVEN_SHORTS = 0x0000FFFF0000FFFFL;

    private final MethodHandle lookUp = Apart.of(MethodHandles.lookup(), "lookUp");
    private final MethodHandle countOthers = Apart.of(MethodHandles.lookup(), "countUnknown");
    private final MethodHandle joinPairs = Apart.of(MethodHandles.lookup(), "joinPairs");
    private final MethodHandle joinFours = Apart.of(MethodHandles.lookup(), "joinFours");

    @Override
    public boolean join(MemorySegment plane, long offset, int elements, HuffmanCode code, MemorySegment words) {
        long in = NativeMemory.readable(plane, offset, elements);
        long out = NativeMemory.writable(words, 0, (long) elements * BYTES_PER_SYMBOL);
        try {
            // Each step leaves what the next one takes in the same place: two bytes for each symbol.
            if (!(boolean) lookUp.invokeExact(in, elements, code, out)) {
                return false;
            }
            joinPairs.invokeExact(out, elements);
            joinFours.invokeExact(out, elements);
            return true;
        } catch (Throwable e) {
            throw Apart.rethrown(e);
        }
    }

    @Override
    public void countOthers(MemorySegment plane, long offset, int elements, byte[] known, int[] counts) {
        long in = NativeMemory.readable(plane, offset, elements);
        try {
            countOthers.invokeExact(in, elements, known, counts);
        } catch (Throwable e) {
            throw Apart.rethrown(e);
        }
    }

    private static ByteVector load(byte[] table, int quarter) {
        return ByteVector.fromArray(BYTES, table, GROUP * quarter);
    }

    private static LongVector load(long address) {
        return LongVector.fromMemorySegment(LONGS, ALL, address, LITTLE_ENDIAN);
    }

    static boolean lookUp(long in, int elements, HuffmanCode code, long out) {
        ByteVector low0 = load(code.lowBits(), 0);
        ByteVector low1 = load(code.lowBits(), 1);
        ByteVector low2 = load(code.lowBits(), 2);
        ByteVector low3 = load(code.lowBits(), 3);
        ByteVector high0 = load(code.highBits(), 0);
        ByteVector high1 = load(code.highBits(), 1);
        ByteVector high2 = load(code.highBits(), 2);
        ByteVector high3 = load(code.highBits(), 3);
        for (int i = 0; i < elements; i += GROUP) {
            ByteVector symbols = ByteVector.fromMemorySegment(BYTES, ALL, in + i, LITTLE_ENDIAN);
            VectorMask<Byte> upper = symbols.lt((byte) 0);
            ByteVector high = symbols.selectFrom(high0, high1).blend(symbols.selectFrom(high2, high3), upper);
            if (high.eq((byte) 0).anyTrue()) {
                return false;
            }
            ByteVector low = symbols.selectFrom(low0, low1).blend(symbols.selectFrom(low2, low3), upper);
            low.intoMemorySegment(ALL, out + 2L * i, LITTLE_ENDIAN);
            high.intoMemorySegment(ALL, out + 2L * i + GROUP, LITTLE_ENDIAN);
        }
        return true;
    }

    // Pairs of 24 bits at most in lanes of four bytes, with the length in the highest byte.
    static void joinPairs(long words, int elements) {
        LongVector bytes = longs(EVEN_BYTES);
        LongVector tops = longs(0x00F000F000F000F0L);
        LongVector lengths = longs(0x000F000F000F000FL);
        LongVector shorts = longs(EVEN_SHORTS);
        for (int i = 0; i < elements; i += GROUP) {
            LongVector low = load(words + 2L * i);
            LongVector high = load(words + 2L * i + GROUP);
            LongVector even = low.and(bytes).or(high.and(tops).lanewise(VectorOperators.LSHL, 4));
            LongVector upper = high.lanewise(VectorOperators.LSHR, 8);
            LongVector odd = low.lanewise(VectorOperators.LSHR, 8).and(bytes)
                    .or(upper.and(tops).lanewise(VectorOperators.LSHL, 4));
            LongVector shifts = upper.and(lengths);
            LongVector both = high.and(lengths).add(shifts);
            pairs(even.and(shorts), odd.and(shorts), shifts.and(shorts), both.and(shorts))
                    .intoMemorySegment(ALL, words + 2L * i, LITTLE_ENDIAN);
            pairs(even.lanewise(VectorOperators.LSHR, 16).and(shorts),
                    odd.lanewise(VectorOperators.LSHR, 16).and(shorts),
                    shifts.lanewise(VectorOperators.LSHR, 16).and(shorts),
                    both.lanewise(VectorOperators.LSHR, 16).and(shorts))
                    .intoMemorySegment(ALL, words + 2L * i + GROUP, LITTLE_ENDIAN);
        }
    }

    private static LongVector pairs(LongVector even, LongVector odd, LongVector shifts, LongVector lengths) {
        IntVector moved = even.reinterpretAsInts().lanewise(VectorOperators.LSHL, shifts.reinterpretAsInts());
        return moved.reinterpretAsLongs().or(odd).or(lengths.lanewise(VectorOperators.LSHL, 24));
    }

    static void joinFours(long words, int elements) {
        LongVector pairs = longs(0x0000000000FFFFFFL);
        LongVector bytes = longs(0xFF);
        LongVector all = longs(64);
        for (int i = 0; i < elements; i += GROUP) {
            LongVector first = load(words + 2L * i);
            LongVector second = load(words + 2L * i + GROUP);
            for (int half = 0; half < 2; half++) {
                LongVector a = first.lanewise(VectorOperators.LSHR, 32L * half);
                LongVector b = second.lanewise(VectorOperators.LSHR, 32L * half);
                LongVector shift = b.lanewise(VectorOperators.LSHR, 24).and(bytes);
                LongVector length = a.lanewise(VectorOperators.LSHR, 24).and(bytes).add(shift);
                LongVector joined = a.and(pairs).lanewise(VectorOperators.LSHL, shift).or(b.and(pairs));
                joined.lanewise(VectorOperators.LSHL, all.sub(length)).or(length)
                        .intoMemorySegment(ALL, words + 2L * i + (long) GROUP * half, LITTLE_ENDIAN);
            }
        }
    }

    static void countUnknown(long in, int elements, byte[] known, int[] counts) {
        ByteVector known0 = load(known, 0);
        ByteVector known1 = load(known, 1);
        ByteVector known2 = load(known, 2);
        ByteVector known3 = load(known, 3);
        for (int i = 0; i < elements; i += GROUP) {
            ByteVector symbols = ByteVector.fromMemorySegment(BYTES, ALL, in + i, LITTLE_ENDIAN);
            VectorMask<Byte> upper = symbols.lt((byte) 0);
            ByteVector found = symbols.selectFrom(known0, known1).blend(symbols.selectFrom(known2, known3), upper);
            for (long others = found.eq((byte) 0).toLong(); others != 0; others &= others - 1) {
                counts[NativeMemory.getByte(in + i + Long.numberOfTrailingZeros(others))]++;
            }
        }
    }
}
