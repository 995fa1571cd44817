package dev.hearth.store.testing;

import dev.hearth.store.testing.FileRecorder.Node;
import dev.hearth.store.testing.FileRecorder.Op;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files of a store as a power cut could have left them: what was synced is there; of the rest each write is there,
 * lost, or torn at a byte or between sectors, whatever came before or after it; of the changes to the names of a
 * directory the first few are there, as a journal keeps their order. One thread.
 */
public final class PowerCut {
    private static final int SECTOR = 512;
    private final List<Op> ops;
    private final int end;
    private final Random random;
    private final Map<Node, Integer> syncedBelow = new HashMap<>();
    private final Map<String, Integer> namesSyncedBelow = new HashMap<>();
    private final Map<Node, byte[]> contents = new HashMap<>();
    private final Map<Node, Double> chances = new HashMap<>();
    private final Losses losses;

    private PowerCut(FileRecorder recorder, int end, Random random, Losses losses) {
        this.ops = recorder.ops().subList(0, end);
        this.end = end;
        this.random = random;
        this.losses = losses;
    }

    /**
     * How much of what was not synced is left.
     *
     * @param kept    the part of the writes that are there
     * @param torn    the part of these that are torn
     * @param perFile whether some files have all, or none, or half of theirs instead
     */
    private record Losses(double kept, double torn, boolean perFile) {
        static Losses any(Random random) {
            double[] all = {0, 0.1, 0.5, 0.9, 1};
            return new Losses(all[random.nextInt(all.length)], random.nextBoolean() ? 0 : 0.3, random.nextBoolean());
        }
    }

    /** Writes into {@code target} what a cut behind the first {@code end} steps could have left. */
    public static void write(FileRecorder recorder, int end, long seed, Path target) throws IOException {
        Random random = new Random(seed);
        new PowerCut(recorder, end, random, Losses.any(random)).write(recorder, target);
    }

    /** The same, when of everything that was not synced only what was written to one file is there. */
    public static void writeOnly(FileRecorder recorder, String file, Path target) throws IOException {
        PowerCut cut = new PowerCut(recorder, recorder.size(), new Random(1), new Losses(0, 0, false));
        Node only = recorder.node(file);
        cut.chances.put(only, 1.0);
        cut.write(recorder, target);
    }

    private void write(FileRecorder recorder, Path target) throws IOException {
        for (Op op : ops) {
            if (op instanceof Op.Sync sync) {
                syncedBelow.merge(sync.node(), sync.began(), Math::max);
            } else if (op instanceof Op.SyncNames sync) {
                namesSyncedBelow.merge(sync.directory(), sync.began(), Math::max);
            }
        }
        Set<String> directories = new TreeSet<>(recorder.baseDirectories());
        directories.add("");
        Map<String, Node> names = names(recorder, directories);
        for (String directory : directories) {
            Files.createDirectories(target.resolve(directory),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        for (int i = 0; i < end; i++) {
            apply(ops.get(i), i);
        }
        for (Map.Entry<String, Node> file : names.entrySet()) {
            if (directories.contains(parent(file.getKey()))) {
                save(target.resolve(file.getKey()), content(file.getValue()));
            }
        }
    }

    private static String parent(String name) {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }

    /** The names that are left; adds the directories that are. */
    private Map<String, Node> names(FileRecorder recorder, Set<String> directories) {
        Map<String, Node> names = new TreeMap<>(recorder.base());
        Map<String, Integer> left = new HashMap<>();
        Map<String, Integer> pending = new HashMap<>();
        for (int i = 0; i < end; i++) {
            String directory = directoryOf(ops.get(i));
            if (directory != null && i >= namesSyncedBelow.getOrDefault(directory, 0)) {
                pending.merge(directory, 1, Integer::sum);
            }
        }
        pending.forEach((directory, count) -> left.put(directory,
                random.nextInt(3) == 0 ? 0 : random.nextInt(2) == 0 ? count : random.nextInt(count + 1)));
        for (int i = 0; i < end; i++) {
            Op op = ops.get(i);
            String directory = directoryOf(op);
            if (directory == null) {
                continue;
            }
            boolean durable = i < namesSyncedBelow.getOrDefault(directory, 0);
            if (!durable && left.merge(directory, -1, Integer::sum) < 0) {
                continue;
            }
            switch (op) {
                case Op.Directory made -> directories.add(made.name());
                case Op.Name name -> {
                    if (name.from() != null) {
                        names.remove(name.from());
                    }
                    if (name.node() == null) {
                        names.remove(name.name());
                    } else {
                        names.put(name.name(), name.node());
                    }
                }
                default -> {
                }
            }
        }
        return names;
    }

    private static @Nullable String directoryOf(Op op) {
        return switch (op) {
            case Op.Directory made -> made.directory();
            case Op.Name name -> name.directory();
            default -> null;
        };
    }

    private byte[] content(Node node) {
        return contents.computeIfAbsent(node, key -> key.durable.clone());
    }

    private void apply(Op op, int index) {
        Node node = op instanceof Op.Write write ? write.node() : op instanceof Op.Length length ? length.node() : null;
        if (node == null) {
            return;
        }
        boolean durable = index < syncedBelow.getOrDefault(node, 0);
        if (!durable && random.nextDouble() >= chanceOf(node)) {
            return;
        }
        switch (op) {
            case Op.Length length -> {
                byte[] content = content(node);
                if (!length.least() || content.length < length.bytes()) {
                    contents.put(node, Arrays.copyOf(content, (int) length.bytes()));
                }
            }
            case Op.Write write -> {
                boolean torn = !durable && random.nextDouble() < losses.torn;
                put(node, write, torn);
            }
            default -> throw new IllegalStateException(op.toString());
        }
    }

    /** The same for all writes, or of each file another. */
    private double chanceOf(Node node) {
        double[] all = {0, 0.5, 1};
        return chances.computeIfAbsent(node,
                key -> losses.perFile ? all[random.nextInt(all.length)] : losses.kept);
    }

    private void put(Node node, Op.Write write, boolean torn) {
        byte[] content = content(node);
        long end = write.offset() + write.length();
        if (content.length < end) {
            content = Arrays.copyOf(content, (int) end);
            contents.put(node, content);
        }
        byte[] bytes = write.bytes();
        if (bytes == null) {
            bytes = new byte[write.length()];
        }
        if (!torn) {
            System.arraycopy(bytes, 0, content, (int) write.offset(), bytes.length);
        } else if (random.nextBoolean()) {
            System.arraycopy(bytes, 0, content, (int) write.offset(), random.nextInt(bytes.length + 1));
        } else {
            long at = write.offset();
            while (at < end) {
                long next = Math.min(end, at + SECTOR & -SECTOR);
                if (random.nextBoolean()) {
                    System.arraycopy(bytes, (int) (at - write.offset()), content, (int) at, (int) (next - at));
                }
                at = next;
            }
        }
    }

    private static void save(Path path, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(path,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            int block = 64 << 10;
            byte[] zeros = new byte[block];
            for (int at = 0; at < content.length; at += block) {
                int length = Math.min(block, content.length - at);
                if (!Arrays.equals(content, at, at + length, zeros, 0, length)) {
                    ByteBuffer piece = ByteBuffer.wrap(content, at, length);
                    for (int done = 0; done < length;) {
                        done += channel.write(piece, at + done);
                    }
                }
            }
        }
        // Where nothing was written there are no blocks.
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(content.length);
        }
    }
}
