package dev.hearth.codec;

import static dev.hearth.codec.NativeMemory.ALL;
import static dev.hearth.codec.VectorTransforms.BYTES;
import static dev.hearth.codec.VectorTransforms.LONGS;
import static dev.hearth.codec.VectorTransforms.STEP;
import static dev.hearth.codec.VectorTransforms.broadcast;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** {@link FixedWidth} by registers of the machine's width. */
final class VectorFixedWidth implements FixedWidth {
    private final MethodHandle decodeCodes = Apart.of(MethodHandles.lookup(), "decodeCodes");
    private final MethodHandle decodeExpanding = Apart.of(MethodHandles.lookup(), "decodeExpanding");
    private final MethodHandle decodePatching = Apart.of(MethodHandles.lookup(), "decodePatching");
    private final boolean expands;

    /** Whether to expand escapes in registers, or to patch them in one by one. */
    VectorFixedWidth(boolean expands) {
        this.expands = expands;
    }

    @Override
    public long decode(FixedPlane plane, MemorySegment target, long targetOffset) {
        try {
            if (!plane.window().escaped()) {
                decodeCodes.invokeExact(plane, target, targetOffset);
                return plane.escapes();
            }
            return expands
                    ? (long) decodeExpanding.invokeExact(plane, target, targetOffset)
                    : (long) decodePatching.invokeExact(plane, target, targetOffset);
        } catch (Throwable e) {
            throw Apart.rethrown(e);
        }
    }

    private static LongVector load(long address) {
        return LongVector.fromMemorySegment(LONGS, ALL, address, LITTLE_ENDIAN);
    }

    // The codes of one register's worth of a group, from an element of the plane on. Fields that a width does not
    // have are masked away.
    private static LongVector code(long codes, int i, CodeWindow window, LongVector mask4,
            LongVector mask2, LongVector mask1) {
        long part = codes + (long) (i >> 9) * window.width() * GROUP_BYTES + (i & 63);
        int g = (i >> 6) & 7;
        long at4 = part + (long) (g >> 1) * window.step4();
        long at2 = part + window.offset2() + (long) (g >> 2) * window.step2();
        long at1 = part + window.offset1();
        LongVector four = load(at4).lanewise(VectorOperators.LSHR, (g & 1) << 2).and(mask4);
        LongVector two = load(at2).lanewise(VectorOperators.ROL, (window.width() & 4) - ((g & 3) << 1))
                .and(mask2);
        LongVector one = load(at1).lanewise(VectorOperators.ROL, (window.width() & 6) - g).and(mask1);
        return four.or(two).or(one);
    }

    private static LongVector mask(int value) {
        return LongVector.broadcast(LONGS, Bytes.broadcast(value));
    }

    // Where the codes are, all of which are in the source.
    private static long codes(FixedPlane plane) {
        int elements = plane.groups() * GROUP_BYTES;
        return NativeMemory.readable(
                plane.source(), plane.codes(), FixedWidth.codeBytes(elements, plane.window().width()));
    }

    // Where the source is, which has the escapes in it.
    private static long escapes(FixedPlane plane) {
        MemorySegment source = plane.source();
        NativeMemory.readable(source, plane.escapes(), plane.escapesEnd() - plane.escapes());
        return NativeMemory.readable(source, 0, source.byteSize());
    }

    static void decodeCodes(FixedPlane plane, MemorySegment target, long targetOffset) {
        CodeWindow window = plane.window();
        int end = plane.groups() * GROUP_BYTES;
        long codes = codes(plane);
        long out = NativeMemory.writable(target, targetOffset, end);
        LongVector mask4 = mask(window.mask4());
        LongVector mask2 = mask(window.mask2());
        LongVector mask1 = mask(window.mask1());
        ByteVector base = broadcast(window.base());
        int shift = window.shift();
        for (int i = 0; i < end; i += STEP) {
            code(codes, i, window, mask4, mask2, mask1)
                    .lanewise(VectorOperators.LSHL, shift)
                    .reinterpretAsBytes()
                    .add(base)
                    .intoMemorySegment(ALL, out + i, LITTLE_ENDIAN);
        }
    }

    static long decodeExpanding(FixedPlane plane, MemorySegment target, long targetOffset) {
        CodeWindow window = plane.window();
        int end = plane.groups() * GROUP_BYTES;
        long codes = codes(plane);
        long out = NativeMemory.writable(target, targetOffset, end);
        LongVector mask4 = mask(window.mask4());
        LongVector mask2 = mask(window.mask2());
        LongVector mask1 = mask(window.mask1());
        ByteVector base = broadcast(window.base());
        ByteVector escape = broadcast(window.escapeCode());
        long escapes = escapes(plane);
        long next = plane.escapes();
        long last = plane.source().byteSize() - STEP;
        long moved = 0;
        int i = 0;
        // Registers are filled from the escapes as long as that reads nothing behind the page; the few that are left
        // are moved to where more can be read, and the same loop goes on there.
        for (int turn = 0; turn < 2; turn++) {
            for (; i < end && next <= last; i += STEP) {
                ByteVector code = code(codes, i, window, mask4, mask2, mask1).reinterpretAsBytes();
                VectorMask<Byte> holes = code.eq(escape);
                ByteVector fill = ByteVector.fromMemorySegment(BYTES, ALL, escapes + next, LITTLE_ENDIAN).expand(holes);
                code.add(base).blend(fill, holes).intoMemorySegment(ALL, out + i, LITTLE_ENDIAN);
                next += holes.trueCount();
            }
            if (turn == 0 && i < end) {
                if (next > plane.escapesEnd()) {
                    return -1;
                }
                MemorySegment rest = plane.moveRest(next);
                escapes = rest.address();
                moved = next;
                last = rest.byteSize() - STEP;
                next = 0;
            }
        }
        return i < end || moved + next > plane.escapesEnd() ? -1 : moved + next;
    }

    // Patches escapes in one by one.
    static long decodePatching(
            FixedPlane plane, MemorySegment target, long targetOffset) {
        CodeWindow window = plane.window();
        int end = plane.groups() * GROUP_BYTES;
        long codes = codes(plane);
        long out = NativeMemory.writable(target, targetOffset, end);
        LongVector mask4 = mask(window.mask4());
        LongVector mask2 = mask(window.mask2());
        LongVector mask1 = mask(window.mask1());
        ByteVector base = broadcast(window.base());
        ByteVector escape = broadcast(window.escapeCode());
        long escapes = escapes(plane);
        long next = plane.escapes();
        for (int i = 0; i < end; i += STEP) {
            ByteVector code =
                    code(codes, i, window, mask4, mask2, mask1).reinterpretAsBytes();
            long holes = code.eq(escape).toLong();
            code.add(base).intoMemorySegment(ALL, out + i, LITTLE_ENDIAN);
            if (next + Long.bitCount(holes) > plane.escapesEnd()) {
                return -1;
            }
            for (; holes != 0; holes &= holes - 1) {
                int hole = Long.numberOfTrailingZeros(holes);
                NativeMemory.putByte(out + i + hole, NativeMemory.getByte(escapes + next++));
            }
        }
        return next;
    }
}
