package dev.hearth.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.perf.compare.peer.Peers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A comparison with everybody, in which next to nothing is done: each peer starts, works and ends as in a real one.
 * Variants of a peer, and files that are none, are tried in one process ({@link RoundsTest}).
 */
final class ComparisonSmokeTest {
    private static final Scenario SMALL = Scenario.of("small", 8_192, 64).spare(1 << 20);
    @TempDir
    Path directory;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final Messages messages = new Messages(new PrintStream(said, true, StandardCharsets.UTF_8));

    private Map<Cell, Measured> run(Scenario scenario, List<Cell> cells) {
        try (ScenarioRun run = new ScenarioRun(scenario, Plan.tiny(directory), directory, messages)) {
            return run.run(cells);
        }
    }

    private static Cell cell(Work work, String... peers) {
        return Cell.of(work.name(), work.name(), SMALL, work, Goal.none(peers[peers.length - 1]), peers);
    }

    @Test
    void run_allPeers_areMeasured() {
        List<Cell> cells = List.of(
                cell(Work.MIXED, Peers.HEARTH, Peers.HEARTH_HALF_FRAMED, Peers.LMDB, Peers.ROCKSDB, Peers.CHRONICLE,
                        Peers.MVSTORE, Peers.EHCACHE_DISK, Peers.CAFFEINE, Peers.REDIS, Peers.FLOOR),
                cell(Work.RANGE, Peers.HEARTH, Peers.LMDB, Peers.ROCKSDB, Peers.REDIS, Peers.FLOOR),
                cell(Work.ADD, Peers.HEARTH), cell(Work.ATTACH, Peers.HEARTH, Peers.LMDB, Peers.EHCACHE_DISK),
                cell(Work.REBUILD_TABLE, Peers.HEARTH), cell(Work.REBUILD_INDEX, Peers.HEARTH));
        Map<Cell, Measured> measured = run(SMALL, cells);
        for (Cell cell : cells) {
            List<String> expected = cell.peers().stream().filter(Peers::isAvailable).toList();
            Measured each = measured.get(cell);
            List<String> names = each == null ? List.of() : List.copyOf(each.rounds().keySet());
            assertEquals(expected, names, () -> cell.metric() + said.toString(StandardCharsets.UTF_8));
        }
        List<Row> rows = new ArrayList<>();
        measured.forEach((cell, each) -> rows.add(row(cell, each)));
        Results results = new Results(rows, List.of(), messages.notes());
        assertEquals(cells.size(), results.jsonLines().lines().count());
        assertTrue(results.jsonLines().lines().allMatch(line -> line.startsWith("{\"metric\":\"")), results::jsonLines);
    }

    private static Row row(Cell cell, Measured measured) {
        List<Round> rounds = measured.rounds().getOrDefault(Peers.HEARTH, List.of());
        return Row.judged(cell, new Sample(rounds.stream().map(Round::nanos).toList()), Map.of(), measured.noise(),
                Map.of());
    }
}
