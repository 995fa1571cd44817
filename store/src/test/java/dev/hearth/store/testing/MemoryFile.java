package dev.hearth.store.testing;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** An open file of {@link MemoryFiles}. */
final class MemoryFile implements StoreFile {
    private final MemoryFiles files;
    private final Path path;
    private final MemoryNode node;
    private final boolean readOnly;
    private boolean closed;

    MemoryFile(MemoryFiles files, Path path, MemoryNode node, boolean readOnly) {
        this.files = files;
        this.path = path;
        this.node = node;
        this.readOnly = readOnly;
    }

    private void check(boolean changes) {
        if (closed || (changes && readOnly)) {
            throw new IllegalStateException("file=" + path + " closed=" + closed + " readOnly=" + readOnly);
        }
        if (changes) {
            files.step();
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long sizeBytes() {
        check(false);
        return node.sizeBytes();
    }

    @Override
    public long read(long offsetBytes, MemorySegment target) {
        check(false);
        return node.read(offsetBytes, target);
    }

    @Override
    public void write(long offsetBytes, MemorySegment source) {
        check(false);
        try {
            check(true);
        } catch (HearthException e) {
            node.write(offsetBytes, source.asSlice(0, source.byteSize() / 2));
            throw e;
        }
        files.checkGrowth(offsetBytes + source.byteSize() - node.sizeBytes());
        files.countWrite();
        node.write(offsetBytes, source);
    }

    @Override
    public void allocate(long offsetBytes, long lengthBytes) {
        check(true);
        files.checkGrowth(offsetBytes + lengthBytes - node.sizeBytes());
        node.resize(Math.max(node.sizeBytes(), offsetBytes + lengthBytes));
    }

    @Override
    public void punchHole(long offsetBytes, long lengthBytes) {
        check(true);
        node.zero(offsetBytes, lengthBytes);
    }

    @Override
    public void truncate(long sizeBytes) {
        check(true);
        node.resize(sizeBytes);
    }

    @Override
    public void sync() {
        check(true);
        files.countSync();
        node.sync();
    }

    @Override
    public void startWriteback(long offsetBytes, long lengthBytes) {
        check(false);
    }

    @Override
    public void close() {
        closed = true;
    }
}
