package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.index.IndexSettings;
import dev.hearth.store.index.PersistentIndex;
import dev.hearth.store.index.PersistentIndexes;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What follows the log into the persistent index, when it fails in the middle. */
final class IndexFollowerTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(16 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(4_000);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");

    @TempDir
    Path temporary;

    private final Failures failures = new Failures();

    /** Has what is written to an index fail, as long as it is told to. */
    private static final class Failures implements FileEvents {
        private final AtomicInteger count = new AtomicInteger();
        private volatile boolean failing;

        @Override
        public void before(Event event) {
            if (failing && event.type() == Type.WRITE && event.path().toString().endsWith(".cm")) {
                count.incrementAndGet();
                throw new HearthException.Full("told to fail: file=" + event.path());
            }
        }
    }

    private Path store() {
        return temporary.resolve("store");
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNs, () -> "waited too long for " + what);
            Thread.onSpinWait();
        }
    }

    private static boolean isIndexed(WritableAttachment attachment) {
        return attachment.stats().indexGeneration() == 1
                && attachment.stats().indexedVersion() == attachment.stats().version();
    }

    private Set<Long> indexVersions() {
        Set<Long> versions = new TreeSet<>();
        try (StoreDirectory directory = StoreDirectory.open(store());
                StoreDirectory files = directory.subdirectory(Store.INDEX, true);
                MarkFile mark = MarkFile.open(directory, true);
                PersistentIndex index = PersistentIndexes.open(files, 1,
                        new IndexSettings(mark.geometry().uuid(), mark.geometry().maxEntries()))) {
            PersistentIndex.Scan scan = index.scan(entry -> versions.add(entry.version()));
            assertTrue(scan.complete(), scan::toString);
        }
        return versions;
    }

    /** What was read of the log in front of the failure is read again, and not taken for entered. */
    @Test
    void work_failsBehindReadingTheLog_entersItTheNextTime() {
        Set<Long> put = new TreeSet<>();
        try (WritableAttachment attachment = WritableAttachment.open(store(), SMALL,
                new Environment(Host.current(), System::currentTimeMillis, failures))) {
            attachment.writes().define(NAMESPACE);
            NamespaceInfo namespace = attachment.view().namespace(NAMESPACE).orElseThrow();
            put(attachment, namespace, 0, 10, put);
            await("the index", () -> isIndexed(attachment));
            failures.failing = true;
            put(attachment, namespace, 10, 20, put);
            await("a failure", () -> failures.count.get() > 0);
            failures.failing = false;
            put(attachment, namespace, 20, 30, put);
            await("the index again", () -> isIndexed(attachment));
            assertEquals(30, put.size());
            assertEquals(put, indexVersions());
        }
    }

    private static void put(WritableAttachment attachment, NamespaceInfo namespace, int from, int to,
            Set<Long> versions) {
        for (int i = from; i < to; i++) {
            versions.add(attachment.writes().put(namespace, Keys.utf8("key " + i),
                    MemorySegment.ofArray(new byte[100]), PutOptions.of(Kind.PARAMETER)));
        }
    }
}
