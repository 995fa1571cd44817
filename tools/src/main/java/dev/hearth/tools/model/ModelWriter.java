package dev.hearth.tools.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes tensors into a new model file, in memory that does not grow with their size.
 *
 * <p>The file appears whole or not at all: it is written under a temporary name beside the target, synced, and renamed
 * over it. Writers keep no state and are safe for any thread.
 */
@FunctionalInterface
public interface ModelWriter {
    /**
     * Writes a file; one that is there is replaced.
     *
     * @param metadata kept in its order
     * @throws UnsupportedTensorException if the format cannot express a tensor; nothing is written
     * @throws IllegalArgumentException if it cannot express a name or the metadata; nothing is written
     * @throws IOException if reading or writing fails; nothing is left behind
     */
    void write(Path target, Map<String, String> metadata, List<TensorOutput> tensors) throws IOException;

    /** The safetensors format. Untyped tensors it has no name for are refused: see {@link TensorOutput#asBytes}. */
    static ModelWriter safetensors() {
        return safetensors(true);
    }

    /** The same; unless it {@code replaces}, a file that is there is a {@code FileAlreadyExistsException}. */
    static ModelWriter safetensors(boolean replaces) {
        return new SafetensorsWriter(replaces);
    }

    /** The npy format: exactly one tensor, without its name; no metadata. */
    static ModelWriter npy() {
        return new NpyWriter();
    }

    /** The npz format; no metadata, and only types that numpy has. */
    static ModelWriter npz(boolean deflated) {
        return npz(deflated, true);
    }

    /** The same; unless it {@code replaces}, a file that is there is a {@code FileAlreadyExistsException}. */
    static ModelWriter npz(boolean deflated, boolean replaces) {
        return new NpzWriter(deflated, replaces);
    }
}
