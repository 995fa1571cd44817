package dev.hearth.tools.model;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A stream over {@link TensorContents}. Not safe for several threads. */
final class ContentsInputStream extends InputStream {
    private final TensorContents contents;
    private final long byteSize;
    private long position;

    ContentsInputStream(TensorContents contents, long byteSize) {
        this.contents = contents;
        this.byteSize = byteSize;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (position == byteSize) {
            return -1;
        }
        int count = (int) Math.min(length, byteSize - position);
        contents.read(position, MemorySegment.ofArray(target).asSlice(offset, count));
        position += count;
        return count;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, byteSize - position);
    }
}
