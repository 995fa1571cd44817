package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.table.TableFixture.Change;
import dev.hearth.store.table.TableFixture.Digest;
import dev.hearth.store.testing.Garbage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LookupTableTest {
    private final Arena arena = Arena.ofConfined();
    private final TableFixture fixture = new TableFixture(arena, 1000);
    private final LookupTable table = fixture.table;
    private final Digest digest = Digest.of(7);
    private final TableEntry found = new TableEntry();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void find_inserted_givesEveryField() {
        fixture.setApplied(5);
        table.insert(new EntryDescriptor(digest.hi(), digest.lo(), 5, 6, 0x7FFF_FFFF, 4095, 0xFFFF_FFF0, 3, 0xFFFF_FFF1,
                0xFFFE, EntryDescriptor.CONTIGUOUS | EntryDescriptor.HAS_EXPIRY, Long.MAX_VALUE, 0xCAFE_BABE,
                Kind.ACTIVATION, Storage.IN_PLACE, 9));
        assertTrue(table.find(digest.hi(), digest.lo(), found));
        assertEquals(digest.hi(), found.digestHi());
        assertEquals(digest.lo(), found.digestLo());
        assertEquals(5, found.version());
        assertEquals(6, found.generation());
        assertEquals(0x7FFF_FFFF, found.segment());
        assertEquals(4095, found.namespace());
        assertEquals(0xFFFF_FFF0, found.offsetUnits());
        assertEquals(0xFFFF_FFF1, found.extentUnits());
        assertEquals(0xFFFF_FFF0L * 64, found.offsetBytes());
        assertEquals(0xFFFF_FFF1L * 64, found.extentBytes());
        assertEquals(Long.MAX_VALUE, found.logicalBytes());
        assertEquals(0xCAFE_BABE, found.headerCrc());
        assertEquals(0xFFFE, found.headerBytes());
        assertEquals(Kind.ACTIVATION, found.kind());
        assertEquals(Storage.IN_PLACE, found.storage());
        assertTrue(found.isContiguous());
        assertTrue(found.hasExpiry());
        assertFalse(found.isTombstone());
    }

    @Test
    void find_versionsWithHighestEpoch_compareUnsigned() {
        long version = 0xFFFFF_00000000001L;
        fixture.setApplied(version);
        table.insert(TableFixture.entry(digest, 4, 0));
        table.insert(TableFixture.entry(digest, version, 0));
        TableFixture.assertFinds(table, digest, TableFixture.entry(digest, version, 0), "epoch");
        table.settle(digest.hi(), digest.lo());
        assertEquals(1, table.usedSlots());
    }

    @Test
    void insert_sameVersionAgain_changesNothing() {
        fixture.put(7, 5);
        table.insert(TableFixture.entry(digest, 5, 0));
        fixture.assertEqualsModel(List.of(digest), "again");
    }

    @Test
    void insert_withoutVersionOrNamespaceOutOfRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> table.insert(TableFixture.entry(digest, 0, 0)));
        assertThrows(IllegalArgumentException.class, () -> table.insert(TableFixture.entry(digest, 1, 4096)));
        assertThrows(IllegalArgumentException.class, () -> table.insertTombstone(digest.hi(), digest.lo(), 0));
        assertEquals(0, table.usedSlots());
    }

    @Test
    void lookupForUpdate_pendingSuccessor_givesNewestPublished() {
        fixture.put(7, 5);
        table.insert(TableFixture.entry(digest, 6, 0));
        assertTrue(table.lookupForUpdate(digest.hi(), digest.lo(), found));
        assertEquals(6, found.version());
        TableFixture.assertFinds(table, digest, TableFixture.entry(digest, 5, 0), "not applied");
    }

    @Test
    void lookupForUpdate_tombstoneOrNothing_isFalse() {
        assertFalse(table.lookupForUpdate(digest.hi(), digest.lo(), found));
        fixture.put(7, 5);
        table.insertTombstone(digest.hi(), digest.lo(), 6);
        assertFalse(table.lookupForUpdate(digest.hi(), digest.lo(), found));
    }

    @Test
    void relocate_visibleEntry_hasNewPlaceAndOldVersion() {
        fixture.put(7, 5);
        EntryDescriptor old = TableFixture.entry(digest, 5, 0);
        EntryDescriptor moved = new EntryDescriptor(old.digestHi(), old.digestLo(), 5, 77, 88, 0, 99, 0,
                old.extentUnits(), old.headerBytes(), old.flags(), old.logicalBytes(), old.headerCrc(), old.kind(),
                old.storage(), 0);
        assertTrue(table.relocate(moved));
        assertTrue(table.relocate(moved), "again");
        TableFixture.assertFinds(table, digest, moved, "moved");
        assertEquals(1, table.usedSlots());
        assertEquals(1, table.totals().entries());
        assertFalse(table.relocate(moved.withVersion(6)), "a version that is not there");
    }

    @Test
    void drop_otherSegmentOrGeneration_keepsTheEntry() {
        fixture.put(7, 5);
        assertTrue(table.find(digest.hi(), digest.lo(), found));
        int segment = found.segment();
        long generation = found.generation();
        assertFalse(table.drop(digest.hi(), digest.lo(), segment + 1, generation));
        assertFalse(table.drop(digest.hi(), digest.lo(), segment, generation + 1));
        assertTrue(table.drop(digest.hi(), digest.lo(), segment, generation));
        assertFalse(table.find(digest.hi(), digest.lo(), found));
        assertEquals(0, table.usedSlots());
        assertEquals(0, table.totals().entries());
    }

    @Test
    void insert_noSlotWithinReach_isFullAndChangesNothing() {
        TinyTable tiny = new TinyTable(arena, 2, Steps.NONE);
        tiny.table.namespaces().define(0, "a", "", "", 1);
        tiny.setApplied(100);
        for (long key = 0; key < 14; key++) {
            tiny.table.insert(TableFixture.entry(Digest.of(key), 1 + key, 0));
        }
        byte[] before = tiny.memory.toArray(ValueLayout.JAVA_BYTE);
        Digest last = Digest.of(14);
        assertThrows(HearthException.Full.class, () -> tiny.table.insert(TableFixture.entry(last, 50, 0)));
        assertArrayEquals(before, tiny.memory.toArray(ValueLayout.JAVA_BYTE));
        assertFalse(tiny.table.hasRoomFor(1));
    }

    @Test
    void hasRoomFor_nineTenths_isTheLimit() {
        long limit = table.slotCount() / 10 * 9;
        assertTrue(table.hasRoomFor(limit));
        assertFalse(table.hasRoomFor(limit + 1));
        fixture.put(7, 5);
        assertFalse(table.hasRoomFor(limit));
        assertEquals(1.0 / table.slotCount(), table.load(), 1e-12);
    }

    @Test
    void sweep_endedNamespace_freesItsSlots() {
        table.namespaces().define(1, "gone", "", "", 2);
        for (long key = 0; key < 300; key++) {
            Digest of = Digest.of(key);
            fixture.commit(3 + key, List.of(new Change(of, TableFixture.entry(of, 3 + key, (int) (key % 2)))));
        }
        table.namespaces().end(1, 400);
        fixture.setApplied(400);
        assertEquals(150, table.totals().entries(), "in one step");
        assertEquals(300, table.usedSlots());
        long next = 0;
        do {
            next = table.sweep(next, 10);
        } while (next != 0);
        assertEquals(150, table.usedSlots());
        fixture.model.values().removeIf(entry -> entry.namespace() == 1);
        fixture.assertEqualsModel(LongStream.range(0, 300).mapToObj(Digest::of).toList(), "swept");
    }

    @Test
    void attach_completeTable_findsWhatIsThere() {
        fixture.put(7, 5);
        assertFalse(table.isComplete());
        table.markComplete();
        LookupTable attached = LookupTable.attach(fixture.memory.asReadOnly(), TableFixture.UUID_HI,
                TableFixture.UUID_LO, fixture.appliedWord.asReadOnly());
        assertTrue(attached.isComplete());
        assertEquals(TableFixture.SEED, attached.hashSeed());
        assertEquals(1000, attached.maxEntries());
        TableFixture.assertFinds(attached, digest, TableFixture.entry(digest, 5, 0), "attached read-only");
    }

    @Test
    void attach_otherStoreOrCutOff_isCorrupt() {
        assertThrows(HearthException.Corrupt.class,
                () -> LookupTable.attach(fixture.memory, 1, TableFixture.UUID_LO, fixture.appliedWord));
        for (long bytes : new long[]{0, 64, 4096, fixture.memory.byteSize() - 1}) {
            MemorySegment cut = fixture.memory.asSlice(0, bytes);
            assertThrows(HearthException.Corrupt.class, () -> LookupTable.attach(cut, TableFixture.UUID_HI,
                    TableFixture.UUID_LO, fixture.appliedWord), "bytes=" + bytes);
        }
    }

    @Test
    void attach_otherFormat_isIncompatible() {
        fixture.memory.set(Words.INT_LAYOUT, TableDescriptor.FORMAT_OFFSET, 2);
        CRC32C crc = new CRC32C();
        crc.update(fixture.memory.asSlice(0, 60).toArray(ValueLayout.JAVA_BYTE));
        fixture.memory.set(Words.INT_LAYOUT, TableDescriptor.CRC_OFFSET, (int) crc.getValue());
        HearthException.Incompatible thrown = assertThrows(HearthException.Incompatible.class,
                () -> LookupTable.attach(fixture.memory, TableFixture.UUID_HI, TableFixture.UUID_LO,
                        fixture.appliedWord));
        assertEquals(2, thrown.found());
        assertEquals(1, thrown.supported());
    }

    @Test
    void format_memoryThatWasUsed_isEmptyAndNotComplete() {
        fixture.put(7, 5);
        table.markComplete();
        fixture.memory.asSlice(TableDescriptor.BUCKETS_OFFSET + 5 * 512, 512).fill((byte) 0xFF);
        LookupTable again = LookupTable.format(fixture.memory, 1000, 3, 1, 2, fixture.appliedWord);
        assertFalse(again.isComplete());
        assertFalse(again.find(digest.hi(), digest.lo(), found));
        assertTrue(again.forEach(entry -> assertEquals("nothing", entry.toString())));
        assertEquals(0, again.usedSlots());
        assertTrue(again.namespaces().list().isEmpty());
    }

    @Test
    void format_memoryTooSmall_isRefused() {
        MemorySegment small = fixture.memory.asSlice(0, fixture.memory.byteSize() - 1);
        assertThrows(IllegalArgumentException.class,
                () -> LookupTable.format(small, 1000, 3, 1, 2, fixture.appliedWord));
    }

    @Test
    void find_hitsAndMisses_allocateNothing() {
        for (long key = 0; key < 900; key++) {
            fixture.put(key, key + 2);
        }
        long[] keys = LongStream.range(0, 1800).map(key -> key % 900 + (key & 1) * 900).toArray();
        Digest[] digests = LongStream.of(keys).mapToObj(Digest::of).toArray(Digest[]::new);
        long[] hits = {0};
        assertEquals(0, Garbage.of(() -> hits[0] = findAll(digests)), "bytes for 1,800 finds");
        assertEquals(900, hits[0]);
    }

    private long findAll(Digest[] digests) {
        long hits = 0;
        for (Digest of : digests) {
            hits += table.find(of.hi(), of.lo(), found) ? 1 : 0;
        }
        return hits;
    }
}
