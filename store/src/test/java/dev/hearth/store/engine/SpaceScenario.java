package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.VerifyReport;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.mark.SegmentWord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A small store whose space has to be given back all the time, and what of it was acknowledged: per parameter the
 * number of the change that was begun last, and of the one that returned last, in a file that outlives the process.
 */
final class SpaceScenario {
    static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(6 << 20).segmentBytes(256 << 10)
            .pageBytes(16 << 10).maxEntries(2_000);
    static final int PARAMETERS = 48;
    private static final int ACTIVATIONS = 400;
    private static final int LONGEST = 600_000;
    private final MappedByteBuffer acknowledged;

    SpaceScenario(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.CREATE)) {
            acknowledged = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8L * PARAMETERS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The numbers that are in it now, for what is done to the store later. */
    byte[] snapshot() {
        byte[] bytes = new byte[8 * PARAMETERS];
        acknowledged.get(0, bytes);
        return bytes;
    }

    private static NamespaceInfo namespace(WritableAttachment attachment) {
        attachment.writes().define(Fingerprint.of("n"));
        return attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
    }

    /** One value is larger than a segment; some take pages, some less. */
    private static int length(int key, int change) {
        return key == 7 ? LONGEST : 200 + Math.floorMod(key * 7919 + change * 104_729, 60_000);
    }

    private static byte[] value(int key, int change) {
        byte[] bytes = new byte[length(key, change)];
        new Random(31L * key + change).nextBytes(bytes);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 0, change);
        return bytes;
    }

    private static MemorySegment key(int key) {
        return Keys.utf8("p" + key);
    }

    private void put(WritableAttachment attachment, NamespaceInfo namespace, int key) {
        int change = acknowledged.getInt(8 * key) + 1;
        acknowledged.putInt(8 * key, change);
        attachment.writes().put(namespace, key(key), MemorySegment.ofArray(value(key, change)),
                PutOptions.of(Kind.PARAMETER).storage(key % 3 == 0 ? Storage.COMPACT : Storage.IN_PLACE));
        acknowledged.putInt(8 * key + 4, change);
    }

    /** Fills the store: parameters of which half were overwritten, and activations, all of which were used. */
    void fill(WritableAttachment attachment) {
        NamespaceInfo namespace = namespace(attachment);
        for (int key = 0; key < PARAMETERS; key++) {
            put(attachment, namespace, key);
        }
        for (int key = 0; key < PARAMETERS; key += 2) {
            put(attachment, namespace, key);
        }
        put(attachment, namespace, 7);
        for (int key = 0; key < 8; key++) {
            attachment.writes().put(namespace, Keys.utf8("gone" + key), MemorySegment.ofArray(value(key, 0)),
                    PutOptions.of(Kind.PARAMETER));
            assertTrue(attachment.writes().remove(namespace, Keys.utf8("gone" + key)));
        }
        for (int key = 0; key < ACTIVATIONS / 2; key++) {
            activation(attachment, namespace, key);
        }
    }

    private static void activation(WritableAttachment attachment, NamespaceInfo namespace, int key) {
        byte[] value = new byte[20_000];
        new Random(key).nextBytes(value);
        attachment.writes().put(namespace, Keys.utf8("a" + key), MemorySegment.ofArray(value),
                PutOptions.of(Kind.ACTIVATION));
        boolean _ = attachment.view().reads().touch(namespace, Keys.utf8("a" + (key - 3)));
    }

    /** Everything that gives space back. */
    void churn(WritableAttachment attachment, int rounds) {
        NamespaceInfo namespace = namespace(attachment);
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < 12; i++) {
                activation(attachment, namespace, Math.floorMod(round * 12 + i, ACTIVATIONS));
            }
            for (int i = 0; i < 8; i++) {
                put(attachment, namespace, Math.floorMod(round * 5 + i * 11, PARAMETERS));
            }
            attachment.writes().compact(Long.MAX_VALUE, Progress.NONE);
        }
    }

    /** Each parameter is what was acknowledged, or what was being done when the process ended. */
    void check(WritableAttachment attachment, byte[] least, String what) {
        NamespaceInfo namespace = namespace(attachment);
        ByteBuffer done = ByteBuffer.wrap(least);
        for (int key = 0; key < PARAMETERS; key++) {
            int from = done.getInt(8 * key + 4);
            int to = acknowledged.getInt(8 * key);
            if (from == 0) {
                continue;
            }
            byte[] bytes = new byte[LONGEST];
            long count = attachment.view().reads().read(namespace, key(key), 0, MemorySegment.ofArray(bytes));
            assertTrue(count >= 4, what + ": key=" + key + " is gone, done=" + from + " begun=" + to);
            int change = MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_INT_UNALIGNED, 0);
            assertTrue(change >= from && change <= to, what + ": key=" + key + " shows change=" + change + " done="
                    + from + " begun=" + to);
            assertArrayEquals(value(key, change), Arrays.copyOf(bytes, (int) count), what + ": key=" + key);
        }
        for (int key = 0; key < 8; key++) {
            assertTrue(attachment.view().reads().find(namespace, Keys.utf8("gone" + key)).isEmpty(), what + key);
        }
        // Activations whose segment was overwritten while its release was lost are absent, and known to be damaged.
        VerifyReport report = attachment.view().verifier().run(Progress.NONE);
        assertTrue(report.damage().stream().noneMatch(damage -> damage.key().startsWith("p")),
                () -> what + ": " + report.damage());
    }

    void check(WritableAttachment attachment, String what) {
        check(attachment, snapshot(), what);
    }

    /** Free, live and dead space, and what is held, are all there is; no two entries share any. */
    static void checkSpace(Path store, WritableAttachment attachment, String what) {
        attachment.writes().compact(Long.MAX_VALUE, Progress.NONE);
        try (StoreDirectory directory = StoreDirectory.open(store); MarkFile mark = MarkFile.open(directory, true)) {
            SegmentTable table = mark.segments();
            int accounted = 0;
            List<long[]> used = new ArrayList<>();
            for (int segment = 0; segment < table.count(); segment++) {
                SegmentState state = table.state(segment);
                assertTrue(state == SegmentState.FREE || state == SegmentState.OPEN || state == SegmentState.SEALED
                        || state == SegmentState.RUN_MEMBER, what + ": segment=" + segment + " state=" + state);
                int run = SegmentWord.run(table.stateWord(segment));
                accounted += state == SegmentState.FREE ? 1 : state == SegmentState.RUN_MEMBER ? 0 : run;
                if (state == SegmentState.OPEN || state == SegmentState.SEALED) {
                    used.add(new long[]{segment, segment + run});
                }
            }
            assertEquals(table.count(), accounted, what + ": free and used segments");
            TreeMap<Long, Long> extents = new TreeMap<>();
            try (Stream<EntryInfo> entries = attachment.view().reads().entries(null, new CallGate("test"))) {
                entries.forEach(entry -> {
                    long start = entry.location().offsetBytes();
                    extents.put(start, start + entry.storedBytes());
                    assertTrue(used.stream().anyMatch(run -> entry.location().segment() == run[0]
                            && start + entry.storedBytes() <= run[1] * (256 << 10)), what + ": " + entry.location());
                });
            }
            long end = 0;
            for (var extent : extents.entrySet()) {
                assertTrue(extent.getKey() >= end, what + ": two entries at " + extent.getKey());
                end = extent.getValue();
            }
            long live = extents.entrySet().stream().mapToLong(extent -> extent.getValue() - extent.getKey()).sum();
            AtomicLong inTable = new AtomicLong();
            boolean _ = attachment.view().table().forEach(entry -> {
                long bytes = Integer.toUnsignedLong(entry.extentUnits()) * EntryDescriptor.UNIT_BYTES;
                inTable.addAndGet(bytes);
                // An activation may lie in a segment that was written anew, while the log lost that it was released.
                long start = entry.segment() * (256L << 10) + entry.offsetBytes();
                assertTrue(extents.containsKey(start) || entry.kind() == Kind.ACTIVATION, what + ": a parameter");
            });
            assertEquals(attachment.stats().storedBytes(), inTable.get(), what + ": stored bytes");
            assertTrue(live <= inTable.get(), what + ": listed bytes");
            long usedBytes = used.stream().mapToLong(run -> (run[1] - run[0]) * (256 << 10)).sum();
            assertTrue(live + attachment.stats().deadBytes() <= usedBytes, what + ": live and dead in used segments");
        }
    }

    /** Copies a store as it is, but for the index and the counters. */
    static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            // The index is written behind the back of everybody, and made anew if it is lost.
            for (Path path : files.filter(path -> !path.toString().contains("/index")
                    && !path.endsWith(Store.COUNTERS)).toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target, PosixFilePermissions
                            .asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                } else {
                    Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES,
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
