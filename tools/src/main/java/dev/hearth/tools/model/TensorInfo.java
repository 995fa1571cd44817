package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.util.List;
import java.util.Map;

/**
 * The description of a tensor: name, element type, shape, bytes, and what its format says beyond that.
 *
 * @param name unique in its file, 1 to 1,024 bytes of UTF-8 without control characters
 * @param dtype the type of the elements; {@code UNTYPED} if they cannot be addressed one by one, as in quantised blocks
 * @param shape dimensions, the slowest first; empty for a scalar
 * @param byteSize bytes of all elements, little-endian, in row-major order
 * @param attributes for untyped tensors the {@link #TYPE} and its block, see the constants
 */
public record TensorInfo(String name, DType dtype, List<Long> shape, long byteSize, Map<String, String> attributes) {
    /** Attribute of an untyped tensor: the name its format has for the type. */
    public static final String TYPE = "type";
    /** Attribute of an untyped tensor: elements in a block. */
    public static final String BLOCK_ELEMENTS = "blockElements";
    /** Attribute of an untyped tensor: bytes of a block. */
    public static final String BLOCK_BYTES = "blockBytes";

    /** Checks the parts against each other. */
    public TensorInfo {
        shape = List.copyOf(shape);
        attributes = Map.copyOf(attributes);
        if (name.isEmpty()) {
            throw new IllegalArgumentException("name is empty");
        }
        if (byteSize < 0) {
            throw new IllegalArgumentException("byteSize=" + byteSize);
        }
        Shapes.elements(shape);
        if (dtype != DType.UNTYPED) {
            long expected = Shapes.bytes(shape, dtype.bits());
            if (expected != byteSize) {
                throw new IllegalArgumentException(
                        "byteSize=" + byteSize + " but " + dtype + " " + shape + " has " + expected);
            }
        }
    }

    /** A plain tensor: elements of a known type. */
    public static TensorInfo of(String name, DType dtype, List<Long> shape) {
        return new TensorInfo(name, dtype, shape, Shapes.bytes(shape, dtype.bits()), Map.of());
    }

    static TensorInfo untyped(String name, List<Long> shape, long byteSize, Block block) {
        return new TensorInfo(name, DType.UNTYPED, shape, byteSize, Map.of(TYPE, block.type(), BLOCK_ELEMENTS,
                Integer.toString(block.elements()), BLOCK_BYTES, Integer.toString(block.bytes())));
    }

    /** The smallest run of elements of an untyped tensor that has whole bytes. */
    record Block(String type, int elements, int bytes) {}
}
