package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The bytes of a tensor that lie in the mapped file as they are. */
final class MappedSource implements TensorSource {
    private final MappedFile file;
    private final long fileOffset;
    private final MemorySegment bytes;

    /**
     * A range of a file.
     *
     * @param field whose length it is, for the refusal of one that passes the end
     */
    MappedSource(MappedFile file, long fileOffset, long length, String field) throws ModelFormatException {
        this.file = file;
        this.fileOffset = fileOffset;
        this.bytes = file.slice(fileOffset, length, field);
    }

    @Override
    public Path file() {
        return file.path();
    }

    @Override
    public long fileOffset() {
        return fileOffset;
    }

    @Override
    public MemorySegment data() {
        return bytes;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        try {
            MemorySegment.copy(bytes, offset, target, 0, target.byteSize());
        } catch (InternalError fault) {
            throw file.changed(fault);
        }
    }
}
