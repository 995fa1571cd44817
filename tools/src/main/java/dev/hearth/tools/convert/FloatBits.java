package dev.hearth.tools.convert;

/**
 * Bit patterns of floating-point numbers, from wide to narrow and back.
 *
 * <p>Narrowing rounds to nearest, ties to even; what is too large becomes an infinity, what is too small a subnormal
 * number or a zero of its sign. A NaN stays one: it keeps its sign and the upper bits of its payload, and is made quiet
 * by setting the highest of them, so that none can turn into an infinity. Widening is exact, and leaves a NaN's payload
 * as it is.
 *
 * <p>NaNs go through integers only: what the machine's own conversions make of them differs between interpreter and
 * compiler.
 *
 * <p>A double is narrowed in two steps without being rounded twice: the step to a float rounds to odd, which leaves a
 * trace of every bit it drops in the last place, and a float has more than two places more than either target (Boldo
 * and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
 */
final class FloatBits {
    private static final int EXPONENT = 0x7f80_0000;
    private static final int MAGNITUDE = 0x7fff_ffff;
    private static final int QUIET = 0x0040_0000;
    private static final int HALF_EXPONENT = 0x7c00;
    private static final int HALF_QUIET = 0x0200;
    private static final int HALF_PAYLOAD = 0x03ff;
    /** Places that a float's fraction has more than a half's. */
    private static final int HALF_SHIFT = 13;
    /** Places that a double's fraction has more than a float's. */
    private static final int DOUBLE_SHIFT = 29;

    private FloatBits() {}

    /** Whether a float of these bits is no number. */
    static boolean isNaN(int bits) {
        return (bits & MAGNITUDE) > EXPONENT;
    }

    /** The float of a bfloat16. */
    static int ofBfloat(short bfloat) {
        return bfloat << 16;
    }

    /** The float of a half. */
    static int ofHalf(short half) {
        if ((half & HALF_EXPONENT) == HALF_EXPONENT) {
            return ((half & 0x8000) << 16) | EXPONENT | ((half & HALF_PAYLOAD) << HALF_SHIFT);
        }
        return Float.floatToRawIntBits(Float.float16ToFloat(half));
    }

    /** The float nearest to a double, rounded to odd: a step on the way to something narrower, and no result. */
    static int ofDouble(long doubleBits) {
        double value = Double.longBitsToDouble(doubleBits);
        int sign = (int) (doubleBits >>> 32) & ~MAGNITUDE;
        if (Double.isNaN(value)) {
            return sign | EXPONENT | QUIET | ((int) (doubleBits >>> DOUBLE_SHIFT) & ~EXPONENT & MAGNITUDE);
        }
        float nearest = (float) value;
        if (nearest == value) {
            return Float.floatToRawIntBits(nearest);
        }
        int magnitude = Float.floatToRawIntBits(nearest) & MAGNITUDE;
        boolean away = Math.abs((double) nearest) > Math.abs(value);
        return sign | (away ? magnitude - 1 : magnitude) | 1;
    }

    /** The bfloat16 nearest to a float. */
    static short toBfloat(int floatBits) {
        if (isNaN(floatBits)) {
            return (short) ((floatBits | QUIET) >>> 16);
        }
        // Just below half of the last place; with that place added, half of it for an odd one.
        return (short) ((floatBits + 0x7fff + (floatBits >>> 16 & 1)) >>> 16);
    }

    /** The half nearest to a float. */
    static short toHalf(int floatBits) {
        if (isNaN(floatBits)) {
            return (short) ((floatBits >>> 16 & 0x8000) | HALF_EXPONENT | HALF_QUIET
                    | (floatBits >>> HALF_SHIFT & HALF_PAYLOAD));
        }
        return Float.floatToFloat16(Float.intBitsToFloat(floatBits));
    }
}
