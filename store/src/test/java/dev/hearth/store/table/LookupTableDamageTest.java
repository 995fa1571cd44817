package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.table.TableFixture.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Flipped bits and junk in the memory of the table: the right answer, a miss or a typed error, and never a spin. */
class LookupTableDamageTest {
    private static final long MAX_ENTRIES = 500;

    @Test
    void attach_anyBitOfTheFixedHeaderFlipped_isCorruptOrIncompatible() {
        try (Arena arena = Arena.ofConfined()) {
            TableFixture fixture = new TableFixture(arena, MAX_ENTRIES);
            for (long bit = 0; bit < 64 * 8; bit++) {
                flip(fixture.memory, bit);
                HearthException thrown = assertThrows(HearthException.class, () -> attach(fixture), "bit=" + bit);
                assertTrue(thrown instanceof HearthException.Corrupt, "a flipped bit is damage: bit=" + bit);
                flip(fixture.memory, bit);
            }
            assertEquals(MAX_ENTRIES, attach(fixture).maxEntries(), "unharmed again");
        }
    }

    @Test
    void find_anyBitOfABucketFlipped_rightOrMissAndWriterGoesOn() {
        try (Arena arena = Arena.ofShared()) {
            TinyTable pristine = new TinyTable(arena, 3, Steps.NONE);
            TinyTable damaged = new TinyTable(arena, 3, Steps.NONE);
            List<Digest> digests = LongStream.range(0, 16).mapToObj(Digest::of).toList();
            pristine.table.namespaces().define(0, "base", "", "f32", 1);
            pristine.setApplied(9);
            // Every slot has held something older once, which must not come back.
            for (long version = 2; version < 9; version++) {
                fill(pristine, digests, version);
            }
            long bits = pristine.memory.byteSize() * 8;
            assertTimeoutPreemptively(Duration.ofMinutes(2), () -> {
                for (long bit = TableDescriptor.HEADER_BYTES * 8; bit < bits; bit++) {
                    if (bit == (TableDescriptor.HEADER_BYTES + NamespaceDescriptor.NAME_OFFSET) * 8) {
                        // The texts and the other records have no part in a find.
                        bit += (TinyTable.NAMESPACES * NamespaceDescriptor.RECORD_BYTES
                                - NamespaceDescriptor.NAME_OFFSET) * 8;
                    }
                    damaged.copyFrom(pristine);
                    flip(damaged.memory, bit);
                    assertRightOrMiss(damaged, digests, 8, "bit=" + bit);
                    goOn(damaged, digests, "bit=" + bit);
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void find_junkInTheBuckets_neverSpinsAndWriterEndsWithAnAnswer(long seed) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(seed);
            TinyTable tiny = new TinyTable(arena, 8, Steps.NONE);
            List<Digest> digests = LongStream.range(0, 40).mapToObj(Digest::of).toList();
            assertTimeoutPreemptively(Duration.ofMinutes(2), () -> {
                for (int round = 0; round < 300; round++) {
                    byte[] junk = new byte[(int) tiny.memory.byteSize() - TableDescriptor.HEADER_BYTES];
                    random.nextBytes(junk);
                    MemorySegment.copy(junk, 0, tiny.memory, ValueLayout.JAVA_BYTE, TableDescriptor.HEADER_BYTES,
                            junk.length);
                    tiny.setApplied(5);
                    String when = "seed=" + seed + " round=" + round;
                    for (Digest digest : digests) {
                        TableFixture.assertFinds(tiny.table, digest, null, when);
                    }
                    assertTrue(tiny.table.recount() > 0, when + " damaged slots");
                    goOn(tiny, digests, when);
                }
            });
        }
    }

    private static void fill(TinyTable tiny, List<Digest> digests, long version) {
        for (Digest digest : digests) {
            tiny.table.insert(TableFixture.entry(digest, version, 0));
            tiny.table.settle(digest.hi(), digest.lo());
        }
    }

    private static void assertRightOrMiss(TinyTable tiny, List<Digest> digests, long version, String when) {
        TableEntry found = new TableEntry();
        for (Digest digest : digests) {
            EntryDescriptor expected = TableFixture.entry(digest, version, 0);
            boolean isHit = tiny.table.find(digest.hi(), digest.lo(), found);
            assertTrue(!isHit || found.hasSameWords(new TableEntry().from(expected)), () -> when + " found=" + found);
        }
        tiny.table.forEach(entry -> assertEquals(version, entry.version(), when));
    }

    /** What a writer would do next: every digest again, which makes everything whole that the damage had taken. */
    private static void goOn(TinyTable tiny, List<Digest> digests, String when) {
        tiny.table.recount();
        assertEquals(0, tiny.table.recount(), when + " damage is cleared away");
        tiny.setApplied(20);
        try {
            fill(tiny, digests, 20);
        } catch (HearthException.Full full) {
            assertTrue(tiny.table.load() > 0.7, when + ' ' + full.getMessage());
        }
        assertRightOrMiss(tiny, digests, 20, when + " written again");
    }

    private static LookupTable attach(TableFixture fixture) {
        return LookupTable.attach(fixture.memory, TableFixture.UUID_HI, TableFixture.UUID_LO, fixture.appliedWord);
    }

    private static void flip(MemorySegment memory, long bit) {
        byte old = memory.get(ValueLayout.JAVA_BYTE, bit / 8);
        memory.set(ValueLayout.JAVA_BYTE, bit / 8, (byte) (old ^ (1 << (bit % 8))));
    }
}
