package dev.hearth.store.index;

import static dev.hearth.store.index.IndexFixture.entry;
import static dev.hearth.store.index.IndexFixture.hi;
import static dev.hearth.store.index.IndexFixture.settings;
import static dev.hearth.store.testing.ForkedJvm.say;

import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import net.openhft.chronicle.map.ChronicleMap;

/** What tests run in a JVM of its own: {@code COMMAND DIRECTORY}. Knows nothing of JUnit. */
final class IndexProgram {
    private static final int ENTRIES = 5000;

    private IndexProgram() {}

    public static void main(String[] args) throws Exception {
        try (StoreDirectory files = StoreDirectory.create(Path.of(args[1]))) {
            switch (args[0]) {
                case "lifecycle" -> lifecycle(files);
                case "changeForever" -> changeForever(files);
                case "lock" -> lock(files, args[2]);
                case "truncated" -> truncated(files, Long.parseLong(args[2]));
                case "interrupted" -> interrupted(files);
                case "coldOpen" -> coldOpen(files);
                default -> throw new IllegalArgumentException(args[0]);
            }
        }
    }

    /** Everything once, and what is left of it afterwards. */
    private static void lifecycle(StoreDirectory files) {
        Map<Object, Object> properties = new TreeMap<>(System.getProperties());
        Map<Thread, StackTraceElement[]> threads = Thread.getAllStackTraces();
        IndexFixture.publish(files, 1, ENTRIES, ENTRIES);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(ENTRIES))) {
            index.put(entry(1, 2));
            index.remove(hi(2), 2, 2);
            say("scan " + index.scan(entry -> {}));
        }
        Thread.getAllStackTraces().keySet().stream().filter(thread -> !threads.containsKey(thread))
                .filter(thread -> !thread.getThreadGroup().getName().equals("system"))
                .forEach(thread -> say("thread " + thread.getName()));
        System.getProperties().forEach((name, value) -> {
            if (!value.equals(properties.get(name))) {
                say("property " + name + "=" + value);
            }
        });
        say("done");
    }

    /** Applies chunk after chunk until it is killed. */
    private static void changeForever(StoreDirectory files) {
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(ENTRIES))) {
            long version = index.indexedVersion();
            say("indexed " + version);
            while (true) {
                applyChunk(index, version + 1);
                version += 100;
                index.indexed(version);
            }
        }
    }

    /** Waits, with a segment locked as Chronicle locks it, until it is killed. */
    private static void lock(StoreDirectory files, String kind) throws Exception {
        PersistentIndex index = PersistentIndexes.open(files, 1, settings(ENTRIES));
        index.prepare();
        ChronicleMap<byte[], byte[]> map = chronicle(index);
        try (var context = map.queryContext(new byte[IndexGeometry.KEY_BYTES])) {
            switch (kind) {
                case "read" -> context.readLock().lock();
                case "update" -> context.updateLock().lock();
                default -> context.writeLock().lock();
            }
            say("locked");
            System.in.read();
        }
    }

    @SuppressWarnings("unchecked")
    private static ChronicleMap<byte[], byte[]> chronicle(PersistentIndex index) throws ReflectiveOperationException {
        Field entries = ChronicleIndex.class.getDeclaredField("entries");
        entries.setAccessible(true);
        Field map = ChronicleEntries.class.getDeclaredField("map");
        map.setAccessible(true);
        return (ChronicleMap<byte[], byte[]>) map.get(entries.get(index));
    }

    /** The changes of 100 versions, always the same for the same versions. */
    static void applyChunk(PersistentIndex index, long firstVersion) {
        List<PersistentIndex.Change> changes = new ArrayList<>();
        for (long version = firstVersion; version < firstVersion + 100; version++) {
            long number = Math.floorMod(version * 0x9E3779B97F4A7C15L, ENTRIES);
            changes.add(version % 5 == 0
                    ? new PersistentIndex.Change(hi(number), number, version, null)
                    : PersistentIndex.Change.to(entry(number, version)));
        }
        index.change(changes);
    }

    /** The file is cut to {@code sizeBytes} under a JIT-compiled loop of changes. */
    private static void truncated(StoreDirectory files, long sizeBytes) throws Exception {
        IndexFixture.publish(files, 1, ENTRIES, ENTRIES);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(ENTRIES));
                PersistentIndex built = PersistentIndexes.create(files, 2, settings(ENTRIES))) {
            built.put(entry(0, 1));
            AtomicLong rounds = new AtomicLong();
            Thread cutter = Thread.ofPlatform().start(() -> {
                while (rounds.get() < 15_000) {
                    Thread.onSpinWait();
                }
                cut(files.directory().resolve("index.1.cm"), sizeBytes);
            });
            say("published " + reasonOfEnd(index, rounds));
            cutter.join();
            for (long number = 0; number < 15_000; number++) {
                built.put(entry(number % ENTRIES, number));
            }
            cut(files.directory().resolve("index.2.cm.building"), sizeBytes);
            say("building " + reasonOfEnd(built, rounds));
        }
        say("closed");
    }

    private static void cut(Path path, long sizeBytes) {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(sizeBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String reasonOfEnd(PersistentIndex index, AtomicLong rounds) {
        long number = 0;
        while (true) {
            try {
                index.put(entry(number % ENTRIES, rounds.incrementAndGet()));
                number += 7;
            } catch (IndexUnusable e) {
                return e.reason().name();
            }
        }
    }

    /** A thread that is interrupted all the time builds, publishes, opens and changes; another uses the index. */
    private static void interrupted(StoreDirectory files) throws Exception {
        Thread victim = Thread.ofPlatform().name("victim").start(() -> {
            for (int generation = 1; generation <= 5; generation++) {
                Thread.currentThread().interrupt();
                IndexFixture.publish(files, generation, ENTRIES, 100);
                try (PersistentIndex index = PersistentIndexes.open(files, generation, settings(ENTRIES))) {
                    index.put(entry(3, generation));
                    index.sync();
                }
            }
            say("interrupted " + Thread.interrupted());
        });
        while (victim.isAlive()) {
            victim.interrupt();
            Thread.onSpinWait();
        }
        for (long generation : PersistentIndexes.generations(files)) {
            try (PersistentIndex index = PersistentIndexes.open(files, generation, settings(ENTRIES))) {
                say("scan " + index.scan(entry -> {}) + " " + entry(3, generation).equals(index.get(hi(3), 3)));
            }
        }
    }

    private static void coldOpen(StoreDirectory files) {
        long startNs = System.nanoTime();
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(ENTRIES))) {
            say("openUs " + (System.nanoTime() - startNs) / 1000);
            index.prepare();
            say("prepareUs " + (System.nanoTime() - startNs) / 1000);
            index.put(entry(1, 1L << 40));
            say("firstPutUs " + (System.nanoTime() - startNs) / 1000);
        }
    }
}
