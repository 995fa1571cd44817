package dev.hearth.store.frame;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.LockBytes;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Directories with just enough of a store for frames, and attachments to their frames. */
final class FrameStore {
    static final long FRAME_BYTES = 4 << 20;
    private static final AtomicLong NONCES = new AtomicLong(0x5EED);

    private FrameStore() {}

    /** Makes a store. */
    static void create(Path path) {
        try (StoreDirectory directory = StoreDirectory.create(path)) {
            MarkFile.create(directory, new Geometry(new UUID(1, 2), 16L << 20, 256 << 10, 64 << 10, 10_000, 8, 8, 3, 4,
                    1, 2, 1, 1_700_000_000_000L), Host.current(), mark -> {
                    });
        }
    }

    /** What lies in a directory, sorted. */
    static List<String> list(Path path) {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The directories of frames in a directory. */
    static List<String> framesIn(Path path) {
        return list(path).stream().filter(name -> name.startsWith("hearth-")).toList();
    }

    /** What an attachment has, as one process would have it; closing leaves the frames as the engine would. */
    static final class Attachment implements AutoCloseable {
        final StoreDirectory directory;
        final OfdLocks locks;
        final MarkFile mark;
        final ProcessSlots slots;
        final ProcessSlot slot;
        final List<Throwable> problems = new CopyOnWriteArrayList<>();
        private final Map<Counter, AtomicLong> counts = new ConcurrentHashMap<>();
        private final ToLongFunction<StoreDirectory> freeBytes;
        private final Path sharedMemory;
        private final List<FrameCache> opened = new ArrayList<>();

        Attachment(Path store, Path sharedMemory) {
            this(store, sharedMemory, StoreDirectory::freeBytes);
        }

        Attachment(Path store, Path sharedMemory, ToLongFunction<StoreDirectory> freeBytes) {
            this.sharedMemory = sharedMemory;
            this.freeBytes = freeBytes;
            directory = StoreDirectory.open(store);
            locks = OfdLocks.openOrCreate(directory, "hearth.lock");
            mark = MarkFile.open(directory, false);
            slots = new ProcessSlots(mark, locks);
            slot = slots.take(Host.current(), 1_700_000_000_000L, 0);
        }

        /** Opens the frames under the creation lock. */
        FrameCache frames() {
            FrameSettings settings = new FrameSettings(directory, mark, slots, slot, FRAME_BYTES, sharedMemory,
                    freeBytes, NONCES::incrementAndGet, new Heard(), this::exclusively);
            FrameCache[] cache = new FrameCache[1];
            exclusively(() -> cache[0] = FrameCache.open(settings));
            opened.add(cache[0]);
            return cache[0];
        }

        private void exclusively(Runnable action) {
            if (!locks.lock(LockBytes.CREATION, 10_000)) {
                throw OfdLocks.busy("creation", 10_000, "a test");
            }
            try {
                action.run();
            } finally {
                locks.unlock(LockBytes.CREATION);
            }
        }

        long nonce() {
            return mark.words().get(MarkWord.VOLATILE_NONCE);
        }

        long count(Counter counter) {
            @Nullable
            AtomicLong count = counts.get(counter);
            return count == null ? 0 : count.get();
        }

        @Override
        public void close() {
            opened.forEach(FrameCache::close);
            slot.close();
            mark.close();
            locks.close();
            directory.close();
        }

        private final class Heard implements FrameEvents {
            @Override
            public void add(Counter counter, long count) {
                counts.computeIfAbsent(counter, _ -> new AtomicLong()).addAndGet(count);
            }

            @Override
            public void report(Throwable problem) {
                problems.add(problem);
            }
        }
    }
}
