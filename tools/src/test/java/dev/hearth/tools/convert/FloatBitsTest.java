package dev.hearth.tools.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** Narrowing and widening, against all narrow numbers there are. */
final class FloatBitsTest {
    private static final long SEED = 20_260_122;

    /** A narrow format: its finite numbers from zero on, in the order of their bits, which is that of their values. */
    private static final class Format {
        private final String name;
        private final IntUnaryOperator narrow;
        private final double[] values;
        private final double overflow;

        Format(String name, IntUnaryOperator widen, IntUnaryOperator narrow, int infinity) {
            this.name = name;
            this.narrow = narrow;
            this.values = new double[infinity];
            for (int bits = 0; bits < infinity; bits++) {
                values[bits] = Float.intBitsToFloat(widen.applyAsInt(bits));
            }
            this.overflow = 2 * values[infinity - 1] - values[infinity - 2];
        }

        int nearest(double value) {
            int sign = Double.doubleToRawLongBits(value) < 0 ? 0x8000 : 0;
            double magnitude = Math.abs(value);
            int at = Arrays.binarySearch(values, magnitude);
            if (at >= 0) {
                return sign | at;
            }
            int above = -at - 1;
            double upper = above == values.length ? overflow : values[above];
            // Near the middle, where it matters, both differences are exact (Sterbenz).
            double up = upper - magnitude;
            double down = magnitude - values[above - 1];
            boolean isUp = magnitude >= overflow || up < down || (up == down && above % 2 == 0);
            return sign | (isUp ? above : above - 1);
        }

        void check(double value) {
            int actual = narrow.applyAsInt(FloatBits.ofDouble(Double.doubleToRawLongBits(value)));
            assertEquals(nearest(value), actual, () -> name + " of " + value + " " + Double.toHexString(value));
        }
    }

    private static final Format HALF = new Format("half", bits -> FloatBits.ofHalf((short) bits),
            bits -> Short.toUnsignedInt(FloatBits.toHalf(bits)), 0x7c00);
    private static final Format BFLOAT = new Format("bfloat16", bits -> FloatBits.ofBfloat((short) bits),
            bits -> Short.toUnsignedInt(FloatBits.toBfloat(bits)), 0x7f80);

    @Test
    void half_everyOne_isWidenedAsTheJdkDoes() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            float expected = Float.float16ToFloat((short) bits);
            float actual = Float.intBitsToFloat(FloatBits.ofHalf((short) bits));
            assertEquals(expected, actual, "half " + Integer.toHexString(bits));
        }
    }

    @Test
    void half_everyOne_comesBack() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            boolean isNaN = (bits & 0x7fff) > 0x7c00;
            int expected = isNaN ? bits | 0x0200 : bits;
            int floatBits = FloatBits.ofHalf((short) bits);
            assertEquals(isNaN, FloatBits.isNaN(floatBits), "NaN stays one");
            assertEquals((short) expected, FloatBits.toHalf(floatBits), "half " + Integer.toHexString(bits));
        }
    }

    @Test
    void bfloat_everyOne_comesBack() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            boolean isNaN = (bits & 0x7fff) > 0x7f80;
            int expected = isNaN ? bits | 0x0040 : bits;
            assertEquals((short) expected, FloatBits.toBfloat(FloatBits.ofBfloat((short) bits)),
                    "bfloat16 " + Integer.toHexString(bits));
        }
    }

    @Test
    void narrow_halfWayAndNextToIt_isToNearestTiesToEven() {
        for (Format format : new Format[]{HALF, BFLOAT}) {
            for (int i = 0; i < format.values.length; i++) {
                double lower = format.values[i];
                double upper = i + 1 < format.values.length ? format.values[i + 1] : format.overflow;
                double middle = lower + (upper - lower) / 2;
                for (double value : new double[]{lower, Math.nextUp(lower), Math.nextDown(middle), middle,
                        Math.nextUp(middle), Math.nextDown(upper), Math.nextUp((float) middle),
                        Math.nextDown((float) middle)}) {
                    format.check(value);
                    format.check(-value);
                }
            }
        }
    }

    @Test
    void narrow_randomNumbers_isToNearestTiesToEven() {
        Random random = new Random(SEED);
        for (int i = 0; i < 300_000; i++) {
            float single = Float.intBitsToFloat(random.nextInt());
            double wide = Double.longBitsToDouble(random.nextLong());
            double inRange = Math.scalb(random.nextDouble() - 0.5, random.nextInt(60) - 40);
            for (double value : new double[]{single, wide, inRange}) {
                if (Double.isFinite(value)) {
                    HALF.check(value);
                    BFLOAT.check(value);
                }
            }
        }
    }

    @Test
    void narrow_infinitiesAndExtremes_stayOrOverflow() {
        for (Format format : new Format[]{HALF, BFLOAT}) {
            int infinity = format.values.length;
            for (double value : new double[]{Double.POSITIVE_INFINITY, Double.MAX_VALUE, format.overflow}) {
                assertEquals(infinity, format.narrow.applyAsInt(FloatBits.ofDouble(Double.doubleToRawLongBits(value))));
                assertEquals(0x8000 | infinity,
                        format.narrow.applyAsInt(FloatBits.ofDouble(Double.doubleToRawLongBits(-value))));
            }
            assertEquals(0x8000, format.narrow.applyAsInt(FloatBits.ofDouble(Double.doubleToRawLongBits(-0.0))));
            assertEquals(0, format.narrow.applyAsInt(FloatBits.ofDouble(1)));
        }
        assertEquals((short) 0x7f80, FloatBits.toBfloat(Float.floatToRawIntBits(Float.MAX_VALUE)), "rounds up");
        assertEquals((short) 0x7bff, FloatBits.toHalf(Float.floatToRawIntBits(65_519.996f)), "the largest half");
        assertEquals((short) 0x7c00, FloatBits.toHalf(Float.floatToRawIntBits(65_520f)), "half way to nothing");
    }

    @Test
    void narrow_nan_keepsSignAndUpperPayloadAndIsQuiet() {
        // A signalling NaN whose payload lies only in the places that are dropped.
        assertEquals((short) 0x7fc0, FloatBits.toBfloat(0x7f80_0001));
        assertEquals((short) 0x7e00, FloatBits.toHalf(0x7f80_0001));
        assertEquals((short) 0xffd5, FloatBits.toBfloat(0xff95_4321));
        assertEquals((short) (0xfc00 | 0x200 | (0x954321 >> 13 & 0x3ff)), FloatBits.toHalf(0xff95_4321));
        assertEquals(0xffc0_0000, FloatBits.ofDouble(0xfff0_0000_0000_0001L));
        assertEquals(0x7fc0_0000 | 0x12345, FloatBits.ofDouble(0x7ff0_0000_0000_0000L | (0x12345L << 29)));
        assertTrue(FloatBits.isNaN(0x7f80_0001) && !FloatBits.isNaN(0x7f80_0000) && FloatBits.isNaN(0xff80_0001));
    }
}
