package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Durability;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.segment.DataFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who syncs what and when, and what becomes of a sync that fails. */
class DurabilityTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(16 << 20)
            .segmentBytes(256 << 10).pageBytes(4 << 10).maxEntries(4_000);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");

    @TempDir
    Path temporary;

    private final Calls calls = new Calls();

    /** Notes what is done to data and log, and fails where it is told to. */
    private static final class Calls implements FileEvents {
        private final List<String> done = new ArrayList<>();
        private volatile String failing = "";

        @Override
        public void before(Event event) {
            if (event.type() == Type.SYNC && !failing.isEmpty() && event.path().toString().endsWith(failing)) {
                throw new HearthException.Io(event.path(), "fdatasync", 5, "told to fail");
            }
        }

        @Override
        public synchronized void after(Event event) {
            String name = String.valueOf(event.path().getFileName());
            if (name.equals(DataFile.NAME) || name.endsWith(".log")) {
                done.add(event.type() + " " + name);
            }
        }

        synchronized List<String> take() {
            List<String> taken = List.copyOf(done);
            done.clear();
            return taken;
        }
    }

    private WritableAttachment attach(Durability durability) {
        return attach(durability, 3_600_000, calls);
    }

    private WritableAttachment attach(Durability durability, long intervalMs, FileEvents files) {
        return WritableAttachment.open(temporary.resolve("store"),
                SMALL.durability(durability).syncIntervalMs(intervalMs),
                new Environment(Host.current(), System::currentTimeMillis, files));
    }

    /** Behind the first sync of an interval, which is due at once. */
    private NamespaceInfo settled(WritableAttachment attachment, Durability durability) {
        NamespaceInfo namespace = namespace(attachment);
        await("the first sync", () -> durability != Durability.INTERVAL || word(MarkWord.INTERVAL_DONE) != 0);
        return namespace;
    }

    private static NamespaceInfo namespace(WritableAttachment attachment) {
        attachment.writes().define(NAMESPACE);
        return attachment.view().namespace(NAMESPACE).orElseThrow();
    }

    private static long put(WritableAttachment attachment, NamespaceInfo namespace, String key, int length) {
        return attachment.writes().put(namespace, Keys.utf8(key), MemorySegment.ofArray(new byte[length]),
                PutOptions.of(Kind.PARAMETER));
    }

    private long word(MarkWord word) {
        try (StoreDirectory directory = StoreDirectory.open(temporary.resolve("store"));
                MarkFile mark = MarkFile.open(directory, true)) {
            return mark.words().get(word);
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + 240_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNs, "waited too long for " + what);
            Thread.onSpinWait();
        }
    }

    @Test
    void put_commit_syncsDataThenAppendsThenSyncsTheLog() {
        try (WritableAttachment attachment = attach(Durability.COMMIT)) {
            NamespaceInfo namespace = namespace(attachment);
            put(attachment, namespace, "a", 100);
            calls.take();
            long version = put(attachment, namespace, "b", 100);
            // The directory line is written when the record is applied, and again after a power cut if it is lost.
            assertEquals(List.of("WRITE data", "SYNC data", "WRITE 0001.log", "WRITE data", "SYNC 0001.log"),
                    calls.take());
            assertEquals(version, word(MarkWord.LAST_SYNCED));
            attachment.writes().remove(namespace, Keys.utf8("a"));
            assertEquals(List.of("WRITE 0001.log", "SYNC 0001.log"), calls.take());
            attachment.writes().remove(namespace, Keys.utf8("a"));
            assertEquals(List.of(), calls.take(), "what changes nothing needs no sync when all is durable");
        }
    }

    @Test
    void putIfAbsent_commit_syncsLikeAPut() {
        try (WritableAttachment attachment = attach(Durability.COMMIT)) {
            NamespaceInfo namespace = namespace(attachment);
            put(attachment, namespace, "a", 100);
            calls.take();
            long version = attachment.writes().putIfAbsent(namespace, Keys.utf8("b"),
                    MemorySegment.ofArray(new byte[100]), PutOptions.of(Kind.PARAMETER)).orElseThrow();
            assertEquals(List.of("WRITE data", "SYNC data", "WRITE 0001.log", "WRITE data", "SYNC 0001.log"),
                    calls.take());
            assertEquals(version, word(MarkWord.LAST_SYNCED));
        }
    }

    @Test
    void removeGroup_commit_isWaitedFor() {
        Intent.Remove manifest = new Intent.Remove(1, 2, 3, new byte[1], 4);
        assertTrue(Committer.isAcknowledged(new Intent.RemoveGroup(manifest, 5, List.of())));
    }

    @ParameterizedTest
    @EnumSource(names = {"PROCESS", "INTERVAL"})
    void put_otherDurabilities_syncNothing(Durability durability) {
        try (WritableAttachment attachment = attach(durability)) {
            NamespaceInfo namespace = settled(attachment, durability);
            calls.take();
            put(attachment, namespace, "a", 100);
            assertTrue(calls.take().stream().noneMatch(call -> call.startsWith("SYNC")), "a sync");
        }
    }

    @ParameterizedTest
    @EnumSource
    void sync_everyDurability_makesAllDurableAndAgainDoesNothing(Durability durability) {
        try (WritableAttachment attachment = attach(durability)) {
            NamespaceInfo namespace = settled(attachment, durability);
            long version = put(attachment, namespace, "a", 100);
            attachment.sync();
            assertTrue(Long.compareUnsigned(word(MarkWord.LAST_SYNCED), version) >= 0, "durable");
            calls.take();
            attachment.sync();
            assertEquals(List.of(), calls.take());
        }
    }

    @Test
    void put_commitByManyThreads_sharesSyncs() throws Exception {
        int threads = 8;
        int puts = 40;
        try (WritableAttachment attachment = attach(Durability.COMMIT);
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            NamespaceInfo namespace = namespace(attachment);
            long before = attachment.stats().counter("logSyncs");
            List<Callable<Long>> tasks = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int number = thread;
                tasks.add(() -> {
                    long last = 0;
                    for (int i = 0; i < puts; i++) {
                        last = put(attachment, namespace, "k" + number + " " + i, 100);
                        assertTrue(Long.compareUnsigned(word(MarkWord.LAST_SYNCED), last) >= 0, "acknowledged");
                    }
                    return last;
                });
            }
            for (Future<Long> each : pool.invokeAll(tasks)) {
                assertNotNull(each.get());
            }
            long syncs = attachment.stats().counter("logSyncs") - before;
            // How much is shared is a matter of how long a sync takes, none where it takes nothing; SharedSyncTest says
            // that it is shared.
            assertTrue(syncs > 0 && syncs <= (long) threads * puts, "syncs=" + syncs + " puts=" + threads * puts);
            assertTrue(attachment.stats().counter("logSyncMicros") > 0);
        }
    }

    /** The first leads a group of its own, the second one in which the third is: both give up in front of the lock. */
    @Test
    void put_commitWhoLeadsGivesUp_theOthersOfItsGroupDoTheirOwn() throws Exception {
        HearthOptions options = SMALL.durability(Durability.COMMIT).lockTimeoutMs(4_000);
        try (ExecutorService threads = Executors.newCachedThreadPool();
                WritableAttachment attachment = WritableAttachment.open(temporary.resolve("store"), options,
                        new Environment(Host.current(), System::currentTimeMillis, calls))) {
            NamespaceInfo namespace = namespace(attachment);
            CountDownLatch held = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            Future<?> holder = threads.submit(() -> attachment.writes().exclusively(() -> {
                held.countDown();
                awaitUninterruptibly(release);
            }));
            List<Future<Long>> puts = new ArrayList<>();
            try {
                assertTrue(held.await(300, TimeUnit.SECONDS));
                for (String key : List.of("a", "b", "c")) {
                    puts.add(threads.submit(() -> put(attachment, namespace, key, 100)));
                }
                await("two who give up", () -> puts.stream().filter(Future::isDone).count() == 2);
            } finally {
                release.countDown();
            }
            holder.get(300, TimeUnit.SECONDS);
            List<Long> versions = new ArrayList<>();
            for (Future<Long> put : puts) {
                try {
                    versions.add(put.get(300, TimeUnit.SECONDS));
                } catch (ExecutionException e) {
                    assertInstanceOf(HearthException.Busy.class, e.getCause());
                }
            }
            assertEquals(1, versions.size());
            assertTrue(word(MarkWord.LAST_SYNCED) >= versions.getFirst());
            assertEquals(1, attachment.view().table().totals().entries());
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(300, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void interval_puts_areDurableSoonAndAnIdleStoreIsLeftAlone() {
        try (WritableAttachment attachment = attach(Durability.INTERVAL, 20, calls)) {
            NamespaceInfo namespace = namespace(attachment);
            for (int i = 0; i < 20; i++) {
                long version = put(attachment, namespace, "k" + i, 100);
                await("the sync", () -> Long.compareUnsigned(word(MarkWord.LAST_SYNCED), version) >= 0);
            }
            await("the last one", () -> word(MarkWord.LAST_SYNCED) == word(MarkWord.LAST_APPLIED));
            long last = word(MarkWord.LAST_APPLIED);
            long deadlineNs = System.nanoTime() + 300_000_000L;
            while (System.nanoTime() < deadlineNs) {
                assertEquals(last, word(MarkWord.LAST_APPLIED), "a mark behind a mark");
            }
        }
    }

    @Test
    void interval_whoBeganDoesNotGoOn_isDoneByAnotherOne() {
        try (WritableAttachment stopped = attach(Durability.INTERVAL);
                WritableAttachment other = attach(Durability.INTERVAL, 50, FileEvents.NONE)) {
            long version = put(stopped, namespace(stopped), "a", 100);
            await("the sync", () -> Long.compareUnsigned(word(MarkWord.LAST_SYNCED), version) >= 0);
            // As if its owner had been stopped right behind its beginning.
            try (StoreDirectory directory = StoreDirectory.open(temporary.resolve("store"));
                    MarkFile mark = MarkFile.open(directory, false)) {
                mark.words().set(MarkWord.INTERVAL_BEGUN, System.currentTimeMillis());
            }
            long startNs = System.nanoTime();
            long next = put(stopped, namespace(other), "b", 100);
            await("the sync", () -> Long.compareUnsigned(word(MarkWord.LAST_SYNCED), next) >= 0);
            long ms = (System.nanoTime() - startNs) / 1_000_000;
            assertTrue(ms >= 500 && ms < 120_000, "ms=" + ms);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PROCESS", "COMMIT"})
    void sync_fails_endsWritingEverywhereUntilAllHaveLeft(Durability durability) {
        for (String file : List.of(DataFile.NAME, ".log")) {
            long version;
            try (WritableAttachment first = attach(durability);
                    WritableAttachment second = attach(durability, 3_600_000, FileEvents.NONE)) {
                NamespaceInfo namespace = namespace(first);
                version = put(first, namespace, "a", 5_000);
                first.sync();
                put(second, namespace, "b", 5_000);
                calls.failing = file;
                if (durability == Durability.COMMIT) {
                    assertThrows(HearthException.Io.class, () -> put(first, namespace, "c", 5_000));
                } else {
                    assertThrows(HearthException.Io.class, first::sync);
                }
                calls.failing = "";
                for (WritableAttachment attachment : List.of(first, second)) {
                    assertThrows(HearthException.Closed.class, () -> put(attachment, namespace, "d", 10));
                    if (Long.compareUnsigned(word(MarkWord.LAST_SYNCED), word(MarkWord.LAST_APPLIED)) < 0) {
                        assertThrows(HearthException.Closed.class, attachment::sync);
                    }
                    assertTrue(attachment.view().reads().contains(namespace, Keys.utf8("a")), "reads go on");
                }
                try (WritableAttachment late = attach(durability)) {
                    assertThrows(HearthException.Closed.class, () -> put(late, namespace, "d", 10));
                }
            }
            calls.take();
            try (WritableAttachment again = attach(durability)) {
                List<String> done = calls.take();
                assertTrue(done.contains("SYNC data") && done.contains("SYNC 0001.log"), done.toString());
                assertTrue(done.stream().filter("WRITE 0001.log"::equals).count() > 2, "written again: " + done);
                NamespaceInfo namespace = namespace(again);
                for (String key : List.of("a", "b")) {
                    assertTrue(again.view().reads().contains(namespace, Keys.utf8(key)), key);
                }
                assertTrue(again.view().verifier().run(Progress.NONE).isSound());
                assertTrue(Long.compareUnsigned(put(again, namespace, "d", 10), version) > 0);
                again.sync();
            }
        }
    }
}
