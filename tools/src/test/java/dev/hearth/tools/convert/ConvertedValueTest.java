package dev.hearth.tools.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import dev.hearth.tools.model.TensorContents;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole tensors converted piece by piece, and what is said of the error. */
final class ConvertedValueTest {
    /** More than two steps, and no multiple of one. */
    private static final int LARGE = 2 * ElementReader.MAX_STEP + 77;

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] floats(float... values) {
        byte[] bytes = new byte[values.length * Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return bytes;
    }

    private static TensorContents contents(byte[] bytes) {
        return contents(MemorySegment.ofArray(bytes));
    }

    private static TensorContents contents(MemorySegment bytes) {
        return (offset, target) -> MemorySegment.copy(bytes, offset, target, 0, target.byteSize());
    }

    /** Converts a whole tensor in pieces of {@code stepBytes} of the result. */
    private static ByteBuffer convert(ConvertedValue value, int resultBytes, int stepBytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(Math.max(1, resultBytes), 64);
            for (int at = 0; at < resultBytes; at += stepBytes) {
                value.read(result.asSlice(at, Math.min(stepBytes, resultBytes - at)));
            }
            byte[] bytes = result.asSlice(0, resultBytes).toArray(ValueLayout.JAVA_BYTE);
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Conversion.class, names = {"BF16", "FP16"})
    void elements_ofEveryType_areRoundedOneByOne(Conversion conversion) throws IOException {
        Random random = new Random(5);
        double[] values = random.doubles(LARGE, -8, 8).toArray();
        ByteBuffer f64 = buffer(LARGE * Double.BYTES);
        ByteBuffer f32 = buffer(LARGE * Float.BYTES);
        ByteBuffer f16 = buffer(LARGE * Short.BYTES);
        ByteBuffer bf16 = buffer(LARGE * Short.BYTES);
        for (double value : values) {
            f64.putDouble(value);
            f32.putFloat((float) value);
            f16.putShort(FloatBits.toHalf(Float.floatToRawIntBits((float) value)));
            bf16.putShort(FloatBits.toBfloat(Float.floatToRawIntBits((float) value)));
        }
        check(DType.F64, f64, conversion);
        check(DType.F32, f32, conversion);
        check(DType.F16, f16, conversion);
        check(DType.BF16, bf16, conversion);
    }

    private static void check(DType from, ByteBuffer before, Conversion conversion) throws IOException {
        if (!conversion.converts(from)) {
            assertEquals(from, conversion.dtype());
            return;
        }
        ConvertedValue value =
                new ConvertedValue(from, contents(MemorySegment.ofBuffer(before.rewind())), conversion, null);
        ByteBuffer after = convert(value, LARGE * Short.BYTES, 65_536);
        double sum = 0;
        double max = 0;
        for (int i = 0; i < LARGE; i++) {
            double exact = switch (from) {
                case F64 -> before.getDouble(i * Double.BYTES);
                case F32 -> before.getFloat(i * Float.BYTES);
                case F16 -> Float.float16ToFloat(before.getShort(i * Short.BYTES));
                default -> Float.intBitsToFloat(before.getShort(i * Short.BYTES) << 16);
            };
            int bits = FloatBits.ofDouble(Double.doubleToRawLongBits(exact));
            boolean isHalf = conversion == Conversion.FP16;
            short expected = isHalf ? FloatBits.toHalf(bits) : FloatBits.toBfloat(bits);
            assertEquals(expected, after.getShort(i * Short.BYTES), from + " element " + i);
            double undone = isHalf ? Float.float16ToFloat(expected) : Float.intBitsToFloat(expected << 16);
            sum += Math.abs(undone - exact);
            max = Math.max(max, Math.abs(undone - exact));
        }
        assertEquals(LARGE, value.error().elements());
        assertEquals(max, value.error().maxAbs());
        assertEquals(sum / LARGE, value.error().meanAbs(), 1e-12);
        assertTrue(max > 0 || from == DType.BF16, "there is an error to speak of");
    }

    @Test
    void error_ofExtremes_countsThemApart() throws IOException {
        float[] values = {Float.NaN, Float.POSITIVE_INFINITY, 70_000, -1e30f, 1e-9f, 0, -0f, 1, 1 + 0x1p-12f};
        ConvertedValue value =
                new ConvertedValue(DType.F32, contents(floats(values)), Conversion.FP16, null);
        ByteBuffer after = convert(value, values.length * Short.BYTES, 1 << 20);
        short[] bits = new short[values.length];
        after.asShortBuffer().get(bits);
        assertArrayEquals(new short[]{0x7e00, 0x7c00, 0x7c00, (short) 0xfc00, 0, 0, (short) 0x8000, 0x3c00, 0x3c00},
                bits);
        ConversionError error = value.error();
        assertEquals(List.of(9L, 2L, 2L, 1L),
                List.of(error.elements(), error.nonFinite(), error.overflows(), error.underflows()));
        assertEquals(0x1p-12, error.maxAbs());
        assertEquals((0x1p-12 + 1e-9f) / 5, error.meanAbs(), 1e-15);
        assertEquals(1, error.maxRelative(), "an element that became zero is wholly wrong");

        ConversionError total = new ConversionError();
        total.add(error);
        total.add(error);
        assertEquals(List.of(18L, 4L, 4L, 2L),
                List.of(total.elements(), total.nonFinite(), total.overflows(), total.underflows()));
        assertEquals(error.meanAbs(), total.meanAbs(), 1e-18);
        assertEquals(0, new ConversionError().meanAbs());
    }

    private static RowScales scales(TensorInfo info, byte[] bytes) throws IOException {
        return RowScales.of(info, contents(bytes)).orElseThrow();
    }

    @Test
    void int8_rows_haveTheirOwnScalesAndTiesGoToEven() throws IOException {
        // With a scale of 1 and of 2 the elements stand for themselves; the third row is zeros.
        float[] values = {127, 0.5f, 1.5f, -2.5f, -254, 1, 3, 5, 0, -0f, 0, 0};
        TensorInfo info = TensorInfo.of("w", DType.F32, List.of(3L, 4L));
        RowScales scales = scales(info, floats(values));
        assertArrayEquals(floats(1, 2, 1), scales.bytes().toArray(ValueLayout.JAVA_BYTE));
        assertEquals(TensorInfo.of("w_scale", DType.F32, List.of(3L, 1L)), RowScales.info(info));
        ConvertedValue value = new ConvertedValue(DType.F32, contents(floats(values)), Conversion.INT8, scales);
        assertArrayEquals(new byte[]{127, 0, 2, -2, -127, 0, 2, 2, 0, 0, 0, 0}, convert(value, 12, 5).array());
        assertEquals(1, value.error().maxAbs());
        assertEquals(2, value.error().underflows());
    }

    @Test
    void int8_ofLongRows_isUndoneWithinHalfAStep() throws IOException {
        int rows = 3;
        int columns = LARGE;
        Random random = new Random(9);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, Math.floorDiv(i, columns)));
        }
        TensorInfo info = TensorInfo.of("w", DType.F32, List.of((long) rows, (long) columns));
        RowScales scales = scales(info, floats(values));
        ConvertedValue value = new ConvertedValue(DType.F32, contents(floats(values)), Conversion.INT8, scales);
        byte[] after = convert(value, values.length, 4_096).array();
        for (int i = 0; i < values.length; i++) {
            double scale = scales.scale(i);
            assertTrue(Math.abs(after[i] * scale - values[i]) <= scale * 0.500001, "element " + i);
        }
        assertTrue(value.error().maxAbs() <= scales.scale(values.length - 1) * 0.500001, "the error that is reported");
    }

    @Test
    void int8_ofExtremes_hasAScaleOrNone() throws IOException {
        TensorInfo vector = TensorInfo.of("v", DType.F32, List.of(2L));
        assertEquals(List.of(1L), RowScales.info(vector).shape());
        assertEquals(List.of(), RowScales.info(TensorInfo.of("s", DType.F32, List.of())).shape());
        assertEquals(List.of(1L, 1L), RowScales.info(TensorInfo.of("m", DType.F32, List.of(1L << 21, 1L))).shape());
        assertTrue(RowScales.of(vector, contents(floats(1, Float.NaN))).isEmpty(), "NaN");
        assertTrue(RowScales.of(vector, contents(floats(Float.NEGATIVE_INFINITY, 1))).isEmpty(), "infinity");
        byte[] tiny = floats(Float.MIN_VALUE, 0);
        ConvertedValue value =
                new ConvertedValue(DType.F32, contents(tiny), Conversion.INT8, scales(vector, tiny));
        assertArrayEquals(new byte[]{1, 0}, convert(value, 2, 2).array(), "a scale is never zero");
        byte[] huge = floats(Float.MAX_VALUE, -Float.MAX_VALUE);
        value = new ConvertedValue(DType.F32, contents(huge), Conversion.INT8, scales(vector, huge));
        assertArrayEquals(new byte[]{127, -127}, convert(value, 2, 2).array());
        TensorInfo wide = TensorInfo.of("d", DType.F64, List.of(1L));
        assertTrue(RowScales.of(wide, contents(buffer(8).putDouble(1e300).array())).isEmpty(), "no float holds it");
        assertTrue(RowScales.of(TensorInfo.of("e", DType.F32, List.of(0L, 4L)), contents(new byte[0])).isPresent());
        assertTrue(RowScales.of(TensorInfo.of("e", DType.F32, List.of(4L, 0L)), contents(new byte[0])).isPresent());
    }

    @Test
    void conversion_ofOtherTypes_isNone() {
        for (DType dtype : DType.values()) {
            boolean isFloat = List.of(DType.F64, DType.F32, DType.F16, DType.BF16).contains(dtype);
            for (Conversion conversion : Conversion.values()) {
                assertEquals(isFloat && dtype != conversion.dtype(), conversion.converts(dtype),
                        conversion + "" + dtype);
            }
        }
        assertThrows(IllegalArgumentException.class,
                () -> new ConvertedValue(DType.I8, contents(new byte[1]), Conversion.BF16, null));
        assertThrows(IllegalArgumentException.class,
                () -> new ConvertedValue(DType.F32, contents(new byte[4]), Conversion.INT8, null));
        assertFalse(Conversion.INT8.converts(DType.I8));
    }
}
