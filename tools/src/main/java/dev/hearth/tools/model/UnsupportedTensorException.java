package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.io.Serial;

/** The refusal to write a tensor in a format that cannot express it; nothing was written. */
public final class UnsupportedTensorException extends IllegalArgumentException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String tensor;
    private final DType dtype;

    UnsupportedTensorException(TensorInfo info, String why) {
        super("tensor=" + Printable.of(info.name()) + " dtype=" + type(info) + " shape=" + info.shape() + ": " + why);
        this.tensor = info.name();
        this.dtype = info.dtype();
    }

    private static String type(TensorInfo info) {
        String type = info.attributes().get(TensorInfo.TYPE);
        return info.dtype() == DType.UNTYPED && type != null ? Printable.of(type) : info.dtype().name();
    }

    /** The name of the tensor. */
    public String tensor() {
        return tensor;
    }

    /** The type of its elements. */
    public DType dtype() {
        return dtype;
    }
}
