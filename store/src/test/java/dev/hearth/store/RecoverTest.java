package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.RecoveryReport.LogDamage;
import dev.hearth.store.RecoveryReport.State;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a store that has to be recovered, and what recovering it by hand does. */
class RecoverTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(16 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(1_000);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private List<Long> fill(int from, int to) {
        List<Long> versions = new ArrayList<>();
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(NAMESPACE);
            for (int i = from; i < to; i++) {
                versions.add(namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(new byte[]{(byte) i}),
                        TensorSpec.UNTYPED, Kind.PARAMETER));
            }
        }
        return versions;
    }

    private long entries() {
        try (Hearth hearth = Hearth.open(store(), SMALL.access(HearthOptions.Access.ATTACH))) {
            VerifyReport report = hearth.verify(Progress.NONE);
            assertTrue(report.isSound(), () -> "damage: " + report.damage());
            return hearth.stats().entries();
        }
    }

    private Map<Path, byte[]> files() throws IOException {
        Map<Path, byte[]> files = new HashMap<>();
        try (Stream<Path> below = Files.walk(store())) {
            for (Path each : below.filter(Files::isRegularFile).toList()) {
                files.put(each, Files.readAllBytes(each));
            }
        }
        return files;
    }

    /** Flips a bit in the record of the put with this version. */
    private void damageRecord(long version) throws IOException {
        long offset = -1;
        try (Hearth hearth = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY));
                ChangeFeed feed = hearth.changes(version)) {
            Change change = feed.next();
            assertNotNull(change);
            assertEquals(version, change.version());
            offset = change.offsetBytes();
        }
        Path log = store().resolve("log").resolve("0001.log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[(int) offset + 50] ^= 8;
        Files.write(log, bytes);
    }

    @Test
    void soundStore_inspected_isReadyAndUntouched() throws IOException {
        fill(0, 5);
        Map<Path, byte[]> before = files();
        RecoveryReport report = Hearth.inspect(store());
        assertEquals(State.READY, report.state());
        assertNull(report.logDamage());
        before.forEach((path, bytes) -> {
            try {
                assertArrayEquals(bytes, Files.readAllBytes(path), path.toString());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void lostFiles_inspected_sayWhatOpeningWillDo() throws IOException {
        fill(0, 5);
        Files.delete(store().resolve("table"));
        assertEquals(State.TABLE_LOST, Hearth.inspect(store()).state());
        RecoveryReport done = Hearth.recover(store(), false);
        assertEquals(State.TABLE_LOST, done.state());
        assertTrue(done.findings().stream().anyMatch(text -> text.contains("rebuilt")), done::toString);
        assertEquals(State.READY, Hearth.inspect(store()).state());
        Files.delete(store().resolve("hearth.mark"));
        assertEquals(State.COLD_START, Hearth.inspect(store()).state());
        assertEquals(State.COLD_START, Hearth.recover(store(), false).state());
        assertEquals(5, entries());
    }

    @Test
    void logDamagedInItsMiddle_isRefusedUntilTheLossIsAccepted() throws IOException {
        List<Long> versions = fill(0, 10);
        damageRecord(versions.get(6));
        Files.delete(store().resolve("hearth.mark"));
        Map<Path, byte[]> before = files();

        RecoveryReport report = Hearth.inspect(store());
        assertEquals(State.LOG_DAMAGED, report.state());
        assertEquals(versions.get(5), report.version());
        LogDamage damage = report.logDamage();
        assertNotNull(damage);
        assertEquals("log/0001.log", damage.file());
        assertEquals(versions.get(6), damage.firstLostVersion());
        assertEquals(versions.get(9), damage.lastLostVersion());
        assertEquals(List.of("k7", "k8", "k9"), damage.lostKeys());
        assertEquals(3, damage.lostPuts());

        assertThrows(HearthException.Corrupt.class, () -> Hearth.open(store(), SMALL));
        assertThrows(HearthException.Corrupt.class, () -> Hearth.recover(store(), false));
        for (Map.Entry<Path, byte[]> file : before.entrySet()) {
            assertArrayEquals(file.getValue(), Files.readAllBytes(file.getKey()), () -> file.getKey().toString());
        }

        RecoveryReport done = Hearth.recover(store(), true);
        assertTrue(done.findings().stream().anyMatch(text -> text.contains("lostRecords=3")), done::toString);
        assertEquals(State.READY, Hearth.inspect(store()).state());
        assertEquals(6, entries());
        List<Long> again = fill(6, 8);
        assertTrue(Long.compareUnsigned(again.getFirst(), versions.get(9)) > 0, "no version is issued twice");
        assertEquals(8, entries());
    }

    @Test
    void logDamagedUnderAWholeMark_cutOnRequest_losesWhatWasBehind() throws IOException {
        List<Long> versions = fill(0, 10);
        damageRecord(versions.get(3));
        assertEquals(State.LOG_DAMAGED, Hearth.inspect(store()).state());
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            assertEquals(10, hearth.stats().entries(), "the table still has all");
            assertThrows(HearthException.Busy.class, () -> Hearth.recover(store(), true));
        }
        Hearth.recover(store(), true);
        assertEquals(3, entries());
        List<Long> again = fill(3, 4);
        assertTrue(Long.compareUnsigned(again.getFirst(), versions.get(9)) > 0, "no version is issued twice");
    }

    @Test
    void whatIsNoStore_isRefused() throws IOException {
        assertThrows(HearthException.Refused.class, () -> Hearth.inspect(temporary.resolve("none")));
        Files.createDirectory(store(), java.nio.file.attribute.PosixFilePermissions
                .asFileAttribute(java.nio.file.attribute.PosixFilePermissions.fromString("rwx------")));
        assertThrows(HearthException.Refused.class, () -> Hearth.inspect(store()));
        assertThrows(HearthException.Refused.class, () -> Hearth.recover(store(), false));
    }
}
