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
        long out = NativeMemory.writable(target, targetOffset, plane.elements());
        plane.start();
        try {
            for (int row = 0; row < ROWS && plane.rowElements(row) > 0; row++) {
                if (!decodeRow(plane, row, out + (long) row * plane.rowBytes())) {
                    return -1;
                }
            }
        } catch (Throwable e) {
            throw Apart.rethrown(e);
        }
        return plane.used();
    }

    private boolean decodeRow(FixedPlane plane, int row, long out) throws Throwable {
        if (!plane.window().escaped()) {
            decodeCodes.invokeExact(plane, row, out);
            return true;
        }
        if (!expands) {
            return (boolean) decodePatching.invokeExact(plane, row, out);
        }
        // Registers are filled from the escapes as long as that reads nothing behind the page; the few that are left
        // are moved to where more can be read, and the same loop goes on there.
        int done = (int) decodeExpanding.invokeExact(plane, row, 0, out);
        int count = plane.rowElements(row);
        return done == count
                || (plane.moveRest() && (int) decodeExpanding.invokeExact(plane, row, done, out) == count);
    }

    private static LongVector load(long address) {
        return LongVector.fromMemorySegment(LONGS, ALL, address, LITTLE_ENDIAN);
    }

    // A field of one register's worth of codes, turned to its place; masked away if a width does not have it.
    private static LongVector field(long address, int turn, LongVector mask) {
        return load(address).lanewise(VectorOperators.ROL, turn).and(mask);
    }

    private static int turn4(int row) {
        return -4 * (row & 1);
    }

    // From where the field lies in its vector to where it is in a code.
    private static int turn2(CodeWindow window, int row) {
        return (window.width() & 4) - 2 * (row & 3);
    }

    private static int turn1(CodeWindow window, int row) {
        return (window.width() & 6) - row;
    }

    private static LongVector mask(int value) {
        return LongVector.broadcast(LONGS, Bytes.broadcast(value));
    }

    static void decodeCodes(FixedPlane plane, int row, long out) {
        CodeWindow window = plane.window();
        int count = plane.rowElements(row);
        long four = plane.four(row);
        long two = plane.two(row);
        long one = plane.one();
        int turn4 = turn4(row);
        int turn2 = turn2(window, row);
        int turn1 = turn1(window, row);
        LongVector mask4 = mask(window.mask4());
        LongVector mask2 = mask(window.mask2());
        LongVector mask1 = mask(window.mask1());
        ByteVector base = broadcast(window.base());
        int shift = window.shift();
        for (int i = 0; i < count; i += STEP) {
            field(four + i, turn4, mask4)
                    .or(field(two + i, turn2, mask2))
                    .or(field(one + i, turn1, mask1))
                    .lanewise(VectorOperators.LSHL, shift)
                    .reinterpretAsBytes()
                    .add(base)
                    .intoMemorySegment(ALL, out + i, LITTLE_ENDIAN);
        }
    }

    // Decodes a row from an element on; says how far it came before escapes would have been read behind the page.
    static int decodeExpanding(FixedPlane plane, int row, int from, long out) {
        CodeWindow window = plane.window();
        int count = plane.rowElements(row);
        long four = plane.four(row);
        long two = plane.two(row);
        long one = plane.one();
        int turn4 = turn4(row);
        int turn2 = turn2(window, row);
        int turn1 = turn1(window, row);
        LongVector mask4 = mask(window.mask4());
        LongVector mask2 = mask(window.mask2());
        LongVector mask1 = mask(window.mask1());
        ByteVector base = broadcast(window.base());
        ByteVector escape = broadcast(window.escapeCode());
        long next = plane.next();
        long last = plane.lastOf(STEP);
        int i = from;
        for (; i < count && next <= last; i += STEP) {
            ByteVector code =
                    field(four + i, turn4, mask4)
                            .or(field(two + i, turn2, mask2))
                            .or(field(one + i, turn1, mask1))
                            .reinterpretAsBytes();
            VectorMask<Byte> holes = code.eq(escape);
            ByteVector fill = ByteVector.fromMemorySegment(BYTES, ALL, next, LITTLE_ENDIAN).expand(holes);
            code.add(base).blend(fill, holes).intoMemorySegment(ALL, out + i, LITTLE_ENDIAN);
            next += holes.trueCount();
        }
        plane.next(next);
        return i;
    }

    // Patches escapes in one by one; false if there are too few.
    static boolean decodePatching(FixedPlane plane, int row, long out) {
        CodeWindow window = plane.window();
        int count = plane.rowElements(row);
        long four = plane.four(row);
        long two = plane.two(row);
        long one = plane.one();
        int turn4 = turn4(row);
        int turn2 = turn2(window, row);
        int turn1 = turn1(window, row);
        LongVector mask4 = mask(window.mask4());
        LongVector mask2 = mask(window.mask2());
        LongVector mask1 = mask(window.mask1());
        ByteVector base = broadcast(window.base());
        ByteVector escape = broadcast(window.escapeCode());
        long next = plane.next();
        long end = plane.end();
        for (int i = 0; i < count; i += STEP) {
            ByteVector code =
                    field(four + i, turn4, mask4)
                            .or(field(two + i, turn2, mask2))
                            .or(field(one + i, turn1, mask1))
                            .reinterpretAsBytes();
            long holes = code.eq(escape).toLong();
            code.add(base).intoMemorySegment(ALL, out + i, LITTLE_ENDIAN);
            if (next + Long.bitCount(holes) > end) {
                return false;
            }
            for (; holes != 0; holes &= holes - 1) {
                NativeMemory.putByte(out + i + Long.numberOfTrailingZeros(holes), NativeMemory.getByte(next++));
            }
        }
        plane.next(next);
        return true;
    }
}
