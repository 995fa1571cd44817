package dev.hearth.tools.model;

import java.util.List;

/** Sizes of shapes, without overflow. */
final class Shapes {
    private Shapes() {}

    /**
     * The number of elements.
     *
     * @throws IllegalArgumentException if a dimension is negative, or the non-zero ones multiply to more than fits
     */
    static long elements(List<Long> shape) {
        long product = 1;
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("negative dimension in shape=" + shape);
            }
            if (dimension == 0) {
                empty = true;
            } else {
                product = multiply(product, dimension, shape);
            }
        }
        return empty ? 0 : product;
    }

    /** The bytes of that many elements, the last byte filled up. */
    static long bytes(List<Long> shape, long bitsPerElement) {
        long bits = multiply(elements(shape), bitsPerElement, shape);
        return bits / 8 + (bits % 8 == 0 ? 0 : 1);
    }

    private static long multiply(long a, long b, List<Long> shape) {
        long high = Math.multiplyHigh(a, b);
        long low = a * b;
        if (high != 0 || low < 0) {
            throw new IllegalArgumentException("overflow in shape=" + shape);
        }
        return low;
    }
}
