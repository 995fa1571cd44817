package dev.hearth.store.engine;

import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.testing.SharedWordHook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
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
    private final ReentrantLock gate = new ReentrantLock();
    private final Random random;
    private final Map<Integer, Integer> seen = new HashMap<>();
    private final List<Path> images = new ArrayList<>();
    private Path store = Path.of("");
    private Path target = Path.of("");
    private MappedByteBuffer mark = (MappedByteBuffer) ByteBuffer.allocateDirect(0);
    private byte[] before = new byte[0];
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
            before = new byte[mark.capacity()];
            mark.get(0, before);
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

    private static MappedByteBuffer map(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
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
                mark.get(0, before);
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

    private int changed() {
        return mark.mismatch(ByteBuffer.wrap(before));
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
