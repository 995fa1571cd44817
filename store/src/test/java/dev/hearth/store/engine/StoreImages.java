package dev.hearth.store.engine;

import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.testing.SharedWordHook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Copies the files of a store as a process leaves them that is killed between two stores to the mark.
 *
 * <p>
 * Every access to a word of mark or table comes through {@link SharedWordHook}, and every call that changes a file
 * through {@link FileEvents}. Both pass one gate, so that all threads stand still while a copy is made but for the one
 * store or call that each may have in hand, and that may have happened or not. What differs is that a copy is another
 * file, so that it has to be said of its mark that it is valid in this boot. The index is left out: it is written
 * behind the back of everybody, and made anew if it is lost. Any thread.
 */
final class StoreImages implements FileEvents {
    private static final int BLOCK_BYTES = 4096;
    /** Of so many looks one is at the whole mark. */
    private static final int LOOKS = 64;
    private final ReentrantLock gate = new ReentrantLock();
    private final Random random;
    private final Map<Integer, Integer> seen = new HashMap<>();
    private final List<Path> images = new ArrayList<>();
    private Path store = Path.of("");
    private Path target = Path.of("");
    private MemorySegment mark = MemorySegment.NULL;
    private MemorySegment before = MemorySegment.NULL;
    /** Blocks of the mark that are not all zeros: few, as most slots are never taken. */
    private final BitSet used = new BitSet();
    private long looks;
    private int most;
    private int candidates;
    private boolean armed;
    private long stores;

    StoreImages(Random random) {
        this.random = random;
    }

    /** Different states of the mark that were seen. */
    long stores() {
        return stores;
    }

    /** Takes up to {@code count} images of {@code path} from now on, into {@code into}. */
    void arm(Path path, Path into, int count) {
        gate.lock();
        try {
            store = path;
            target = into;
            most = count;
            candidates = 0;
            seen.clear();
            images.clear();
            mark = map(path.resolve(MarkFile.NAME));
            before = MemorySegment.ofArray(mark.toArray(ValueLayout.JAVA_BYTE));
            used.clear();
            MemorySegment zeros = MemorySegment.ofArray(new byte[BLOCK_BYTES]);
            for (int block = 0; start(block) < mark.byteSize(); block++) {
                used.set(block, mismatch(block, zeros, 0) >= 0);
            }
            armed = true;
            SharedWordHook.set(this::look);
        } finally {
            gate.unlock();
        }
    }

    /** No more; what was taken. */
    List<Path> disarm() {
        gate.lock();
        try {
            look();
            armed = false;
            SharedWordHook.clear();
            return List.copyOf(images);
        } finally {
            gate.unlock();
        }
    }

    private static MemorySegment map(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return MemorySegment.ofBuffer(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void before(Event event) {
        look();
    }

    private void look() {
        gate.lock();
        try {
            int changed = armed ? changed() : -1;
            if (changed >= 0) {
                stores++;
                int block = changed / BLOCK_BYTES;
                used.set(block);
                MemorySegment.copy(mark, start(block), before, start(block), end(block) - start(block));
                // Of stores to one word the first ones, and now and then a later one.
                boolean wanted = seen.merge(changed, 1, Integer::sum) <= 2 || random.nextInt(8) == 0;
                if (wanted) {
                    choose();
                }
            }
        } finally {
            gate.unlock();
        }
    }

    /** Where the mark is not what it was, or -1; blocks that were all zeros are looked at now and then. */
    private int changed() {
        if (++looks % LOOKS == 0) {
            return Math.toIntExact(mark.mismatch(before));
        }
        for (int block = used.nextSetBit(0); block >= 0; block = used.nextSetBit(block + 1)) {
            long at = mismatch(block, before, start(block));
            if (at >= 0) {
                return Math.toIntExact(start(block) + at);
            }
        }
        return -1;
    }

    private long mismatch(int block, MemorySegment other, long from) {
        long count = end(block) - start(block);
        return MemorySegment.mismatch(mark, start(block), end(block), other, from, from + count);
    }

    private static long start(int block) {
        return (long) block * BLOCK_BYTES;
    }

    private long end(int block) {
        return Math.min(start(block + 1), mark.byteSize());
    }

    /** Of all there were so far, each is among those that are taken with the same chance. */
    private void choose() {
        candidates++;
        int at = candidates <= most ? candidates - 1 : random.nextInt(candidates);
        if (at < most) {
            take(at);
        }
    }

    private void take(int at) {
        Path image = target.resolve("image" + at);
        if (at == images.size()) {
            images.add(image);
        }
        armed = false; // The copy is adopted through the same handles.
        try {
            PowerCuts.delete(image);
            copy(store, image);
            try (StoreDirectory directory = StoreDirectory.open(image);
                    MarkFile copied = MarkFile.open(directory, false)) {
                copied.adopt(Host.current());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            armed = true;
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(to.resolve("log"), mode);
        Files.createDirectories(to.resolve("index"), mode);
        List<Path> files = new ArrayList<>();
        for (String below : List.of("", "log")) {
            try (Stream<Path> list = Files.list(from.resolve(below))) {
                list.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        for (Path file : files) {
            if (!String.valueOf(file.getFileName()).equals(Store.COUNTERS)) {
                copyFile(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void copyFile(Path from, Path to) throws IOException {
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel copy = FileChannel.open(to, Set.of(StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            long size = source.size();
            for (long at = 0; at < size;) {
                at += source.transferTo(at, size - at, copy);
            }
        }
    }
}
