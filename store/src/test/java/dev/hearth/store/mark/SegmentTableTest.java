package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SegmentTableTest {
    private static final int COUNT = 16;
    private static final long OWNER = SlotWord.of(3, 9);
    private final Arena arena = Arena.ofShared();
    private final MemorySegment records = arena.allocate(COUNT * SegmentRecordDescriptor.BYTES, 64);
    private final SegmentTable table = new SegmentTable(Path.of("mark"), 8192, records, COUNT);

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void claimOpenSealMarkFree_oneSegment_goesRound() {
        assertTrue(table.claim(5, 1, Kind.ACTIVATION, OWNER));
        assertEquals(SegmentState.CLAIMED, table.state(5));
        assertEquals(OWNER, table.owner(5));
        assertFalse(table.claim(5, 1, Kind.PARAMETER, OWNER), "taken");
        table.open(5, 1, 1);
        assertEquals(SegmentState.OPEN, table.state(5));
        assertEquals(Kind.ACTIVATION.id(), SegmentWord.kindId(table.stateWord(5)));
        assertTrue(table.transition(5, SegmentState.OPEN, SegmentState.SEALED));
        assertFalse(table.transition(5, SegmentState.OPEN, SegmentState.SEALED));
        assertTrue(table.transition(5, SegmentState.SEALED, SegmentState.MARKED));
        table.free(5, 1);
        assertEquals(SegmentState.FREE, table.state(5));
        assertEquals(1, table.generation(5));
        assertEquals(0, table.owner(5));
        assertThrows(IllegalStateException.class, () -> table.free(5, 2));
        assertThrows(IllegalStateException.class, () -> table.open(5, 1, 1));
        assertTrue(table.claim(5, 1, Kind.PARAMETER, OWNER));
        assertThrows(IllegalArgumentException.class, () -> table.free(5, 0), "generations only grow");
    }

    @Test
    void claim_run_isAllOrNothing() {
        assertTrue(table.claim(6, 1, Kind.ACTIVATION, OWNER));
        assertFalse(table.claim(4, 3, Kind.PARAMETER, OWNER));
        assertEquals(SegmentState.FREE, table.state(4));
        assertTrue(table.claim(7, 3, Kind.PARAMETER, OWNER));
        assertEquals(3, SegmentWord.run(table.stateWord(7)));
        assertEquals(SegmentState.RUN_MEMBER, table.state(9));
        assertEquals(2, SegmentWord.run(table.stateWord(9)));
        assertThrows(IllegalStateException.class, () -> table.free(9, 1));
        table.open(7, 1, 1);
        table.free(7, 4);
        for (int segment = 7; segment < 10; segment++) {
            assertEquals(SegmentState.FREE, table.state(segment));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> table.claim(15, 2, Kind.PARAMETER, OWNER));
        assertThrows(IndexOutOfBoundsException.class, () -> table.generation(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> table.generation(COUNT));
    }

    @Test
    void reserve_untilFull_extentsAndDirectoryNeverMeet() {
        long segmentUnits = 4096;
        assertTrue(table.claim(0, 1, Kind.ACTIVATION, OWNER));
        table.open(0, 1, 1);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long end = 1;
        int count = 0;
        while (true) {
            ExtentRequest request = random.nextBoolean()
                    ? ExtentRequest.of(1 + random.nextInt(40), segmentUnits)
                    : new ExtentRequest(10 + random.nextInt(40), 64, 1 + random.nextInt(9), segmentUnits);
            long result = table.reserve(0, 0, request);
            if (result == Reservation.FULL) {
                assertTrue(end + 200 + Reservation.directoryUnits(count + 1) > segmentUnits, "seed=" + seed);
                break;
            }
            assertEquals(count, Reservation.directoryCount(result), "seed=" + seed);
            long start = Reservation.offsetUnits(result);
            assertTrue(start >= end, "seed=" + seed);
            assertEquals(0, (start + request.phaseUnits()) % request.alignUnits(), "seed=" + seed);
            assertTrue(start - end < request.alignUnits(), "seed=" + seed);
            end = start + request.units();
            count++;
            assertTrue(end <= segmentUnits - Reservation.directoryUnits(count), "seed=" + seed);
        }
        assertEquals(end, Reservation.offsetUnits(table.reservation(0)));
        assertEquals(count, Reservation.directoryCount(table.reservation(0)));
    }

    @Test
    void reserve_exactFit_leavesRoomForTheDirectoryEntry() {
        assertTrue(table.claim(0, 1, Kind.ACTIVATION, OWNER));
        table.open(0, 0, 1);
        assertEquals(Reservation.FULL, table.reserve(0, 0, ExtentRequest.of(100, 100)));
        long result = table.reserve(0, 0, ExtentRequest.of(99, 100));
        assertEquals(0, Reservation.offsetUnits(result));
        assertEquals(Reservation.FULL, table.reserve(0, 0, ExtentRequest.of(1, 100)));
    }

    @Test
    void reserve_closedFreedOrOtherGeneration_isStale() {
        assertEquals(Reservation.FULL, table.reserve(1, 0, ExtentRequest.of(2, 1)), "a request larger than all");
        assertTrue(table.claim(1, 1, Kind.ACTIVATION, OWNER));
        table.open(1, 1, 1);
        assertEquals(Reservation.STALE, table.reserve(1, 1, ExtentRequest.of(1, 4096)));
        assertEquals(1, Reservation.offsetUnits(table.reserve(1, 0, ExtentRequest.of(3, 4096))));
        long closed = table.closeReservations(1);
        assertEquals(4, Reservation.offsetUnits(closed));
        assertEquals(1, Reservation.directoryCount(closed));
        assertEquals(closed, table.closeReservations(1));
        assertEquals(Reservation.STALE, table.reserve(1, 0, ExtentRequest.of(1, 4096)));
        table.free(1, 1);
        assertEquals(Reservation.STALE, table.reserve(1, 1, ExtentRequest.of(1, 4096)),
                "free, though of the generation");
        assertThrows(IllegalArgumentException.class, () -> ExtentRequest.of(0, 4096));
        assertThrows(IllegalArgumentException.class, () -> new ExtentRequest(1, 3, 0, 4096));
    }

    @Test
    void reserve_manyThreads_extentsAreDisjoint() throws InterruptedException {
        long segmentUnits = 1 << 16;
        assertTrue(table.claim(2, 1, Kind.ACTIVATION, OWNER));
        table.open(2, 1, 1);
        List<long[]> extents = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int units = 3 + t;
            threads.add(Thread.ofPlatform().start(() -> {
                while (true) {
                    long result = table.reserve(2, 0, ExtentRequest.of(units, segmentUnits));
                    if (result < 0) {
                        return;
                    }
                    extents.add(new long[]{Reservation.offsetUnits(result), units,
                            Reservation.directoryCount(result)});
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        extents.sort((a, b) -> Long.compare(a[0], b[0]));
        long end = 1;
        for (int i = 0; i < extents.size(); i++) {
            assertEquals(end, extents.get(i)[0], "no gap and no overlap");
            assertEquals(i, extents.get(i)[2], "directory places in the same order");
            end += extents.get(i)[1];
        }
        assertTrue(end > segmentUnits / 2, "end=" + end);
    }

    @Test
    void freeOrphans_claimersDead_freesTheirsOnly() {
        long dead = SlotWord.of(1, 1);
        assertTrue(table.claim(0, 1, Kind.ACTIVATION, dead));
        assertTrue(table.claim(1, 3, Kind.PARAMETER, dead));
        assertTrue(table.claim(4, 2, Kind.PARAMETER, OWNER));
        assertTrue(table.claim(6, 1, Kind.ACTIVATION, dead));
        table.open(6, 1, 1);
        assertTrue(table.claim(8, 1, Kind.ACTIVATION, dead));
        records.set(Words.LONG, 8 * SegmentRecordDescriptor.BYTES + SegmentRecordDescriptor.OWNER, 0);
        // A member whose head was freed before the claimer died.
        records.set(Words.LONG, 11 * SegmentRecordDescriptor.BYTES + SegmentRecordDescriptor.STATE,
                SegmentWord.of(11, SegmentState.RUN_MEMBER, 1, 1));
        assertEquals(4, table.freeOrphans(owner -> owner == OWNER));
        for (int segment : new int[]{0, 1, 2, 3, 8, 11}) {
            assertEquals(SegmentState.FREE, table.state(segment), "segment=" + segment);
        }
        assertEquals(SegmentState.CLAIMED, table.state(4));
        assertEquals(SegmentState.RUN_MEMBER, table.state(5));
        assertEquals(SegmentState.OPEN, table.state(6), "what was opened is found through the log");
        assertEquals(0, table.freeOrphans(owner -> owner == OWNER));
    }

    @Test
    void state_anyBitFlipped_isNearlyAlwaysCorrupt() {
        assertTrue(table.claim(5, 1, Kind.ACTIVATION, OWNER));
        long word = table.stateWord(5);
        for (int bit = 0; bit < 64; bit++) {
            records.set(Words.LONG, 5 * SegmentRecordDescriptor.BYTES + SegmentRecordDescriptor.STATE,
                    word ^ 1L << bit);
            HearthException.Corrupt thrown = assertThrows(HearthException.Corrupt.class, () -> table.state(5),
                    "bit=" + bit);
            assertEquals(8192 + 5 * 64 + 8, thrown.offsetBytes());
        }
        assertFalse(SegmentWord.isValid(6, word), "in the place of another");
        assertNotEquals(0, SegmentWord.of(5, SegmentState.CLAIMED, 1, 1));
    }

    @Test
    void release_againAndOfAnEarlierGeneration_endsTheGenerationOnce() {
        assertTrue(table.claim(4, 2, Kind.ACTIVATION, OWNER));
        table.open(4, 1, 7);
        long generation = table.generation(4);
        assertEquals(7, table.openedAt(4));
        assertThrows(IllegalArgumentException.class, () -> table.release(4, generation, generation));
        table.release(4, generation, generation + 5);
        table.release(4, generation, generation + 9);
        assertEquals(SegmentState.RELEASED, table.state(4));
        assertEquals(generation + 5, table.generation(4), "the second time nothing is left to do");
        assertEquals(Reservation.STALE, table.reserve(4, generation, ExtentRequest.of(1, 4096)), "a put that is late");
        assertEquals(SegmentState.RUN_MEMBER, table.state(5));
        table.free(4, table.generation(4));
        assertEquals(SegmentState.FREE, table.state(4));
        assertEquals(SegmentState.FREE, table.state(5));
        table.release(4, generation + 5, generation + 6);
        assertEquals(SegmentState.FREE, table.state(4), "nothing to release");
    }

    @Test
    void committedAndAllocated_noted_areThere() {
        table.addCommittedBytes(3, 100);
        table.addCommittedBytes(3, -40);
        table.setAllocatedBytes(3, 4096);
        assertEquals(60, table.committedBytes(3));
        assertEquals(4096, table.allocatedBytes(3));
        assertEquals(0, table.committedBytes(2));
        table.restore(3, new SegmentTable.SegmentRecord(9, SegmentState.SEALED, 2, 1, 77, 5, 50, 256, 12));
        assertEquals(SegmentState.SEALED, table.state(3));
        assertEquals(9, table.generation(3));
        assertEquals(77, Reservation.offsetUnits(table.reservation(3)));
        assertEquals(50, table.committedBytes(3));
        assertEquals(Reservation.STALE, table.reserve(3, 9, ExtentRequest.of(1, 4096)));
    }
}
