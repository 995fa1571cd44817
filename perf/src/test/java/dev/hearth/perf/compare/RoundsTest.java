package dev.hearth.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.perf.compare.peer.Peer;
import dev.hearth.perf.compare.peer.PeerSetup;
import dev.hearth.perf.compare.peer.Peers;
import dev.hearth.perf.compare.peer.Session;
import dev.hearth.perf.compare.peer.Values;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every store does the work it is measured with, rightly; a round that gets wrong bytes fails. */
final class RoundsTest {
    private static final int VALUE_BYTES = 1_024;
    private static final int ENTRIES = 64;
    private static final Values VALUES = new Values(Arena.global(), VALUE_BYTES, 1);
    @TempDir
    Path directory;

    private PeerSetup setup() {
        return new PeerSetup(directory.resolve("store"), VALUE_BYTES, ENTRIES, 1 << 20, 1);
    }

    // The others need flags of the JVM, native libraries, or seconds to start: they run in the comparison only.
    @ParameterizedTest
    @ValueSource(strings = {Peers.HEARTH, Peers.HEARTH_DECODING, Peers.HEARTH_FRAMED, Peers.HEARTH_COMMIT, Peers.FLOOR,
            Peers.CAFFEINE, Peers.EHCACHE, Peers.MVSTORE})
    void run_allWork_givesTheValuesThatWerePut(String name) throws Exception {
        try (Rounds rounds = new Rounds(name, setup(), Peers.open(name, setup()), VALUES)) {
            rounds.load();
            rounds.touch();
            for (Work work : List.of(Work.HIT, Work.READ, Work.MISS, Work.PUT, Work.MIXED, Work.HIT)) {
                Round round = rounds.run(new RoundOrder(work, 200, 1, work == Work.MIXED, 5));
                assertEquals(200, round.operations());
                assertTrue(round.nanos() > 0 || work.onlyThinks(), work::toString);
                assertEquals(0, round.missShare(), "all is there");
            }
            assertEquals(ENTRIES, rounds.run(new RoundOrder(Work.IMPORT, 1, 1, false, 5)).operations());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Peers.HEARTH, Peers.HEARTH_DECODING, Peers.FLOOR})
    void run_partsAndLoads_giveTheValuesThatWerePut(String name) throws Exception {
        PeerSetup large = new PeerSetup(directory.resolve("store"), 16 * VALUE_BYTES, ENTRIES, 0, 1);
        Values values = new Values(Arena.global(), 16 * VALUE_BYTES, 1);
        try (Rounds rounds = new Rounds(name, large, Peers.open(name, large), values)) {
            rounds.load();
            assertEquals(50, rounds.run(new RoundOrder(Work.RANGE, 50, 1, false, 5)).operations());
            assertEquals(ENTRIES, rounds.run(new RoundOrder(Work.LOAD, 1, 2, false, 5)).operations());
        }
    }

    @Test
    void run_mixedOnAnEmptyStore_tellsMisses() throws Exception {
        try (Rounds rounds = new Rounds(Peers.HEARTH, setup(), Peers.open(Peers.HEARTH, setup()), VALUES)) {
            double missed = rounds.run(new RoundOrder(Work.MIXED, 200, 1, false, 5)).missShare();
            assertTrue(missed > 0.1 && missed < 0.5, () -> "missed=" + missed);
            Round round = new Round(7, 1.5, 2.5, missed);
            assertEquals(round, Round.parse(round.line()));
        }
    }

    @Test
    void run_compute_givesWhatIsThere() throws Exception {
        try (Rounds rounds = new Rounds(Peers.HEARTH, setup(), Peers.open(Peers.HEARTH, setup()), VALUES)) {
            rounds.load();
            assertEquals(50, rounds.run(new RoundOrder(Work.COMPUTE, 50, 1, false, 5)).operations());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Peers.HEARTH, Peers.PREAD})
    void run_coldReads_giveTheValuesThatWerePut(String name) throws Exception {
        try (Rounds rounds = new Rounds(name, setup(), Peers.open(name, setup()), VALUES)) {
            rounds.load();
            RoundOrder fresh = new RoundOrder(Work.FRESH_READ, ENTRIES, 1, false, 4);
            assertEquals(ENTRIES, rounds.run(fresh).operations(), "nothing has to be dropped");
            RoundOrder order = new RoundOrder(Work.COLD_READ, ENTRIES, 1, false, 5);
            if (isInMemory(directory)) {
                // Nothing can be dropped there, and that is not passed over.
                assertThrows(IllegalStateException.class, () -> rounds.run(order));
            } else {
                assertEquals(ENTRIES, rounds.run(order).operations());
            }
        }
    }

    private static boolean isInMemory(Path path) throws IOException {
        return Files.getFileStore(path).type().equals("tmpfs");
    }

    @Test
    void run_twoThreads_countsBoth() throws Exception {
        try (Rounds rounds = new Rounds(Peers.HEARTH, setup(), Peers.open(Peers.HEARTH, setup()), VALUES)) {
            rounds.load();
            assertEquals(400, rounds.run(new RoundOrder(Work.HIT, 200, 2, false, 5)).operations());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Peers.PWRITE, Peers.FALLOCATE})
    void run_adds_growTheFile(String name) throws Exception {
        try (Rounds rounds = new Rounds(name, setup(), Peers.open(name, setup()), VALUES)) {
            rounds.run(new RoundOrder(Work.ADD, 100, 1, false, 5));
            assertTrue(directory.resolve("store").resolve("new").toFile().length() >= 100L * VALUE_BYTES);
        }
    }

    @Test
    void run_wrongBytesOrMissing_fails() {
        try (Rounds rounds = new Rounds(Peers.FLOOR, setup(), new Forgetful(), VALUES)) {
            assertThrows(IllegalStateException.class, () -> rounds.run(new RoundOrder(Work.HIT, 10, 1, false, 5)));
            assertThrows(IllegalStateException.class, () -> rounds.run(new RoundOrder(Work.READ, 10, 1, false, 5)));
            assertThrows(IllegalStateException.class, () -> rounds.run(new RoundOrder(Work.MISS, 10, 1, false, 5)));
        }
    }

    /** A store that always gives the same wrong answer. */
    private static final class Forgetful implements Peer {
        @Override
        public Session session() {
            return new Session() {
                @Override
                public long hit(long id) {
                    return 1;
                }

                @Override
                public long read(long id, MemorySegment target) {
                    return 1;
                }

                @Override
                public void put(long id, MemorySegment value) {
                    throw new UnsupportedOperationException();
                }
            };
        }

        @Override
        public void close() {}
    }

    @Test
    void scenario_workersInProcesses_areMeasuredAndAPeerThatFailsIsLeftOut() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Messages messages = new Messages(new PrintStream(said, true, StandardCharsets.UTF_8));
        Scenario scenario = Scenario.of("small", VALUE_BYTES, ENTRIES);
        // Nothing that was added to a bare file is found again.
        Plan plan = Plan.tiny(directory);
        Cell cell = Cell.of("hit", "hit", scenario, Work.HIT, Goal.none(Peers.FLOOR), Peers.HEARTH, Peers.FLOOR,
                Peers.PWRITE);
        try (ScenarioRun run = new ScenarioRun(scenario, plan, directory, messages)) {
            Measured measured = run.run(List.of(cell)).get(cell);
            assertNotNull(measured);
            assertEquals(List.of(Peers.HEARTH, Peers.FLOOR), List.copyOf(measured.rounds().keySet()));
        }
        assertTrue(messages.notes().getFirst().contains("pwrite failed and is left out: worker=pwrite: error "),
                () -> said.toString(StandardCharsets.UTF_8));
    }
}
