package dev.hearth.store;

import dev.hearth.codec.DType;
import java.util.List;

/**
 * The description of a value as a tensor: element type and shape, row-major.
 *
 * @param dtype element type; {@link DType#UNTYPED} for plain bytes
 * @param shape extent of each dimension, outermost first; empty for a scalar or for plain bytes
 */
public record TensorSpec(DType dtype, List<Long> shape) {
    /** The most dimensions that a tensor can have. */
    public static final int MAX_RANK = 32;
    /** Plain bytes without a shape. */
    public static final TensorSpec UNTYPED = new TensorSpec(DType.UNTYPED, List.of());

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException for more than {@link #MAX_RANK} dimensions or a negative one
     */
    public TensorSpec {
        shape = List.copyOf(shape);
        if (shape.size() > MAX_RANK) {
            throw new IllegalArgumentException("rank=" + shape.size() + " maxRank=" + MAX_RANK);
        }
        for (long extent : shape) {
            if (extent < 0) {
                throw new IllegalArgumentException("shape=" + shape);
            }
        }
    }

    /** The tensor of this element type and shape. */
    public static TensorSpec of(DType dtype, long... shape) {
        return new TensorSpec(dtype, java.util.Arrays.stream(shape).boxed().toList());
    }

    /**
     * Bytes of a tensor of this type and shape; -1 if any length fits because it is untyped and has no shape.
     *
     * @throws IllegalArgumentException if that is more than {@link Long#MAX_VALUE}
     */
    public long byteSize() {
        if (dtype == DType.UNTYPED) {
            return -1;
        }
        if (shape.contains(0L)) {
            return 0;
        }
        try {
            long elements = 1;
            for (long extent : shape) {
                elements = Math.multiplyExact(elements, extent);
            }
            return Math.ceilDiv(Math.multiplyExact(elements, (long) dtype.bits()), 8L);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("shape=" + shape + " dtype=" + dtype + " is too large", e);
        }
    }

    /**
     * Throws if a value of {@code valueBytes} cannot be such a tensor.
     *
     * @throws IllegalArgumentException names the length, the type and the shape
     */
    void requireBytes(long valueBytes) {
        long expected = byteSize();
        if (expected >= 0 && expected != valueBytes) {
            throw new IllegalArgumentException("valueBytes=" + valueBytes + " but dtype=" + dtype + " shape=" + shape
                    + " takes " + expected);
        }
    }
}
