package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Change;
import dev.hearth.store.ChangeFeed;
import dev.hearth.store.EntryInfo;
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
import dev.hearth.store.io.Host;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.segment.DirectoryDescriptor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release record at the end of the log, whose writer ended in front of everything that follows it. */
class ReleaseRecoveryTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(20_000);
    private static final int ENTRIES = 40;
    private static final int VALUE_BYTES = 200_000;
    private static final int LINE_BYTES = DirectoryDescriptor.LINE_BYTES;

    @TempDir
    Path temporary;

    private Path store;
    private EntryInfo.Location victim;
    private final Set<String> inVictim = new TreeSet<>();
    private final Set<String> elsewhere = new TreeSet<>();

    private WritableAttachment attach(Host host) {
        return WritableAttachment.open(store, SMALL, host, System::currentTimeMillis);
    }

    private static NamespaceInfo namespace(Attachment attachment) {
        return attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
    }

    @BeforeEach
    void fill() {
        store = temporary.resolve("store");
        Random random = new Random(5);
        List<EntryInfo> entries = new ArrayList<>();
        try (Hearth hearth = Hearth.open(store, SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < ENTRIES; i++) {
                byte[] value = new byte[VALUE_BYTES];
                random.nextBytes(value);
                namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value), PutOptions.of(Kind.ACTIVATION));
                entries.add(namespace.find(Keys.utf8("k" + i)).orElseThrow());
            }
        }
        victim = entries.get(ENTRIES / 2).location();
        for (int i = 0; i < ENTRIES; i++) {
            (entries.get(i).location().segment() == victim.segment() ? inVictim : elsewhere).add("k" + i);
        }
        assertTrue(inVictim.size() > 2 && elsewhere.size() > 10, inVictim + " in the segment");
    }

    /** Appends a release of the victim to the log, of which the mark file does not know. */
    private void release() {
        release(victim.segment(), victim.generation());
    }

    private void release(int segment, long generation) {
        try (StoreDirectory directory = StoreDirectory.open(store);
                StoreDirectory logFiles = directory.subdirectory(Store.LOG, false);
                MarkFile mark = MarkFile.open(directory, false);
                LogWriter log = new LogWriter(logFiles, Opener.settings(mark.geometry(), 1))) {
            MarkState state = new MarkState(mark.words());
            log.resume(state.tail());
            log.begin(state.nextVersion(state.tail()), 1);
            log.add(new LogOperation.ReleaseSegment(segment, generation));
            assertNotNull(log.commit());
        }
    }

    private void overwriteVictim() throws IOException {
        try (FileChannel data = FileChannel.open(store.resolve("data"), StandardOpenOption.WRITE)) {
            byte[] other = new byte[1 << 20];
            new Random(6).nextBytes(other);
            assertEquals(other.length, data.write(ByteBuffer.wrap(other), (long) victim.segment() << 20));
        }
    }

    private void check(Attachment attachment) {
        NamespaceInfo namespace = namespace(attachment);
        for (String key : inVictim) {
            assertFalse(attachment.view().reads().contains(namespace, Keys.utf8(key)), key);
            assertTrue(attachment.view().reads().find(namespace, Keys.utf8(key)).isEmpty(), key);
        }
        for (String key : elsewhere) {
            assertTrue(attachment.view().reads().find(namespace, Keys.utf8(key)).isPresent(), key);
        }
    }

    @Test
    void coldStart_releaseInTheLog_endsItsEntriesAndSaysSoInTheLog() throws IOException {
        release();
        Files.delete(store.resolve("hearth.mark"));
        try (WritableAttachment attachment = attach(Host.current())) {
            check(attachment);
            assertEquals(elsewhere.size(), attachment.stats().entries());
            assertTrue(attachment.view().verifier().run(Progress.NONE).isSound());
        }
        int evicted = 0;
        try (Hearth hearth = Hearth.open(store, SMALL); ChangeFeed feed = hearth.changes(1)) {
            for (Change change = feed.next(); change != null; change = feed.next()) {
                evicted += change.type() == Change.Type.EVICT ? 1 : 0;
            }
        }
        assertEquals(inVictim.size(), evicted, "whoever follows the log hears of each entry");
    }

    @Test
    void coldStart_segmentReleasedAndOverwritten_cutsNothingOfTheLog() throws IOException {
        release();
        overwriteVictim();
        try (WritableAttachment attachment = attach(Host.current().withBootId(new UUID(1, 2)))) {
            check(attachment);
        }
    }

    @Test
    void coldStart_overwrittenButTheReleaseIsLost_cutsInFrontOfTheFirstEntryThatIsGone() throws IOException {
        overwriteVictim();
        try (WritableAttachment attachment = attach(Host.current().withBootId(new UUID(1, 2)))) {
            NamespaceInfo namespace = namespace(attachment);
            int first = inVictim.stream().mapToInt(key -> Integer.parseInt(key.substring(1))).min().orElseThrow();
            for (int i = 0; i < ENTRIES; i++) {
                assertEquals(i < first, attachment.view().reads().contains(namespace, Keys.utf8("k" + i)), "k" + i);
            }
        }
    }

    @Test
    void readOnly_withoutMark_doesNotShowWhatWasReleased() throws IOException {
        release();
        Files.delete(store.resolve("hearth.mark"));
        try (ReadOnlyAttachment attachment = ReadOnlyAttachment.open(store, Host.current(),
                System::currentTimeMillis)) {
            NamespaceInfo namespace = namespace(attachment);
            for (String key : inVictim) {
                assertEquals(-1, attachment.view().reads().read(namespace, Keys.utf8(key), 0,
                        MemorySegment.ofArray(new byte[10])), key);
            }
            for (String key : elsewhere) {
                assertEquals(10, attachment.view().reads().read(namespace, Keys.utf8(key), 0,
                        MemorySegment.ofArray(new byte[10])), key);
            }
        }
    }

    @Test
    void redo_releaseNotApplied_endsTheGenerationAndTakesBackOtherMarks() {
        release();
        int marked;
        try (StoreDirectory directory = StoreDirectory.open(store); MarkFile mark = MarkFile.open(directory, false)) {
            marked = 0;
            while (marked == victim.segment() || mark.segments().state(marked) != SegmentState.SEALED) {
                marked++;
            }
            assertTrue(mark.segments().transition(marked, SegmentState.SEALED, SegmentState.MARKED));
            mark.words().set(MarkWord.IN_LOCK, 1L << 32 | 1);
        }
        try (WritableAttachment attachment = attach(Host.current())) {
            assertEquals(1, attachment.stats().counter("redo"));
            try (StoreDirectory directory = StoreDirectory.open(store);
                    MarkFile mark = MarkFile.open(directory, true)) {
                assertEquals(SegmentState.SEALED, mark.segments().state(marked));
                assertNotEquals(victim.generation(), mark.segments().generation(victim.segment()));
            }
            NamespaceInfo namespace = namespace(attachment);
            for (String key : elsewhere) {
                assertTrue(attachment.view().reads().find(namespace, Keys.utf8(key)).isPresent(), key);
            }
            for (String key : inVictim) {
                assertTrue(attachment.view().reads().find(namespace, Keys.utf8(key)).isEmpty(), key);
            }
        }
    }

    @Test
    void redo_segmentThatNoStoreHas_isCorruptAndNamesTheLog() {
        release(64, 1);
        try (StoreDirectory directory = StoreDirectory.open(store); MarkFile mark = MarkFile.open(directory, false)) {
            mark.words().set(MarkWord.IN_LOCK, 1L << 32 | 1);
        }
        HearthException.Corrupt thrown =
                assertThrows(HearthException.Corrupt.class, () -> attach(Host.current()).close());
        assertTrue(thrown.file().toString().endsWith(".log"), thrown.toString());
        assertTrue(thrown.offsetBytes() > 4096, thrown.toString());
    }

    @Test
    void coldStart_directoryLinesLost_areWrittenAgain() throws IOException {
        byte[] before = directoryOfVictim();
        int lines = 0;
        for (int line = 0; line < inVictim.size(); line++) {
            lines += ByteBuffer.wrap(before, before.length - LINE_BYTES * (line + 1), LINE_BYTES).getLong() == 0
                    ? 0
                    : 1;
        }
        assertEquals(inVictim.size(), lines, "lines that were there");
        try (FileChannel data = FileChannel.open(store.resolve("data"), StandardOpenOption.WRITE)) {
            assertEquals(before.length, data.write(ByteBuffer.allocate(before.length),
                    ((victim.segment() + 1L) << 20) - before.length));
        }
        Files.delete(store.resolve("hearth.mark"));
        attach(Host.current()).close();
        assertEquals(MemorySegment.ofArray(before).mismatch(MemorySegment.ofArray(directoryOfVictim())), -1);
    }

    private byte[] directoryOfVictim() throws IOException {
        ByteBuffer directory = ByteBuffer.allocate(LINE_BYTES * 64);
        try (FileChannel data = FileChannel.open(store.resolve("data"), StandardOpenOption.READ)) {
            assertEquals(directory.capacity(),
                    data.read(directory, ((victim.segment() + 1L) << 20) - directory.capacity()));
        }
        return directory.array();
    }
}
