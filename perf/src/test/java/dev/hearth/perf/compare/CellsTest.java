package dev.hearth.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.perf.compare.peer.Peers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table has room for so many rows, and every row makes sense. */
final class CellsTest {
    @Test
    void all_rows_areAtMostForty() {
        List<Cell> cells = Cells.all(true);
        int rows = cells.size() + Cells.again().size() + Cells.attachEntries(true).size()
                + Cells.replayBlocks(true).size() + 1;
        assertTrue(rows <= 40, "rows=" + rows);
    }

    @Test
    void all_metrics_areDistinctAndQuickOnesAreInFull() {
        List<String> full = Cells.all(true).stream().map(Cell::metric).toList();
        Set<String> distinct = new HashSet<>(full);
        Cells.again().forEach(again -> assertTrue(distinct.add(again.metric()), again.metric()));
        assertEquals(full.size() + Cells.again().size(), distinct.size());
        assertTrue(full.containsAll(Cells.all(false).stream().map(Cell::metric).toList()));
    }

    @Test
    void all_goals_areAgainstWhatIsMeasured() {
        Set<String> metrics = Cells.all(true).stream().map(Cell::metric).collect(Collectors.toSet());
        for (Cell cell : Cells.all(true)) {
            assertTrue(cell.peers().getFirst().startsWith(Peers.HEARTH), cell.metric());
            check(cell, cell.goal(), metrics);
        }
        for (Cells.Again again : Cells.again()) {
            Cell of = Cells.all(true).stream().filter(cell -> cell.metric().equals(again.of())).findFirst()
                    .orElseThrow();
            check(of, again.goal(), metrics);
        }
    }

    private static void check(Cell cell, Goal goal, Set<String> metrics) {
        String own = goal.ownMetric();
        assertTrue(own != null
                ? metrics.contains(own)
                : goal.against().equals(Goal.BEST) || cell.peers().contains(goal.against()), cell.metric());
    }
}
