package dev.hearth.codec;

import static dev.hearth.codec.VectorTransforms.BYTES;
import static dev.hearth.codec.VectorTransforms.LONGS;
import static dev.hearth.codec.VectorTransforms.STEP;
import static dev.hearth.codec.VectorTransforms.broadcast;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** {@link FixedWidth} by registers of the machine's width. */
final class VectorFixedWidth implements FixedWidth {
    private final boolean expands;

    /** Whether to expand escapes in registers, or to patch them in one by one. */
    VectorFixedWidth(boolean expands) {
        this.expands = expands;
    }

    @Override
    public long decode(
            MemorySegment source,
            long codes,
            long escapes,
            long escapesEnd,
            CodeWindow window,
            MemorySegment target,
            long targetOffset,
            int groups) {
        if (!window.escaped()) {
            decodeCodes(source, codes, window, target, targetOffset, groups);
            return escapes;
        }
        return expands
                ? decodeExpanding(source, codes, escapes, escapesEnd, window, target, targetOffset, groups)
                : decodePatching(source, codes, escapes, escapesEnd, window, target, targetOffset, groups);
    }

    private static LongVector load(MemorySegment source, long offset) {
        return LongVector.fromMemorySegment(LONGS, source, offset, LITTLE_ENDIAN);
    }

    // The codes of one register's worth of a group. Fields that a width does not have are masked away.
    private static LongVector code(
            MemorySegment source, long block, int g, int part, CodeWindow window, long mask4, long mask2, long mask1) {
        long at4 = block + (long) (g >> 1) * window.step4() + part;
        long at2 = block + window.offset2() + (long) (g >> 2) * window.step2() + part;
        long at1 = block + window.offset1() + part;
        LongVector four = load(source, at4)
                .lanewise(VectorOperators.LSHR, (g & 1) << 2)
                .and(mask4);
        LongVector two = load(source, at2)
                .lanewise(VectorOperators.LSHR, (g & 3) << 1)
                .lanewise(VectorOperators.LSHL, window.width() & 4)
                .and(mask2);
        LongVector one = load(source, at1)
                .lanewise(VectorOperators.LSHR, g)
                .lanewise(VectorOperators.LSHL, window.width() & 6)
                .and(mask1);
        return four.or(two).or(one);
    }

    private static void decodeCodes(
            MemorySegment source, long codes, CodeWindow window, MemorySegment target, long targetOffset, int groups) {
        long mask4 = Bytes.broadcast(window.mask4());
        long mask2 = Bytes.broadcast(window.mask2());
        long mask1 = Bytes.broadcast(window.mask1());
        ByteVector base = broadcast(window.base());
        int shift = window.shift();
        long blockBytes = (long) window.width() * GROUP_BYTES;
        for (int i = 0; i < groups * GROUP_BYTES; i += STEP) {
            long block = codes + (i >> 9) * blockBytes;
            code(source, block, (i >> 6) & 7, i & 63, window, mask4, mask2, mask1)
                    .lanewise(VectorOperators.LSHL, shift)
                    .reinterpretAsBytes()
                    .add(base)
                    .intoMemorySegment(target, targetOffset + i, LITTLE_ENDIAN);
        }
    }

    private static long decodeExpanding(
            MemorySegment source,
            long codes,
            long escapes,
            long escapesEnd,
            CodeWindow window,
            MemorySegment target,
            long targetOffset,
            int groups) {
        long mask4 = Bytes.broadcast(window.mask4());
        long mask2 = Bytes.broadcast(window.mask2());
        long mask1 = Bytes.broadcast(window.mask1());
        ByteVector base = broadcast(window.base());
        ByteVector escape = broadcast(window.escapeCode());
        long blockBytes = (long) window.width() * GROUP_BYTES;
        long lastLoad = source.byteSize() - STEP;
        long next = escapes;
        int i = 0;
        // Registers are filled from the escapes as long as that reads nothing behind the page.
        for (; i < groups * GROUP_BYTES && next <= lastLoad; i += STEP) {
            long block = codes + (i >> 9) * blockBytes;
            ByteVector code = code(source, block, (i >> 6) & 7, i & 63, window, mask4, mask2, mask1)
                    .reinterpretAsBytes();
            VectorMask<Byte> holes = code.eq(escape);
            ByteVector fill = ByteVector.fromMemorySegment(BYTES, source, next, LITTLE_ENDIAN)
                    .expand(holes);
            code.add(base).blend(fill, holes).intoMemorySegment(target, targetOffset + i, LITTLE_ENDIAN);
            next += holes.trueCount();
        }
        if (next > escapesEnd) {
            return -1;
        }
        return finish(source, codes, next, escapesEnd, window, target, targetOffset, groups, i);
    }

    private static long decodePatching(
            MemorySegment source,
            long codes,
            long escapes,
            long escapesEnd,
            CodeWindow window,
            MemorySegment target,
            long targetOffset,
            int groups) {
        return finish(source, codes, escapes, escapesEnd, window, target, targetOffset, groups, 0);
    }

    // Decodes from a register on and patches escapes in one by one.
    private static long finish(
            MemorySegment source,
            long codes,
            long escapes,
            long escapesEnd,
            CodeWindow window,
            MemorySegment target,
            long targetOffset,
            int groups,
            int start) {
        long mask4 = Bytes.broadcast(window.mask4());
        long mask2 = Bytes.broadcast(window.mask2());
        long mask1 = Bytes.broadcast(window.mask1());
        ByteVector base = broadcast(window.base());
        ByteVector escape = broadcast(window.escapeCode());
        long blockBytes = (long) window.width() * GROUP_BYTES;
        long next = escapes;
        for (int i = start; i < groups * GROUP_BYTES; i += STEP) {
            long block = codes + (i >> 9) * blockBytes;
            ByteVector code = code(source, block, (i >> 6) & 7, i & 63, window, mask4, mask2, mask1)
                    .reinterpretAsBytes();
            long holes = code.eq(escape).toLong();
            code.add(base).intoMemorySegment(target, targetOffset + i, LITTLE_ENDIAN);
            if (next + Long.bitCount(holes) > escapesEnd) {
                return -1;
            }
            for (; holes != 0; holes &= holes - 1) {
                int hole = Long.numberOfTrailingZeros(holes);
                Bytes.putByte(target, targetOffset + i + hole, Bytes.getByte(source, next++));
            }
        }
        return next;
    }
}
