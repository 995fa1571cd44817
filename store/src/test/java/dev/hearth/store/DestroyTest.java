package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Removing stores, whole or not at all; and what those see who read or open one while it is replaced or goes. */
class DestroyTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(1_000).frameBytes(1 << 20);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private static byte[] value(int number) {
        byte[] bytes = new byte[20_000 + number];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private void fill(int count) {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(NAMESPACE);
            for (int i = 0; i < count; i++) {
                namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED,
                        Kind.ACTIVATION);
            }
        }
    }

    /** Those of this store: others may be made and go meanwhile. */
    private Set<Path> frames() throws IOException {
        long inode = (long) Files.getAttribute(store().resolve("hearth.mark"), "unix:ino");
        try (Stream<Path> all = Files.list(Path.of("/dev/shm"))) {
            return all.filter(path -> path.getFileName().toString().matches("hearth-[0-9a-f]+-%x-.*".formatted(inode)))
                    .collect(Collectors.toCollection(HashSet::new));
        }
    }

    @Test
    void store_destroyed_leavesNothing() throws IOException {
        fill(3);
        Hearth.destroy(store());
        assertFalse(Files.exists(store()));
        assertThrows(HearthException.Refused.class, () -> Hearth.destroy(store()));
        fill(2);
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            assertEquals(2, hearth.stats().entries(), "a new one can take its place");
        }
    }

    @Test
    void attachedStore_isBusyAndKeepsAll() {
        fill(3);
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            HearthException.Busy busy = assertThrows(HearthException.Busy.class, () -> Hearth.destroy(store()));
            assertTrue(String.valueOf(busy.getMessage()).contains("pid " + ProcessHandle.current().pid()),
                    busy::toString);
            assertEquals(3, hearth.stats().entries());
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
        Hearth.destroy(store());
    }

    @Test
    void directoryWithOtherFiles_isRefusedBeforeAnythingIsRemoved() throws IOException {
        fill(3);
        Files.writeString(store().resolve("thesis.txt"), "precious");
        assertThrows(HearthException.Refused.class, () -> Hearth.destroy(store()));
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            assertEquals(3, hearth.stats().entries());
        }
        Files.delete(store().resolve("thesis.txt"));
        assertThrows(HearthException.Refused.class, () -> Hearth.destroy(temporary));
        assertTrue(Files.exists(store()));
    }

    @Test
    @Tag("system")
    void storeOfAKilledProcess_destroyed_leavesNoFramesInMemory() throws IOException {
        fill(3);
        Set<Path> before = frames();
        try (ForkedJvm jvm = ForkedJvm.of(Reader.class).args(store().toString()).start()) {
            jvm.awaitLine("read");
            Set<Path> made = frames();
            made.removeAll(before);
            assertEquals(1, made.size(), () -> "frames: " + made);
            assertFalse(Hearth.abandonedFrames().containsAll(made), "they are in use");
            HearthException.Busy busy = assertThrows(HearthException.Busy.class, () -> Hearth.destroy(store()));
            assertTrue(String.valueOf(busy.getMessage()).contains("pid " + jvm.pid()), busy::toString);
            jvm.kill();
            assertTrue(Hearth.abandonedFrames().containsAll(made), "nobody uses them any more");
            Hearth.destroy(store());
            made.forEach(path -> assertFalse(Files.exists(path), path.toString()));
        }
    }

    /** Reads an encoded value through the frames and waits to be killed. */
    static final class Reader {
        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                byte[] read = new byte[20_000];
                long count = hearth.namespace(NAMESPACE).read(Keys.utf8("k0"), 0, MemorySegment.ofArray(read));
                ForkedJvm.say(count == 20_000 ? "read" : "absent");
                int unused = System.in.read();
                ForkedJvm.say("end " + unused);
            }
        }
    }

    @Test
    void destroyThatWasKilled_isRefusedByOpenAndCanBeDoneAgain() throws IOException {
        fill(3);
        Files.delete(store().resolve("hearth.mark"));
        Files.delete(store().resolve("table"));
        Files.delete(store().resolve("data"));
        assertThrows(HearthException.class, () -> Hearth.open(store(), SMALL));
        Hearth.destroy(store());
        assertFalse(Files.exists(store()));
    }

    @Test
    void readOnlyAttachment_storeRecoveredBeneathIt_seesThePresent() throws IOException {
        fill(3);
        try (Hearth reader = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
            Namespace namespace = reader.findNamespace("n", null).orElseThrow();
            assertEquals(3, reader.stats().entries());
            Files.delete(store().resolve("hearth.mark"));
            fill(5);
            assertEquals(5, reader.stats().entries());
            byte[] read = new byte[20_004];
            assertEquals(20_004, namespace.read(Keys.utf8("k4"), 0, MemorySegment.ofArray(read)));
            assertArrayEquals(value(4), read);
            Hearth.destroy(store());
            assertThrows(HearthException.Refused.class, reader::stats);
            fill(1);
            assertThrows(HearthException.Closed.class, reader::stats, "another store is another store");
        }
    }

    @Test
    void storeThatIsOpenedAndDestroyedAtOnce_isThereOrNotAndNothingElse() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread destroyer = new Thread(() -> {
            for (int i = 0; i < 40; i++) {
                try {
                    Hearth.destroy(store());
                } catch (HearthException.Refused | HearthException.Busy e) {
                    // Not there, or in use.
                } catch (RuntimeException e) {
                    failure.set(e);
                }
            }
        });
        destroyer.start();
        int opened = 0;
        for (int i = 0; i < 1_000 && destroyer.isAlive(); i++) {
            try (Hearth hearth = Hearth.open(store(), i % 2 == 0 ? SMALL : SMALL.access(HearthOptions.Access.ATTACH))) {
                assertEquals(0, hearth.stats().entries());
                opened++;
            } catch (HearthException.Refused e) {
                // There is none.
            }
        }
        destroyer.join();
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        assertTrue(opened > 0);
    }

    @Test
    void segments_ofAStore_sayWhatIsInThem() {
        fill(40);
        for (HearthOptions.Access access : List.of(HearthOptions.Access.ATTACH, HearthOptions.Access.READ_ONLY)) {
            try (Hearth hearth = Hearth.open(store(), SMALL.access(access))) {
                List<SegmentInfo> segments = hearth.segments();
                assertEquals(32, segments.stream().mapToInt(SegmentInfo::run).sum());
                assertEquals(40, segments.stream().mapToLong(SegmentInfo::entries).sum());
                assertEquals(hearth.stats().storedBytes(),
                        segments.stream().mapToLong(SegmentInfo::storedBytes).sum());
                assertEquals(hearth.stats().freeSegments(),
                        segments.stream().filter(segment -> segment.state().equals("free")).count());
                long used = segments.stream().mapToLong(SegmentInfo::usedEntries).sum();
                assertEquals(access == HearthOptions.Access.ATTACH ? 0 : 2, used);
                if (access == HearthOptions.Access.ATTACH) {
                    Namespace namespace = hearth.namespace(NAMESPACE);
                    assertTrue(namespace.touch(Keys.utf8("k1")) && namespace.touch(Keys.utf8("k30")));
                    assertEquals(2, hearth.segments().stream().mapToLong(SegmentInfo::usedEntries).sum());
                }
            }
        }
    }
}
