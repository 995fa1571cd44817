package dev.hearth.store.testing;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A directory in memory that behaves like one on disk: an open file outlives its name, and what was not synced is
 * lost in a power cut.
 *
 * <p>
 * Every change (create, write, allocate, punch, truncate, sync, rename, delete, sync of the directory) is a step with
 * a number from 0. A step can be told to fail, and an observer sees the directory before each. One thread at a time.
 */
public final class MemoryFiles implements StoreFiles {
    private static final Path DIRECTORY = Path.of("/memory");

    private final TreeMap<String, MemoryNode> names = new TreeMap<>();
    private final TreeMap<String, MemoryNode> durableNames = new TreeMap<>();
    private IntConsumer beforeStep = step -> {
    };
    private int failAt = -1;
    private long limitBytes = Long.MAX_VALUE;
    private int steps;
    private int writes;
    private int syncs;

    /** Changes so far. */
    public int steps() {
        return steps;
    }

    /** Writes so far, without allocations. */
    public int writes() {
        return writes;
    }

    /** Syncs of files so far. */
    public int syncs() {
        return syncs;
    }

    /** Makes step {@code step} fail with {@code Full}: a write after its first half, others before all; -1: none. */
    public void failAtStep(int step) {
        failAt = step;
    }

    /** Lets all files together grow to {@code bytes} and no further. */
    public void limitBytes(long bytes) {
        limitBytes = bytes;
    }

    /** Length of all files. */
    public long totalBytes() {
        return names.values().stream().mapToLong(MemoryNode::sizeBytes).sum();
    }

    void checkGrowth(long bytes) {
        if (bytes > 0 && limitBytes - totalBytes() < bytes) {
            throw new HearthException.Full("limitBytes=" + limitBytes);
        }
    }

    /** Calls {@code observer} with the number of each step before it is done. */
    public void beforeEachStep(IntConsumer observer) {
        beforeStep = observer;
    }

    /** The directory as it is for other processes: what a killed process leaves behind. */
    public MemoryFiles copy() {
        MemoryFiles copy = new MemoryFiles();
        names.forEach((name, node) -> copy.names.put(name, node.copy()));
        copy.durableNames.putAll(copy.names);
        return copy;
    }

    /** What is left after a power cut: what was synced, and of the rest what {@code random} lets through. */
    public MemoryFiles afterPowerCut(Random random) {
        MemoryFiles copy = new MemoryFiles();
        // Either all directory changes since the last sync were lost or none: file systems keep their order.
        Map<String, MemoryNode> survivors = random.nextBoolean() ? names : durableNames;
        survivors.forEach((name, node) -> copy.names.put(name, node.afterPowerCut(random)));
        copy.durableNames.putAll(copy.names);
        return copy;
    }

    /** The bytes of a file. */
    public byte[] bytes(String name) {
        return node(name).bytes();
    }

    /** Replaces the bytes of a file, or makes one; no step. */
    public void setBytes(String name, byte[] bytes) {
        MemoryNode node = new MemoryNode();
        node.set(bytes);
        names.put(name, node);
        durableNames.put(name, node);
    }

    void step() {
        int step = steps++;
        beforeStep.accept(step);
        if (step == failAt) {
            throw new HearthException.Full("step=" + step + " was told to fail");
        }
    }

    void countWrite() {
        writes++;
    }

    void countSync() {
        syncs++;
    }

    private MemoryNode node(String name) {
        MemoryNode node = names.get(name);
        if (node == null) {
            throw new HearthException.Io(DIRECTORY.resolve(name), "open", 2, "no such file");
        }
        return node;
    }

    @Override
    public Path directory() {
        return DIRECTORY;
    }

    @Override
    public List<String> list() {
        return new ArrayList<>(names.keySet());
    }

    @Override
    public boolean exists(String name) {
        return names.containsKey(name);
    }

    @Override
    public StoreFile open(String name, boolean readOnly) {
        return new MemoryFile(this, DIRECTORY.resolve(name), node(name), readOnly);
    }

    @Override
    public StoreFile create(String name) {
        step();
        MemoryNode node = new MemoryNode();
        @Nullable
        MemoryNode there = names.putIfAbsent(name, node);
        if (there != null) {
            throw new HearthException.Io(DIRECTORY.resolve(name), "create", 17, "file exists");
        }
        return new MemoryFile(this, DIRECTORY.resolve(name), node, false);
    }

    @Override
    public void rename(String from, String to) {
        step();
        MemoryNode node = node(from);
        names.remove(from);
        names.put(to, node);
    }

    @Override
    public void delete(String name) {
        if (names.containsKey(name)) {
            step();
            names.remove(name);
        }
    }

    @Override
    public void syncDirectory() {
        step();
        durableNames.clear();
        durableNames.putAll(names);
    }
}
