package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.table.TableFixture.Change;
import dev.hearth.store.table.TableFixture.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TableFillerTest {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment encoded = arena.allocate(EntryLayout.BYTES, 8);

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void fill_asMuchAsFits_isWhatInsertingWouldBe() {
        TableFixture fixture = new TableFixture(arena, 1_000);
        List<Digest> digests = digests(0, 1_200);
        fixture.setApplied(2_000);
        TableFiller filler = fixture.table.filler();
        for (Digest digest : digests) {
            fill(filler, fixture, digest, 1 + digests.indexOf(digest));
        }
        filler.finish();
        fixture.assertEqualsModel(digests, "filled");
        assertEquals(0, fixture.table.recount(), "damage");
        fixture.assertEqualsModel(digests, "counted anew");
    }

    @Test
    void fill_thenCommitted_goesOnAsUsual() {
        TableFixture fixture = new TableFixture(arena, 1_000);
        List<Digest> digests = digests(0, 1_000);
        fixture.setApplied(5);
        TableFiller filler = fixture.table.filler();
        digests.subList(0, 777).forEach(digest -> fill(filler, fixture, digest, 5));
        filler.finish();
        for (long version = 6; version < 600; version++) {
            Digest digest = digests.get((int) (version * 31 % 1_000));
            fixture.commit(version, List.of(new Change(digest,
                    version % 3 == 0 ? null : TableFixture.entry(digest, version, 0))));
        }
        fixture.assertEqualsModel(digests, "committed");
    }

    @Test
    void finish_notCalled_leavesSomeOut() {
        TableFixture fixture = new TableFixture(arena, 1_000);
        Digest digest = Digest.of(1);
        fixture.setApplied(5);
        TableFiller filler = fixture.table.filler();
        fill(filler, fixture, digest, 5);
        assertFalse(fixture.table.find(digest.hi(), digest.lo(), new TableEntry()));
        filler.finish();
        assertTrue(fixture.table.find(digest.hi(), digest.lo(), new TableEntry()));
    }

    @Test
    void fill_moreThanThereAreSlots_isFull() {
        TableFixture fixture = new TableFixture(arena, 10);
        fixture.setApplied(5);
        TableFiller filler = fixture.table.filler();
        long slots = fixture.table.slotCount();
        assertThrows(HearthException.Full.class, () -> {
            digests(0, slots + 1).forEach(digest -> fill(filler, fixture, digest, 5));
            filler.finish();
        });
        assertTrue(fixture.table.usedSlots() > slots / 10 * 9, () -> "usedSlots=" + fixture.table.usedSlots());
    }

    @Test
    void fill_namespaceThatEnded_doesNotCount() {
        TableFixture fixture = new TableFixture(arena, 1_000);
        fixture.setApplied(5);
        fixture.table.namespaces().end(0, 4);
        TableFiller filler = fixture.table.filler();
        fill(filler, fixture, Digest.of(1), 4);
        filler.finish();
        assertEquals(0, fixture.table.totals().entries());
        assertFalse(fixture.table.find(Digest.of(1).hi(), Digest.of(1).lo(), new TableEntry()));
    }

    @Test
    void fill_notAnEntry_isRefused() {
        TableFixture fixture = new TableFixture(arena, 1_000);
        TableFiller filler = fixture.table.filler();
        EntryLayout.write(TableFixture.entry(Digest.of(1), 0, 0), encoded, 0);
        assertThrows(IllegalArgumentException.class, () -> filler.accept(encoded, 0), "version 0");
        EntryLayout.write(TableFixture.entry(Digest.of(1), 1, NamespaceDescriptor.RECORDS), encoded, 0);
        assertThrows(IllegalArgumentException.class, () -> filler.accept(encoded, 0), "namespace");
        filler.finish();
        assertEquals(0, fixture.table.usedSlots());
    }

    private void fill(TableFiller filler, TableFixture fixture, Digest digest, long version) {
        EntryDescriptor entry = TableFixture.entry(digest, version, 0);
        EntryLayout.write(entry, encoded, 0);
        filler.accept(encoded, 0);
        fixture.model.put(digest, entry);
    }

    private static List<Digest> digests(long from, long to) {
        return LongStream.range(from, to).mapToObj(Digest::of).toList();
    }
}
