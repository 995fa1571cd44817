package dev.hearth.store.log;

import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest checkpoint and the log behind it, held open so that they can be copied although the store goes on and
 * deletes them. One thread; whoever opened it closes it.
 */
public final class LogCopy implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 20;
    private final StoreFiles source;
    private final TreeMap<Integer, StoreFile> logs = new TreeMap<>();
    private @Nullable StoreFile checkpoint;
    private String checkpointName = "";
    private int firstFile = 1;

    private LogCopy(StoreFiles source) {
        this.source = source;
    }

    /**
     * Opens what there is now; false from {@link #reach} says that it was deleted under that, and that it has to be
     * done again.
     */
    public static LogCopy open(StoreFiles source, LogSettings settings) {
        LogCopy copy = new LogCopy(source);
        boolean opened = false;
        try (Checkpoint newest = Checkpoint.latest(source, settings, damaged -> {
        })) {
            if (newest != null) {
                copy.checkpointName = LogNames.checkpoint(newest.version());
                copy.firstFile = newest.position().file();
                copy.checkpoint = source.open(copy.checkpointName, true);
            }
            opened = true;
            return copy;
        } finally {
            if (!opened) {
                copy.close();
            }
        }
    }

    /** Opens the log files up to the one in which {@code end} is; false if one of them is gone. */
    public boolean reach(LogTail end) {
        int from = logs.isEmpty() ? firstFile : logs.lastKey() + 1;
        for (int number = from; number <= end.file(); number++) {
            StoreFile file = LogNames.openIfThere(source, number);
            if (file == null) {
                return false;
            }
            logs.put(number, file);
        }
        return true;
    }

    /** Writes checkpoint and log up to {@code end}, which was reached, and makes them durable; returns the bytes. */
    public long writeTo(StoreFiles target, LogTail end) {
        long bytes = 0;
        StoreFile whole = checkpoint;
        if (whole != null) {
            bytes += copy(whole, target, checkpointName, whole.sizeBytes(), whole.sizeBytes());
        }
        List<Integer> numbers = new ArrayList<>(logs.headMap(end.file(), true).keySet());
        for (int number : numbers) {
            StoreFile file = logs.get(number);
            if (file != null) {
                // What is behind the end is being written, or was not yet when this was the end.
                long length = number == end.file() ? end.offsetBytes() : file.sizeBytes();
                bytes += copy(file, target, LogNames.log(number), length, file.sizeBytes());
            }
        }
        target.syncDirectory();
        return bytes;
    }

    private static long copy(StoreFile from, StoreFiles target, String name, long lengthBytes, long fileBytes) {
        try (StoreFile to = target.create(name); Arena arena = Arena.ofConfined()) {
            to.allocate(0, fileBytes);
            MemorySegment chunk = arena.allocate(CHUNK_BYTES, 4096);
            for (long at = 0; at < lengthBytes;) {
                long read = from.read(at, chunk.asSlice(0, Math.min(CHUNK_BYTES, lengthBytes - at)));
                if (read == 0) {
                    break;
                }
                to.write(at, chunk.asSlice(0, read));
                at += read;
            }
            to.sync();
            return lengthBytes;
        }
    }

    @Override
    public void close() {
        if (checkpoint != null) {
            checkpoint.close();
            checkpoint = null;
        }
        logs.values().forEach(StoreFile::close);
        logs.clear();
    }
}
