package dev.hearth.tools.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An open model: its tensors and metadata, checked, with the bytes still in the mapped files.
 *
 * <p>All methods but {@link #close} may be called from any thread. Closing unmaps the files: segments that
 * {@link ModelTensor#data()} handed out are invalid afterwards, and closing fails with an
 * {@link IllegalStateException} while another thread is in the middle of a copy.
 */
public interface ModelFile extends AutoCloseable {
    /** The file that was opened. */
    Path path();

    /** Every file the model consists of, {@link #path} first: shards, external data. */
    List<Path> files();

    /** The format's name: {@code onnx}, {@code safetensors}, {@code gguf}, {@code npy} or {@code npz}. */
    String format();

    /** What the file says of itself, as text; lists and objects as JSON. In the order of the file. */
    Map<String, String> metadata();

    /** The tensors in the order of the file; names are unique. */
    List<ModelTensor> tensors();

    @Override
    void close();
}
