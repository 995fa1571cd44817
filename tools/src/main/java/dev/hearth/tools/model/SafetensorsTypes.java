package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The names of element types in safetensors; Hearth's own names are the same. */
final class SafetensorsTypes {
    private SafetensorsTypes() {}

    /** The type of a name, if it is one of Hearth's. */
    static Optional<DType> dtype(String name) {
        return DType.byName(name).filter(dtype -> dtype != DType.UNTYPED && dtype.name().equals(name));
    }

    /** The bits of an element of a type that Hearth carries untyped; 0 if the name is unknown. */
    static int untypedBits(String name) {
        return switch (name) {
            case "F8_E4M3FNUZ", "F8_E5M2FNUZ" -> 8;
            case "C64" -> 64;
            default -> 0;
        };
    }

    /**
     * The name to write for a tensor.
     *
     * @throws UnsupportedTensorException if there is none
     */
    static String name(TensorInfo info) {
        if (info.dtype() != DType.UNTYPED) {
            return info.dtype().name();
        }
        String type = info.attributes().getOrDefault(TensorInfo.TYPE, "");
        if (untypedBits(type) == 0) {
            throw new UnsupportedTensorException(info, "safetensors has no name for it: write its bytes as U8");
        }
        return type;
    }

    /** What a reader makes of a tensor if it is written with its type and shape; null if that cannot be. */
    static @Nullable TensorInfo plain(TensorInfo info) {
        int bits = elementBits(info);
        if (bits == 0 || !isWholeBytes(info.shape(), bits) || Shapes.bytes(info.shape(), bits) != info.byteSize()) {
            return null;
        }
        return info.dtype() == DType.UNTYPED
                ? TensorInfo.untyped(info.name(), info.shape(), info.byteSize(),
                        new TensorInfo.Block(name(info), 1, bits / Byte.SIZE))
                : TensorInfo.of(info.name(), info.dtype(), info.shape());
    }

    /** Whether that many elements end with a byte. */
    static boolean isWholeBytes(List<Long> shape, int bits) {
        return Shapes.elements(shape) % Byte.SIZE * bits % Byte.SIZE == 0;
    }

    /** Where a tensor comes among others: wide elements first, so that all are aligned. */
    static int elementBits(TensorInfo info) {
        return info.dtype() != DType.UNTYPED
                ? info.dtype().bits()
                : untypedBits(info.attributes().getOrDefault(TensorInfo.TYPE, ""));
    }
}
