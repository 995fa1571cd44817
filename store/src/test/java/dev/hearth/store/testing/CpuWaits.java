package dev.hearth.store.testing;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;

/**
 * How long a thread was ready to run and had to wait for a CPU, as the kernel counts it; 0 where it does not. For the
 * thread that made it.
 */
public final class CpuWaits implements AutoCloseable {
    private final RandomAccessFile file;
    private final byte[] text = new byte[128];

    /** Those of the calling thread. */
    public CpuWaits() {
        try {
            file = new RandomAccessFile("/proc/thread-self/schedstat", "r");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Until now, in nanoseconds: the second of three numbers. */
    public long waitedNs() {
        try {
            file.seek(0);
            int length = file.read(text);
            int i = 0;
            while (i < length && text[i] != ' ') {
                i++;
            }
            long value = 0;
            for (i++; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
                value = 10 * value + text[i] - '0';
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
