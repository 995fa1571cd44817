package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.util.List;

/**
 * A tensor to be written: its description and where its bytes come from.
 *
 * @param contents read once or twice, in ascending ranges of at most 1 MiB
 */
public record TensorOutput(TensorInfo info, TensorContents contents) {
    /** A tensor of an open model. */
    public static TensorOutput of(ModelTensor tensor) {
        return new TensorOutput(tensor.info(), tensor);
    }

    /**
     * The same tensor as safetensors can say it: with the type and shape it has, or else its bytes as U8. Its
     * description is the one that a reader will have.
     */
    public TensorOutput forSafetensors() {
        TensorInfo plain = SafetensorsTypes.plain(info);
        return plain == null ? asBytes() : new TensorOutput(plain, contents);
    }

    /** The same bytes as a list of U8, for formats that have no name for the type. */
    public TensorOutput asBytes() {
        return new TensorOutput(TensorInfo.of(info.name(), DType.U8, List.of(info.byteSize())), contents);
    }
}
