package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.LockBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attachments of one JVM to several stores, and to one store by several ways. */
final class AttachmentsTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(4 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(100);

    @TempDir
    Path temporary;

    @Test
    void storeThatTakesLongToOpen_keepsNoOtherWaiting() throws Exception {
        Path slow = temporary.resolve("slow");
        Hearth.open(slow, SMALL).close();
        CountDownLatch begun = new CountDownLatch(1);
        try (StoreDirectory directory = StoreDirectory.open(slow);
                OfdLocks locks = OfdLocks.openOrCreate(directory, "hearth.lock");
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            assertTrue(locks.tryLock(LockBytes.CREATION), "somebody recovers it");
            Future<?> opening = threads.submit(() -> {
                begun.countDown();
                Hearth.open(slow, SMALL.lockTimeoutMs(60_000)).close();
            });
            begun.await();
            for (int i = 0; i < 20; i++) {
                Hearth.open(temporary.resolve("quick"), SMALL).close();
            }
            assertTrue(!opening.isDone(), "the slow one still waits");
            locks.unlock(LockBytes.CREATION);
            opening.get();
        }
    }

    @Test
    void oneStore_openedThroughTwoPathsAtOnce_isOneAttachment() throws Exception {
        Files.createDirectory(temporary.resolve("real"));
        Files.createSymbolicLink(temporary.resolve("link"), temporary.resolve("real"));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 10; round++) {
                List<Path> paths = List.of(temporary.resolve("real").resolve("s" + round),
                        temporary.resolve("link").resolve("s" + round));
                List<Future<Hearth>> opened = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Path path = paths.get(i % 2);
                    opened.add(threads.submit(() -> Hearth.open(path, SMALL)));
                }
                List<Hearth> all = new ArrayList<>();
                for (Future<Hearth> one : opened) {
                    all.add(one.get());
                }
                assertEquals(1, all.getFirst().processes().stream().filter(process -> process.alive()).count());
                all.forEach(Hearth::close);
            }
        }
    }

    @Test
    void otherOptions_whileAttached_areRefusedAndHarmNobody() {
        Path path = temporary.resolve("store");
        try (Hearth first = Hearth.open(path, SMALL)) {
            assertThrows(IllegalArgumentException.class, () -> Hearth.open(path, SMALL.lockTimeoutMs(77)));
            try (Hearth second = Hearth.open(path, SMALL)) {
                assertEquals(first.stats().version(), second.stats().version());
            }
            assertEquals(1, first.processes().size());
        }
        Hearth.open(path, SMALL.lockTimeoutMs(77)).close();
    }

    @Test
    void openings_thatFail_leaveNothingInTheWay() throws IOException, ExecutionException, InterruptedException {
        Path path = temporary.resolve("none");
        for (int i = 0; i < 3; i++) {
            assertThrows(HearthException.Refused.class,
                    () -> Hearth.open(path, SMALL.access(HearthOptions.Access.ATTACH)));
        }
        Hearth.open(path, SMALL).close();
    }
}
