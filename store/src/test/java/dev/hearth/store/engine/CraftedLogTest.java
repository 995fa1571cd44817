package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.TensorSpec;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.mark.Geometry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that are whole and speak of what cannot be; and a clock that goes back. */
final class CraftedLogTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(4 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(200);

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private static byte[] value(int number) {
        byte[] bytes = new byte[5_000 + number];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    @BeforeEach
    void fill() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 4; i++) {
                namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED, Kind.PARAMETER);
            }
        }
    }

    private interface Craft {
        LogOperation change(EntryDescriptor entry, MemorySegment key);
    }

    /** Appends a record that says of k1 what {@code craft} makes of the truth. */
    private void append(Craft craft) throws IOException {
        try (StoreDirectory directory = StoreDirectory.open(store());
                StoreDirectory files = directory.subdirectory("log", false)) {
            Geometry geometry = Opener.geometryOf(files);
            var settings = Opener.settings(geometry, 0);
            List<LogOperation.Put> puts = new ArrayList<>();
            LogTail tail = LogReader.scan(files, settings, LogTail.ORIGIN, transaction -> transaction.operations()
                    .forEach(operation -> {
                        if (operation instanceof LogOperation.Put put) {
                            puts.add(put);
                        }
                    })).tail();
            LogOperation.Put second = puts.get(1);
            try (LogWriter writer = new LogWriter(files, settings)) {
                writer.resume(tail);
                writer.begin(tail.lastVersion() + 1, 1);
                writer.add(craft.change(second.entry().withVersion(tail.lastVersion() + 1), second.key()));
                LogTail _ = writer.commit();
            }
        }
    }

    private static EntryDescriptor moved(EntryDescriptor entry, int segment, long generation, int offsetUnits,
            int extentUnits, long logicalBytes) {
        return new EntryDescriptor(entry.digestHi(), entry.digestLo(), entry.version(), generation, segment,
                entry.namespace(), offsetUnits, entry.directoryIndex(), extentUnits, entry.headerBytes(), entry.flags(),
                logicalBytes, entry.headerCrc(), entry.kind(), entry.storage(), entry.dtypeId());
    }

    private void assertHarmless(Craft craft, String what) throws IOException {
        append(craft);
        Files.delete(store().resolve("hearth.mark"));
        for (HearthOptions.Access access : List.of(HearthOptions.Access.READ_ONLY, HearthOptions.Access.ATTACH)) {
            try (Hearth hearth = Hearth.open(store(), SMALL.access(access))) {
                Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
                for (int i = 0; i < 4; i++) {
                    byte[] read = new byte[value(i).length];
                    try {
                        long count = namespace.read(Keys.utf8("k" + i), 0, MemorySegment.ofArray(read));
                        if (count >= 0) {
                            assertArrayEquals(value(i), read, what + " k" + i);
                        }
                        assertTrue(count >= 0 || i == 1, what + " k" + i);
                    } catch (HearthException.Corrupt e) {
                        assertEquals(1, i, what + " " + e);
                    }
                }
                assertTrue(hearth.verify(Progress.NONE).damage().size() < 20, what);
            } catch (HearthException e) {
                assertTrue(String.valueOf(e.getMessage()).contains(temporary.toString()), () -> what + ": " + e);
            }
        }
    }

    @Test
    void placeBehindTheFile_isDamageOfThatEntry() throws IOException {
        assertHarmless((entry, key) -> new LogOperation.Put(
                moved(entry, 1_000_000, entry.generation(), entry.offsetUnits(), entry.extentUnits(),
                        entry.logicalBytes()),
                key), "segment");
    }

    @Test
    void offsetBehindTheSegment_isDamageOfThatEntry() throws IOException {
        assertHarmless((entry, key) -> new LogOperation.Put(
                moved(entry, entry.segment(), entry.generation(), -64, entry.extentUnits(), entry.logicalBytes()),
                key), "offset");
    }

    @Test
    void entryOverAnother_isDamageOfThatEntry() throws IOException {
        assertHarmless((entry, key) -> new LogOperation.Put(
                moved(entry, entry.segment(), entry.generation(), entry.offsetUnits() - 1, entry.extentUnits() + 100,
                        entry.logicalBytes()),
                key), "overlap");
    }

    @Test
    void lengthThatNothingHas_takesNoMemory() throws IOException {
        assertHarmless((entry, key) -> new LogOperation.Put(
                moved(entry, entry.segment(), entry.generation(), entry.offsetUnits(), -1, Long.MAX_VALUE), key),
                "length");
    }

    @Test
    void releaseOfASegmentThatIsNot_isDamage() throws IOException {
        append((entry, key) -> new LogOperation.ReleaseSegment(7_000_000, entry.generation()));
        Files.delete(store().resolve("hearth.mark"));
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            assertEquals(4, hearth.stats().entries());
        } catch (HearthException.Corrupt e) {
            assertTrue(e.file().toString().contains("log"), e::toString);
        }
    }

    @Test
    void relocationToItself_changesNothing() throws IOException {
        assertHarmless((entry, key) -> new LogOperation.Relocate(entry.withVersion(entry.version() - 1)), "cycle");
    }

    @Test
    void clockThatGoesBack_stopsNothing() {
        AtomicLong clock = new AtomicLong(2_000_000_000_000L);
        try (WritableAttachment attachment =
                WritableAttachment.open(store(), SMALL, Host.current(), clock::get)) {
            clock.set(1_000_000_000_000L);
            NamespaceInfo namespace = attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
            long version = attachment.writes().put(namespace, Keys.utf8("later"), MemorySegment.ofArray(value(9)),
                    PutOptions.of(Kind.ACTIVATION));
            assertEquals(version, attachment.view().lastApplied().getAsLong());
            long deadlineNs = System.nanoTime() + 240_000_000_000L;
            while (attachment.stats().indexedVersion() != version) {
                assertTrue(System.nanoTime() < deadlineNs, "background work goes on");
                clock.addAndGet(-1_000);
            }
        }
    }
}
