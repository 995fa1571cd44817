package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A tensor in an open model file: its description and the way to its bytes.
 *
 * <p>Safe for any thread until the file is closed. Bytes are little-endian, row-major and dense whatever the format.
 */
public final class ModelTensor implements TensorContents {
    private final TensorInfo info;
    private final TensorSource source;

    ModelTensor(TensorInfo info, TensorSource source) {
        this.info = info;
        this.source = source;
    }

    /** The whole description. */
    public TensorInfo info() {
        return info;
    }

    /** The tensor's name, unique in its model. */
    public String name() {
        return info.name();
    }

    /** The type of the elements; {@code UNTYPED} for quantised blocks. */
    public DType dtype() {
        return info.dtype();
    }

    /** Dimensions, the slowest first; empty for a scalar. */
    public List<Long> shape() {
        return info.shape();
    }

    /** Bytes of all elements. */
    public long byteSize() {
        return info.byteSize();
    }

    /** What the format says beyond type and shape. */
    public Map<String, String> attributes() {
        return info.attributes();
    }

    /** The file the bytes are in. */
    public Path file() {
        return source.file();
    }

    /** Where the bytes start in {@link #file}; -1 if they are not there as they are and must be decoded. */
    public long fileOffset() {
        return source.fileOffset();
    }

    /** Whether {@link #data} is a view of the mapped file, and no copy. */
    public boolean isMapped() {
        return source.fileOffset() >= 0;
    }

    /**
     * The bytes, read-only: a view of the mapped file, valid until the model is closed, or memory of their own if they
     * have to be decoded, valid as long as it is reachable.
     *
     * <p>A file that is cut short by somebody makes access to a view throw {@link InternalError}.
     *
     * @throws ModelFormatException if decoding fails, or if more than 1 GiB would have to be decoded at once: read that
     *         in ranges
     */
    public MemorySegment data() throws IOException {
        return source.data().asReadOnly();
    }

    /**
     * Copies the bytes from {@code offset} on into {@code target}, filling it. Ranges in ascending order are read in
     * one pass also where they have to be decoded.
     */
    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        Objects.checkFromIndexSize(offset, target.byteSize(), byteSize());
        source.read(offset, target);
    }

    /** The bytes as a stream of the caller's; it holds nothing that needs closing. */
    public InputStream openStream() {
        return new ContentsInputStream(this, byteSize());
    }

    @Override
    public String toString() {
        return info.toString();
    }
}
