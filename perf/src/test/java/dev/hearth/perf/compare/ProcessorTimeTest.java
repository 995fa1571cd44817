package dev.hearth.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What the kernel says about processor time is read rightly. */
final class ProcessorTimeTest {
    private static final String IDLE = "cpu  1000 50 300 9000 20 5 25 100 0 0";
    // 40 more for programs, 10 for the kernel, 30 idle, 5 in interrupts, 15 stolen.
    private static final String LATER = "cpu  1030 60 310 9030 20 5 30 115 0 0";

    @Test
    void parse_line_tellsProgramsFromTheRest() {
        ProcessorTime time = ProcessorTime.parse(IDLE, 7);
        assertEquals(new ProcessorTime(10_500, 1_350, 100, 7), time);
    }

    @Test
    void lostSince_othersAndStolen_arePartOfAll() {
        ProcessorTime then = ProcessorTime.parse(IDLE, 200);
        assertEquals(0.15, ProcessorTime.parse(LATER, 250).lostSince(then), 1e-9, "all programs were ours");
        assertEquals(0.45, ProcessorTime.parse(LATER, 220).lostSince(then), 1e-9);
        assertEquals(0.15, ProcessorTime.parse(LATER, 260).lostSince(then), 1e-9, "ticks are coarse");
        assertEquals(0, then.lostSince(then));
    }

    @Test
    void ofProcess_line_sumsItsTimeAndThatOfItsChildren() {
        assertEquals(1 + 20 + 300 + 4_000,
                ProcessorTime.ofProcess("42 (a) b (c)) S 1 42 42 0 -1 4194560 5 6 7 8 1 20 300 4000 20 0 9 0 55"));
    }

    @Test
    void now_workOfThisProcess_isOurs() {
        ProcessorTime before = ProcessorTime.now();
        long end = System.nanoTime() + 120_000_000_000L;
        ProcessorTime after = ProcessorTime.now();
        // A process is accounted more finely than the processors: its ticks may be seen first.
        while ((after.ours() <= before.ours() || after.total() <= before.total()) && System.nanoTime() < end) {
            after = ProcessorTime.now();
        }
        assertTrue(after.ours() > before.ours() && after.total() > before.total(), after.toString());
    }
}
