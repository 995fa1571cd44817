package dev.hearth.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.perf.compare.peer.Peers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table has room for so many rows, and every row makes sense. */
final class CellsTest {
    private static List<Cell> withOtherGoals(boolean full) {
        return Cells.all(full).stream().flatMap(cell -> Stream.concat(Stream.of(cell), Cells.again(cell).stream()))
                .toList();
    }

    @Test
    void all_cells_areAtMostForty() {
        int cells = Cells.all(true).size() + Cells.replayBlocks(true).size();
        assertTrue(cells <= 40, "cells=" + cells);
    }

    @Test
    void all_metrics_areDistinctAndQuickOnesAreInFull() {
        List<String> full = withOtherGoals(true).stream().map(Cell::metric).toList();
        assertEquals(full.size(), Set.copyOf(full).size());
        List<String> quick = withOtherGoals(false).stream().map(Cell::metric)
                .filter(metric -> !metric.equals("attach.1000000")).toList();
        assertTrue(full.containsAll(quick), quick::toString);
    }

    @Test
    void all_goals_areAgainstWhatIsMeasuredBefore() {
        for (boolean full : new boolean[]{true, false}) {
            Set<String> before = new HashSet<>();
            for (Cell cell : withOtherGoals(full)) {
                assertTrue(cell.peers().getFirst().startsWith(Peers.HEARTH), cell.metric());
                check(cell, before);
                before.add(cell.metric());
            }
        }
    }

    private static void check(Cell cell, Set<String> before) {
        Goal goal = cell.goal();
        String own = goal.ownMetric();
        String kept = goal.kept();
        assertTrue(own == null || before.contains(own), cell.metric());
        assertTrue(kept == null || before.contains(kept), cell.metric());
        assertTrue(own != null || goal.atMost() != null || goal.against().equals(Goal.BEST)
                || cell.peers().contains(goal.against()), cell.metric());
    }

    @Test
    void all_promisedFigures_haveARowWithAGoal() {
        List<String> goals = withOtherGoals(true).stream().filter(cell -> !cell.goal().text().isEmpty())
                .map(Cell::metric).toList();
        for (String metric : List.of("hit.4k", "hit.4k.floor", "hit.1536", "hit.1536.chronicle", "miss.4k", "read.64k",
                "hit.64k.framed", "read.64k.decoded", "read.64k.decoded.2threads", "load.1g", "load.1g.cold", "put.4k",
                "put.4k.writemap", "put.1m", "put.4k.commit.8threads", "mixed.4k", "attach.1000", "attach.10000000",
                "rebuild.table", "rebuild.index", "cold.64k", "hit.64k", "read.64k.redis", "compute.4k")) {
            assertTrue(goals.contains(metric), metric);
        }
    }
}
