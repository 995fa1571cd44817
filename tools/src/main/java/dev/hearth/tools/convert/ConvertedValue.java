package dev.hearth.tools.convert;

import dev.hearth.codec.DType;
import dev.hearth.store.ValueSource;
import dev.hearth.tools.model.TensorContents;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a converted tensor, made as they are asked for, in memory that does not grow with the tensor. It knows
 * the error when the last byte was read. One thread, one pass.
 */
public final class ConvertedValue implements ValueSource {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ElementReader reader;
    private final Encoder encoder;
    private final int elementBytes;
    private final ConversionError error = new ConversionError();
    private long doneElements;

    /** Encodes elements that were read into a target of their size. */
    @FunctionalInterface
    private interface Encoder {
        void encode(int count, MemorySegment target);
    }

    /**
     * A conversion.
     *
     * @param from   type of the elements that {@code contents} has
     * @param scales of the tensor, for eight bits only
     */
    public ConvertedValue(DType from, TensorContents contents, Conversion conversion, @Nullable RowScales scales) {
        if (!conversion.converts(from) || (conversion == Conversion.INT8) != (scales != null)) {
            throw new IllegalArgumentException("from=" + from + " conversion=" + conversion);
        }
        this.reader = new ElementReader(from, contents);
        this.elementBytes = conversion.dtype().bits() / Byte.SIZE;
        this.encoder = scales != null
                ? (count, target) -> bytes(count, target, scales)
                : conversion == Conversion.BF16 ? this::bfloats : this::halves;
    }

    @Override
    public void read(MemorySegment target) throws IOException {
        if (target.byteSize() % elementBytes != 0) {
            throw new IllegalArgumentException("bytes=" + target.byteSize() + " elementBytes=" + elementBytes);
        }
        long count = target.byteSize() / elementBytes;
        for (long done = 0; done < count;) {
            int step = (int) Math.min(ElementReader.MAX_STEP, count - done);
            reader.read(step);
            encoder.encode(step, target.asSlice(done * elementBytes, (long) step * elementBytes));
            done += step;
            doneElements += step;
        }
    }

    private void bfloats(int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            short bits = FloatBits.toBfloat(reader.floatBits(i));
            target.set(SHORT, (long) i * Short.BYTES, bits);
            error.add(reader.value(i), Float.intBitsToFloat(FloatBits.ofBfloat(bits)));
        }
    }

    private void halves(int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            short bits = FloatBits.toHalf(reader.floatBits(i));
            target.set(SHORT, (long) i * Short.BYTES, bits);
            error.add(reader.value(i), Float.intBitsToFloat(FloatBits.ofHalf(bits)));
        }
    }

    private void bytes(int count, MemorySegment target, RowScales scales) {
        for (int i = 0; i < count;) {
            long element = doneElements + i;
            double scale = scales.scale(element);
            int end = (int) Math.min(count, i + scales.rowElements() - element % scales.rowElements());
            for (; i < end; i++) {
                byte quantised = RowScales.quantise(reader.value(i), scale);
                target.set(ValueLayout.JAVA_BYTE, i, quantised);
                error.add(reader.value(i), quantised * scale);
            }
        }
    }

    /** The error of what was read so far. */
    public ConversionError error() {
        return error;
    }
}
