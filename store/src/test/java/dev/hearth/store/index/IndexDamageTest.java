package dev.hearth.store.index;

import static dev.hearth.store.index.IndexFixture.entry;
import static dev.hearth.store.index.IndexFixture.hi;
import static dev.hearth.store.index.IndexFixture.publish;
import static dev.hearth.store.index.IndexFixture.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.index.IndexUnusable.Reason;
import dev.hearth.store.index.PersistentIndex.Change;
import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are not what was written: each is given up for a typed reason, quickly, and never believed. */
final class IndexDamageTest {
    private static final int ENTRIES = 150;
    private static final Duration AT_ONCE = Duration.ofMinutes(2);
    @TempDir
    Path temporary;
    private StoreDirectory files;
    private Path path;

    @BeforeEach
    void create() {
        files = IndexFixture.directory(temporary);
        path = temporary.resolve("index/index.1.cm");
        publish(files, 1, 200, ENTRIES);
    }

    @AfterEach
    void close() {
        files.close();
    }

    @Test
    void open_anyBitFlipped_neverWrongAndNeverStuck() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] good = Files.readAllBytes(path);
        IndexGeometry geometry = ChronicleEntries.geometry(200);
        int steering = (int) (geometry.tierOffset(0) + geometry.controlBytes());
        int detected = 0;
        for (int i = 0; i < 1200; i++) {
            // Half of the flips hit what steers Chronicle, an eighth the trailer, the rest anything.
            int at = i % 2 == 0
                    ? random.nextInt(steering)
                    : i % 8 == 1 ? (int) geometry.trailerOffset() + random.nextInt(512) : random.nextInt(good.length);
            int bit = 1 << random.nextInt(8);
            poke(at, (byte) (good[at] ^ bit));
            String what = "seed=" + seed + " offset=" + at + " bit=" + bit;
            boolean scanFirst = random.nextBoolean();
            if (assertTimeoutPreemptively(AT_ONCE, () -> useDamaged(what, scanFirst), what)) {
                detected++;
            }
            Files.write(path, good);
        }
        assertTrue(detected > 600, "flips that were noticed: " + detected);
    }

    /** Whether the damage was noticed. */
    private boolean useDamaged(String what, boolean scanFirst) {
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(200))) {
            boolean noticed = scanFirst && !scanned(index, 1, what);
            for (long number = 0; number < ENTRIES; number++) {
                EntryDescriptor entry = index.get(hi(number), number);
                assertTrue(entry == null || entry.equals(entry(number, 1)), what);
                noticed = noticed || entry == null;
            }
            for (long number = 0; number < ENTRIES; number++) {
                index.remove(hi(number), number, 2);
                index.put(entry(number, 2));
            }
            boolean complete = scanned(index, 2, what);
            return noticed || !complete || index.indexedVersion() != 1;
        } catch (IndexUnusable e) {
            return true;
        }
    }

    /** Whether a scan says that it is complete; it is when all entries are of {@code version}, and only then. */
    private static boolean scanned(PersistentIndex index, long version, String what) {
        Map<Long, EntryDescriptor> found = new HashMap<>();
        PersistentIndex.Scan scan = index.scan(entry -> found.put(entry.digestLo(), entry));
        Map<Long, EntryDescriptor> expected = new HashMap<>();
        for (long number = 0; number < ENTRIES; number++) {
            expected.put(number, entry(number, version));
        }
        assertEquals(scan.entries() == ENTRIES && scan.damaged() == 0 && expected.equals(found), scan.complete(), what);
        return scan.complete();
    }

    @Test
    void open_everyTruncation_isRefused() throws IOException {
        long length = Files.size(path);
        for (long size = 0; size < length; size += 2048) {
            publish(files, 2 + size, 200, ENTRIES);
            Path cut = temporary.resolve("index/" + IndexNames.published(2 + size));
            long sizeBytes = size;
            try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
                file.setLength(sizeBytes);
            }
            IndexUnusable thrown = assertTimeoutPreemptively(AT_ONCE, () -> assertThrows(IndexUnusable.class,
                    () -> PersistentIndexes.open(files, 2 + sizeBytes, settings(200))));
            assertEquals(Reason.DAMAGED, thrown.reason(), "sizeBytes=" + sizeBytes);
            Files.delete(cut);
        }
    }

    @Test
    void open_notAnIndex_isRefused() throws IOException {
        byte[] zeros = new byte[(int) Files.size(path)];
        for (byte[] bytes : new byte[][]{{}, {1}, new byte[4096], new byte[8192], zeros, "yaml: !type".getBytes(
                StandardCharsets.UTF_8)}) {
            Files.write(path, bytes);
            assertTimeoutPreemptively(AT_ONCE, () -> assertEquals(Reason.DAMAGED, reasonOfOpening()));
        }
        Files.delete(path);
        Files.createDirectory(path);
        assertTimeoutPreemptively(AT_ONCE, () -> assertEquals(Reason.FAULT, reasonOfOpening()));
        Files.delete(path);
        Files.createSymbolicLink(path, temporary.resolve("elsewhere"));
        assertTimeoutPreemptively(AT_ONCE, () -> assertEquals(Reason.FAULT, reasonOfOpening()));
    }

    /** A header of somebody's choosing names classes; none is loaded, whatever its checksum says. */
    @Test
    void open_otherHeader_isNotEvenRead() throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        int at = new String(bytes, 0, 4096, StandardCharsets.ISO_8859_1).indexOf("hash.impl.");
        assertTrue(at > 0, "the header is there for the stock library");
        poke(at, (byte) 'x');
        assertEquals(Reason.DAMAGED, reasonOfOpening());
    }

    @Test
    void open_otherFormat_isForeign() throws IOException {
        IndexGeometry geometry = ChronicleEntries.geometry(200);
        for (byte format : new byte[]{0, IndexTrailerDescriptor.FORMAT - 1, IndexTrailerDescriptor.FORMAT + 1}) {
            poke((int) geometry.trailerOffset() + IndexTrailerDescriptor.FORMAT_OFFSET, format);
            assertEquals(Reason.FOREIGN, reasonOfOpening(), "format=" + format);
        }
    }

    @Test
    void scan_oldPages_isNotComplete() throws IOException {
        byte[] old = Files.readAllBytes(path);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(200))) {
            for (int i = 0; i < ENTRIES; i += 10) {
                index.put(entry(i, 2));
            }
            index.indexed(2);
        }
        IndexGeometry geometry = ChronicleEntries.geometry(200);
        byte[] now = Files.readAllBytes(path);
        int pages = 0;
        for (int at = (int) geometry.headBytes(); at < geometry.trailerOffset(); at += 4096) {
            byte[] mixed = now.clone();
            System.arraycopy(old, at, mixed, at, 4096);
            Files.write(path, mixed);
            boolean differs = !Arrays.equals(mixed, now);
            try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(200))) {
                assertEquals(!differs, index.scan(entry -> {}).complete(), "page lost at " + at);
            }
            pages += differs ? 1 : 0;
        }
        assertTrue(pages > 2, "pages that differ: " + pages);
    }

    /** A descriptor that is whole, but lies where that of another key was. */
    @Test
    void get_descriptorOfAnotherKey_isNotServed() throws IOException {
        IndexGeometry geometry = ChronicleEntries.geometry(200);
        byte[] bytes = Files.readAllBytes(path);
        int first = (int) geometry.chunkOffset(0, 0) + IndexGeometry.KEY_BYTES;
        System.arraycopy(bytes, first, bytes, first + IndexGeometry.CHUNK_BYTES, EntryLayout.BYTES);
        Files.write(path, bytes);
        int refused = 0;
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(200))) {
            for (long number = 0; number < ENTRIES; number++) {
                try {
                    assertEquals(entry(number, 1), index.get(hi(number), number), "served");
                } catch (IndexUnusable e) {
                    assertEquals(Reason.DAMAGED, e.reason());
                    long bad = number;
                    assertThrows(IndexUnusable.class, () -> index.remove(hi(bad), bad, 2), "removed");
                    refused++;
                }
            }
        }
        assertEquals(1, refused, "refused");
    }

    @Test
    void get_lockLeftBehind_isNoticedAtOnce() throws IOException {
        IndexGeometry geometry = ChronicleEntries.geometry(200);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(200))) {
            index.put(entry(3, 2));
            for (int word : new int[]{0x80000000, 0x40000000, 1}) {
                pokeInt((int) geometry.segmentHeaderOffset(0), word);
                assertTimeoutPreemptively(AT_ONCE, () -> assertEquals(Reason.ORPHANED_LOCK,
                        assertThrows(IndexUnusable.class, () -> index.put(entry(4, 3))).reason()),
                        "by who has it open, word=" + word);
                try (PersistentIndex other = PersistentIndexes.open(files, 1, settings(200))) {
                    assertTimeoutPreemptively(AT_ONCE, () -> assertEquals(Reason.ORPHANED_LOCK,
                            assertThrows(IndexUnusable.class, () -> other.get(hi(3), 3)).reason()),
                            "by who opens it, word=" + word);
                    assertThrows(IndexUnusable.class, () -> other.scan(entry -> {}));
                }
            }
            pokeInt((int) geometry.segmentHeaderOffset(0), 0);
            assertEquals(entry(3, 2), index.get(hi(3), 3));
        }
    }

    @Test
    void scan_pendingChange_countsItAsFound() {
        for (boolean made : new boolean[]{false, true}) {
            long generation = made ? 3 : 2;
            publish(files, generation, 200, ENTRIES);
            IndexGeometry geometry = ChronicleEntries.geometry(200);
            try (var file = files.open(IndexNames.published(generation), false);
                    var arena = Arena.ofConfined();
                    PersistentIndex index = PersistentIndexes.open(files, generation, settings(200))) {
                IndexTrailer trailer = new IndexTrailer(file, geometry.trailerOffset(), arena);
                IndexState before = trailer.readState();
                assertFalse(before.isPending());
                index.put(entry(7, 2));
                IndexState announced = trailer.readState();
                assertTrue(announced.isPending());
                if (!made) {
                    index.remove(hi(7), 7, 9);
                    index.put(entry(7, 1));
                    trailer.writeState(
                            new IndexState(100, 1, before.entries(), before.sum(), announced.pending()));
                }
                assertTrue(index.scan(entry -> {}).complete(), "made=" + made);
                index.indexed(2);
                assertEquals(new TreeMap<>(Map.of(2L, (long) ENTRIES)),
                        new TreeMap<>(Map.of(index.indexedVersion(), index.size())));
                assertTrue(index.scan(entry -> {}).complete(), "made=" + made);
            }
        }
    }

    @Test
    void scan_changesOfWhichSomeWereMade_countsThoseAsFound() {
        publish(files, 2, 200, ENTRIES);
        IndexGeometry geometry = ChronicleEntries.geometry(200);
        try (var file = files.open(IndexNames.published(2), false);
                var arena = Arena.ofConfined();
                PersistentIndex index = PersistentIndexes.open(files, 2, settings(200))) {
            IndexTrailer trailer = new IndexTrailer(file, geometry.trailerOffset(), arena);
            IndexState before = trailer.readState();
            index.change(List.of(Change.to(entry(7, 2)), Change.to(entry(8, 2)), new Change(hi(9), 9, 2, null),
                    new Change(hi(10), 10, 2, null), Change.to(entry(ENTRIES, 2)), Change.to(entry(ENTRIES + 1, 2))));
            IndexState announced = trailer.readState();
            assertEquals(6, announced.pending().size());
            // As if the second of each kind had not been made.
            index.change(List.of(new Change(hi(8), 8, 9, null), Change.to(entry(10, 1)),
                    new Change(hi(ENTRIES + 1), ENTRIES + 1, 9, null)));
            index.put(entry(8, 1));
            trailer.writeState(new IndexState(100, 1, before.entries(), before.sum(), announced.pending()));
            assertTrue(index.scan(entry -> {}).complete());
            index.indexed(2);
            assertFalse(trailer.readState().isPending());
            assertEquals(ENTRIES, index.size(), "one more, and one less");
            assertTrue(index.scan(entry -> {}).complete());
        }
    }

    @Test
    void readState_newerOneCutOffInItsChanges_isTheOlder() throws IOException {
        IndexGeometry geometry = ChronicleEntries.geometry(200);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(200));
                var file = files.open(IndexNames.published(1), false);
                var arena = Arena.ofConfined()) {
            IndexTrailer trailer = new IndexTrailer(file, geometry.trailerOffset(), arena);
            IndexState before = trailer.readState();
            index.change(List.of(Change.to(entry(7, 2)), Change.to(entry(8, 2))));
            IndexState announced = trailer.readState();
            assertEquals(before.sequence() + 1, announced.sequence());
            int state = (announced.sequence() & 1) == 0
                    ? IndexTrailerDescriptor.EVEN_STATE
                    : IndexTrailerDescriptor.ODD_STATE;
            poke((int) geometry.trailerOffset() + state + IndexTrailerDescriptor.STATE_FIRST_CHANGE
                    + IndexTrailerDescriptor.CHANGE_BYTES + 1, (byte) 0x5A);
            assertEquals(before, trailer.readState());
        }
    }

    private Reason reasonOfOpening() {
        return assertThrows(IndexUnusable.class, () -> PersistentIndexes.open(files, 1, settings(200)).close())
                .reason();
    }

    private void poke(int offset, byte value) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(offset);
            file.write(value);
        }
    }

    private void pokeInt(int offset, int value) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(offset);
            file.writeInt(Integer.reverseBytes(value));
        }
    }
}
