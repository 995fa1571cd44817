package dev.hearth.codec;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transforms by the Vector API, at the width that this machine prefers.
 *
 * <p>This class and those it makes are the only ones that link to the incubating module; see {@link Transforms}.
 */
final class VectorTransforms {
    // A wider shape than the machine has is emulated, hundreds of times slower; the layouts end at 512 bits.
    static final VectorShape SHAPE =
            VectorShape.forBitSize(Math.min(512, VectorShape.preferredShape().vectorBitSize()));

    static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, SHAPE);
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, SHAPE);
    static final int STEP = SHAPE.vectorBitSize() / 8;

    private VectorTransforms() {}

    /** The transforms, unless registers are too narrow to gain anything. */
    static Transforms create() {
        if (SHAPE.vectorBitSize() < 128) {
            return Transforms.PLAIN;
        }
        return new Transforms(
                "vector-" + SHAPE.vectorBitSize(),
                new VectorInterleave(),
                new VectorFixedWidth(CpuFeatures.hasByteExpand() && SHAPE.vectorBitSize() == 512),
                new VectorBitPlanes(),
                CpuFeatures.hasBytePermute() && SHAPE.vectorBitSize() == 512
                        ? new VectorSymbolJoiner()
                        : new PlainSymbolJoiner());
    }

    /**
     * One round of an exchange: the low vector keeps the even fields of both, the high one the odd ones.
     *
     * <p>Masks are vectors made before the loop, because each one made inside it takes from what the compiler inlines.
     */
    static LongVector low(LongVector a, LongVector b, LongVector even, int bits) {
        return a.and(even).or(b.and(even).lanewise(VectorOperators.LSHL, bits));
    }

    static LongVector high(LongVector a, LongVector b, LongVector even, LongVector odd, int bits) {
        return a.lanewise(VectorOperators.LSHR, bits).and(even).or(b.and(odd));
    }

    static LongVector longs(long value) {
        return LongVector.broadcast(LONGS, value);
    }

    static ByteVector broadcast(int value) {
        return ByteVector.broadcast(BYTES, (byte) value);
    }
}
