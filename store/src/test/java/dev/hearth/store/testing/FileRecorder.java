package dev.hearth.store.testing;

import dev.hearth.store.io.FileEvents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Records what a store does to its files, in the order in which it was done, so that a test can build what a power cut
 * could have left of them at any point. Any thread.
 *
 * <p>
 * A sync makes durable what was written before it began: a write counts when it has returned. Files that only live for
 * a boot are left out, except for the mark, of which each synced state is kept.
 */
public final class FileRecorder implements FileEvents {
    private final Path root;
    private final List<Op> ops = new ArrayList<>();
    private final Map<Long, Node> byInode = new HashMap<>();
    private final Map<String, Node> names = new HashMap<>();
    private final ThreadLocal<Integer> began = new ThreadLocal<>();
    private final Map<String, Node> base;
    private final List<String> baseDirectories = new ArrayList<>();

    /** A file, whatever its name. */
    static final class Node {
        final byte[] durable;

        Node(byte[] durable) {
            this.durable = durable;
        }
    }

    /** What was done. */
    sealed interface Op {
        /** Bytes of a file; null stands for zeros. */
        @SuppressWarnings("ArrayRecordComponent") // nobody writes them
        record Write(Node node, long offset, int length, byte @Nullable [] bytes) implements Op {}

        /** The length of a file, or the least length. */
        record Length(Node node, long bytes, boolean least) implements Op {}

        /** What was done to the file before {@code began} is durable. */
        record Sync(Node node, int began) implements Op {}

        /** A name was given to a file, or taken away if that is null; {@code from} is the name it had. */
        record Name(String directory, String name, @Nullable Node node, @Nullable String from) implements Op {}

        /** A directory was made. */
        record Directory(String directory, String name) implements Op {}

        /** The names that were changed before {@code began} are durable. */
        record SyncNames(String directory, int began) implements Op {}

        /** Something a test noted. */
        record Note(String what, long value) implements Op {}
    }

    /** Records what is done in the store {@code root}; what is there now is durable. */
    public FileRecorder(Path root) {
        this.root = root;
        if (Files.exists(root)) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path path : files.toList()) {
                    String name = root.relativize(path).toString();
                    if (Files.isDirectory(path)) {
                        baseDirectories.add(name);
                    } else if (isKept(name)) {
                        names.put(name, new Node(Files.readAllBytes(path)));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        base = Map.copyOf(names);
    }

    synchronized Node node(String name) {
        Node node = names.get(name);
        if (node == null) {
            throw new IllegalArgumentException("name=" + name);
        }
        return node;
    }

    Map<String, Node> base() {
        return base;
    }

    List<String> baseDirectories() {
        return baseDirectories;
    }

    /** How much was recorded. */
    public synchronized int size() {
        return ops.size();
    }

    synchronized List<Op> ops() {
        return List.copyOf(ops);
    }

    /** Notes something among what is done. */
    public synchronized void note(String what, long value) {
        ops.add(new Op.Note(what, value));
    }

    /** The largest (unsigned) of what was noted under {@code what} in the first {@code end} steps; 0 if nothing was. */
    public synchronized long noted(String what, int end) {
        long largest = 0;
        for (Op op : ops.subList(0, end)) {
            if (op instanceof Op.Note note && note.what.equals(what)
                    && Long.compareUnsigned(note.value, largest) > 0) {
                largest = note.value;
            }
        }
        return largest;
    }

    private static boolean isKept(String name) {
        return name.equals("data") || isMark(name) || name.startsWith("log/");
    }

    private static boolean isMark(String name) {
        return name.startsWith("hearth.mark");
    }

    private String name(Path path) {
        return root.relativize(path).toString();
    }

    private static String directoryOf(String name) {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }

    @Override
    public synchronized void before(Event event) {
        began.set(ops.size());
        if (event.type() == Type.RENAME) {
            // Others look for the new name, and may sync it before this call has returned.
            rename(name(event.path()), name(event.to()));
        }
    }

    @Override
    public synchronized void after(Event event) {
        String name = name(event.path());
        switch (event.type()) {
            case MAKE_DIRECTORY -> ops.add(new Op.Directory(directoryOf(name), name));
            case SYNC_DIRECTORY -> ops.add(new Op.SyncNames(name, began.get()));
            case RENAME -> {
            }
            case DELETE -> {
                if (names.remove(name) != null) {
                    ops.add(new Op.Name(directoryOf(name), name, null, null));
                }
            }
            case CREATE -> {
                if (isKept(name)) {
                    Node node = new Node(new byte[0]);
                    names.put(name, node);
                    byInode.put(event.inode(), node);
                    ops.add(new Op.Name(directoryOf(name), name, node, null));
                } else {
                    byInode.remove(event.inode());
                }
            }
            case OPEN -> {
                Node node = names.get(name);
                if (node != null) {
                    byInode.put(event.inode(), node);
                } else if (!isKept(name)) {
                    byInode.remove(event.inode());
                }
            }
            default -> {
                Node node = byInode.get(event.inode());
                if (node != null) {
                    change(node, name, event);
                }
            }
        }
    }

    private void rename(String from, String to) {
        Node node = names.remove(from);
        if (node != null) {
            names.put(to, node);
            ops.add(new Op.Name(directoryOf(to), to, node, from));
        }
    }

    private void change(Node node, String name, Event event) {
        switch (event.type()) {
            case WRITE -> {
                if (event.lengthBytes() > 0) {
                    ops.add(new Op.Write(node, event.offsetBytes(), (int) event.lengthBytes(), copy(event.bytes())));
                }
            }
            case ALLOCATE -> ops.add(new Op.Length(node, event.offsetBytes() + event.lengthBytes(), true));
            case ZERO -> ops.add(new Op.Write(node, event.offsetBytes(), (int) event.lengthBytes(), null));
            case TRUNCATE -> ops.add(new Op.Length(node, event.offsetBytes(), false));
            case SYNC -> {
                int before = began.get();
                if (isMark(name)) {
                    // What was stored through the mapping is seen now.
                    byte[] now = read(root.resolve(name));
                    ops.add(new Op.Write(node, 0, now.length, now));
                    before = ops.size();
                }
                ops.add(new Op.Sync(node, before));
            }
            default -> throw new IllegalStateException(event.toString());
        }
    }

    private static byte[] copy(MemorySegment bytes) {
        return bytes.toArray(ValueLayout.JAVA_BYTE);
    }

    private static byte[] read(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
