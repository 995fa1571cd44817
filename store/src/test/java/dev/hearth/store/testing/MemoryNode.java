package dev.hearth.store.testing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/** The bytes of a file in memory: as they are now, and as they were when they were synced. */
final class MemoryNode {
    private static final int PAGE_BYTES = 4096;

    private byte[] data = new byte[0];
    private byte[] durable = new byte[0];

    byte[] bytes() {
        return data.clone();
    }

    void set(byte[] bytes) {
        data = bytes.clone();
        durable = bytes.clone();
    }

    long sizeBytes() {
        return data.length;
    }

    void resize(long sizeBytes) {
        data = Arrays.copyOf(data, Math.toIntExact(sizeBytes));
    }

    void write(long offset, MemorySegment source) {
        int end = Math.toIntExact(offset + source.byteSize());
        if (end > data.length) {
            resize(end);
        }
        MemorySegment.copy(source, 0, MemorySegment.ofArray(data), offset, source.byteSize());
    }

    void zero(long offset, long length) {
        int end = (int) Math.min(data.length, offset + length);
        Arrays.fill(data, (int) Math.min(offset, end), end, (byte) 0);
    }

    long read(long offset, MemorySegment target) {
        long length = Math.clamp(data.length - offset, 0, target.byteSize());
        if (length > 0) {
            MemorySegment.copy(MemorySegment.ofArray(data), ValueLayout.JAVA_BYTE, offset, target,
                    ValueLayout.JAVA_BYTE, 0, length);
        }
        return length;
    }

    void sync() {
        durable = data.clone();
    }

    MemoryNode copy() {
        MemoryNode copy = new MemoryNode();
        copy.set(data);
        return copy;
    }

    /** Each page that differs from what was synced is kept or lost on its own, and so is the length. */
    MemoryNode afterPowerCut(Random random) {
        byte[] left = Arrays.copyOf(durable, random.nextBoolean() ? data.length : durable.length);
        for (int at = 0; at < Math.min(left.length, data.length); at += PAGE_BYTES) {
            if (random.nextBoolean()) {
                int end = Math.min(at + PAGE_BYTES, Math.min(left.length, data.length));
                System.arraycopy(data, at, left, at, end - at);
            }
        }
        MemoryNode copy = new MemoryNode();
        copy.set(left);
        return copy;
    }
}
