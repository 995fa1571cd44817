package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.table.TableFixture.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NamespaceTableTest {
    private final Arena arena = Arena.ofConfined();
    private final TinyTable tiny = new TinyTable(arena, 4, Steps.NONE);
    private final NamespaceTable namespaces = tiny.table.namespaces();
    private final Digest digest = Digest.of(1);
    private final TableEntry found = new TableEntry();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void define_appliedLater_isVisibleOnlyThen() {
        namespaces.define(2, "minilm", "r1", "dtype=F32", 5);
        assertNull(namespaces.find("minilm", "r1"), "version 5 is not applied");
        assertNull(namespaces.byNumber(2));
        assertTrue(namespaces.list().isEmpty());
        tiny.setApplied(5);
        NamespaceRecord expected = new NamespaceRecord(2, "minilm", "r1", "dtype=F32", 5);
        assertEquals(expected, namespaces.find("minilm", "r1"));
        assertEquals(expected, namespaces.newest("minilm"));
        assertEquals(expected, namespaces.byNumber(2));
        assertEquals(List.of(expected), namespaces.list());
        assertNull(namespaces.find("minilm", "r2"));
        assertNull(namespaces.newest("other"));
    }

    @Test
    void newest_severalRevisions_isTheOneDefinedLast() {
        namespaces.define(1, "minilm", "z", "", 5);
        namespaces.define(0, "minilm", "a", "", 6);
        tiny.setApplied(6);
        assertEquals("a", assertPresent(namespaces.newest("minilm")).revision());
        namespaces.end(0, 7);
        tiny.setApplied(7);
        assertEquals("z", assertPresent(namespaces.newest("minilm")).revision());
    }

    @Test
    void define_longestTexts_comeBackAndLongerAreRefused() {
        String name = "é".repeat(127) + "x";
        String revision = "r".repeat(255);
        String fingerprint = "f".repeat(384);
        namespaces.define(0, name, revision, fingerprint, 1);
        tiny.setApplied(1);
        assertEquals(new NamespaceRecord(0, name, revision, fingerprint, 1), namespaces.find(name, revision));
        assertThrows(IllegalArgumentException.class, () -> namespaces.define(1, name + "x", "", "", 2));
        assertThrows(IllegalArgumentException.class, () -> namespaces.define(1, "n", revision + "r", "", 2));
        assertThrows(IllegalArgumentException.class, () -> namespaces.define(1, "n", "", fingerprint + "f", 2));
        assertThrows(IllegalArgumentException.class, () -> namespaces.define(1, "", "", "", 2));
        assertThrows(IllegalArgumentException.class, () -> namespaces.define(4096, "n", "", "", 2));
        assertThrows(IllegalArgumentException.class, () -> namespaces.define(-1, "n", "", "", 2));
        assertThrows(IllegalArgumentException.class, () -> namespaces.define(1, "n", "", "", 0));
    }

    @Test
    void define_takenNumber_isRefusedAndSameVersionAgainIsNot() {
        namespaces.define(0, "a", "", "", 1);
        tiny.setApplied(1);
        namespaces.define(0, "a", "", "", 1);
        assertThrows(IllegalArgumentException.class, () -> namespaces.define(0, "b", "", "", 2));
        assertEquals("a", assertPresent(namespaces.byNumber(0)).name());
    }

    @Test
    void nextFreeNumber_endNotApplied_isNotFreeYet() {
        namespaces.define(0, "a", "", "", 1);
        tiny.setApplied(1);
        assertEquals(1, namespaces.nextFreeNumber());
        namespaces.end(0, 2);
        assertEquals(1, namespaces.nextFreeNumber());
        assertNotNull(namespaces.byNumber(0), "version 2 is not applied");
        tiny.setApplied(2);
        assertEquals(0, namespaces.nextFreeNumber());
        assertNull(namespaces.byNumber(0));
    }

    @Test
    void find_entryOfEndedNamespace_isAMissOnceApplied() {
        EntryDescriptor entry = TableFixture.entry(digest, 2, 0);
        namespaces.define(0, "a", "", "", 1);
        tiny.table.insert(entry);
        tiny.setApplied(2);
        namespaces.end(0, 3);
        TableFixture.assertFinds(tiny.table, digest, entry, "end not applied");
        assertFalse(tiny.table.lookupForUpdate(digest.hi(), digest.lo(), found), "the lock holder knows already");
        tiny.setApplied(3);
        TableFixture.assertFinds(tiny.table, digest, null, "ended");
        assertTrue(tiny.table.forEach(gone -> assertEquals("nothing", gone.toString())));
        assertEquals(0, tiny.table.totals().entries());
    }

    @Test
    void end_numberUsedAgain_oldEntriesStayDeadWhileTheSecondEndIsPending() {
        EntryDescriptor second = TableFixture.entry(digest, 5, 0);
        Digest oldDigest = Digest.of(2);
        namespaces.define(0, "a", "", "", 1);
        tiny.table.insert(TableFixture.entry(digest, 2, 0));
        tiny.table.insert(TableFixture.entry(oldDigest, 2, 0));
        namespaces.end(0, 3);
        tiny.setApplied(3);
        namespaces.define(0, "b", "", "", 4);
        tiny.setApplied(4);
        TableFixture.assertFinds(tiny.table, digest, null, "of the first namespace");
        tiny.table.insert(second);
        tiny.setApplied(5);
        TableFixture.assertFinds(tiny.table, digest, second, "of the second");
        namespaces.end(0, 6);
        TableFixture.assertFinds(tiny.table, digest, second, "second end not applied");
        TableFixture.assertFinds(tiny.table, oldDigest, null, "of the first namespace");
        tiny.setApplied(6);
        TableFixture.assertFinds(tiny.table, digest, null, "second ended");
        namespaces.end(0, 6);
        TableFixture.assertFinds(tiny.table, oldDigest, null, "ended again with the same version");
    }

    @Test
    void totals_replacedAndRemoved_countWhatIsLeft() {
        namespaces.define(0, "a", "", "", 1);
        namespaces.define(1, "b", "", "", 1);
        tiny.setApplied(4);
        EntryDescriptor last = TableFixture.entry(digest, 4, 0);
        tiny.table.insert(TableFixture.entry(digest, 2, 0));
        tiny.table.insert(last);
        tiny.table.insert(TableFixture.entry(Digest.of(9), 3, 1));
        tiny.table.settle(digest.hi(), digest.lo());
        assertEquals(1, namespaces.totals(0).entries(last.kind()));
        assertEquals(last.logicalBytes(), namespaces.totals(0).logicalBytes());
        assertEquals(last.extentBytes(), namespaces.totals(0).storedBytes());
        assertEquals(2, tiny.table.totals().entries());
    }

    @Test
    void find_anyBitOfTheTextsFlipped_isCorruptOrAnotherNamespace() {
        namespaces.define(0, "a", "r", "f", 1);
        namespaces.define(1, "b", "r", "f", 1);
        tiny.setApplied(1);
        long at = TableDescriptor.HEADER_BYTES;
        for (long bit = NamespaceDescriptor.NUMBER_OFFSET * 8; bit < NamespaceDescriptor.RECORD_BYTES * 8; bit++) {
            long offset = bit / 8;
            boolean isText = offset >= NamespaceDescriptor.NAME_OFFSET || offset < NamespaceDescriptor.CRC_OFFSET + 4;
            byte old = tiny.memory.get(ValueLayout.JAVA_BYTE, at + offset);
            tiny.memory.set(ValueLayout.JAVA_BYTE, at + offset, (byte) (old ^ (1 << (bit % 8))));
            if (isText) {
                assertThrows(HearthException.Corrupt.class, () -> namespaces.find("a", "r"), "bit=" + bit);
                assertEquals(1, namespaces.list().size(), "bit=" + bit);
            }
            assertEquals(1, assertPresent(namespaces.find("b", "r")).number(), "bit=" + bit);
            tiny.memory.set(ValueLayout.JAVA_BYTE, at + offset, old);
        }
    }

    private static NamespaceRecord assertPresent(@Nullable NamespaceRecord namespace) {
        assertNotNull(namespace);
        return namespace;
    }
}
