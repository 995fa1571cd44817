package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What moving would gain, from sizes alone. */
class MovePlanTest {
    private static final long SEGMENT = 1 << 20;
    private static final int SEGMENTS = 64;

    private static MovePlan.Layout layout(int[] free, MovePlan.Target... targets) {
        BitSet set = new BitSet();
        IntStream.of(free).forEach(set::set);
        return new MovePlan.Layout(SEGMENT, SEGMENTS, set, List.of(targets), 0, 0);
    }

    private static MovePlan.Victim victim(int segment, long... sizes) {
        return new MovePlan.Victim(segment, 1, sizes.length, sizes, 0);
    }

    private static MovePlan.Victim sand(int segment, long bytes) {
        return new MovePlan.Victim(segment, 1, 1_000, new long[0], bytes);
    }

    private static List<Integer> gaining(MovePlan.Layout layout, int goal, MovePlan.Victim... victims) {
        return MovePlan.gaining(layout, List.of(victims), goal).stream().map(MovePlan.Victim::segment).toList();
    }

    @Test
    void gaining_twoHalves_takesBoth() {
        MovePlan.Victim[] halves = {victim(10, SEGMENT / 2 - 1000), victim(11, SEGMENT / 2 - 1000), sand(12, 100)};
        assertEquals(List.of(10, 11), gaining(layout(new int[]{0}), 1, halves));
        assertEquals(List.of(), gaining(layout(new int[]{}), 1, halves[0], halves[1]), "no segment to move into");
    }

    @Test
    void gaining_oneThatFitsIntoRoomThatIsThere_takesItAlone() {
        MovePlan.Target open = new MovePlan.Target(5, SEGMENT / 2, true);
        MovePlan.Target sealed = new MovePlan.Target(6, SEGMENT / 2, false);
        MovePlan.Victim victim = victim(10, SEGMENT / 3, SEGMENT / 3);
        assertEquals(List.of(10), gaining(layout(new int[]{}, open, sealed), 1, victim));
        assertEquals(List.of(), gaining(layout(new int[]{}, open), 1, victim), "half of it has room");
    }

    @Test
    void gaining_entriesThatNeverGoTogether_isEmpty() {
        MovePlan.Victim[] most = IntStream.range(10, 40).mapToObj(segment -> victim(segment, SEGMENT * 3 / 5))
                .toArray(MovePlan.Victim[]::new);
        assertEquals(List.of(), gaining(layout(new int[]{0, 1, 2}), 1, most));
    }

    @Test
    void gaining_sandOfFourFifths_takesFiveOrSix() {
        MovePlan.Victim[] most = IntStream.range(10, 40).mapToObj(segment -> sand(segment, SEGMENT * 4 / 5))
                .toArray(MovePlan.Victim[]::new);
        int few = gaining(layout(new int[]{0}), 1, most).size();
        assertTrue(few == 5 || few == 6, "victims=" + few);
        int all = gaining(layout(new int[]{0}), Integer.MAX_VALUE, most).size();
        assertTrue(all > 25, "victims=" + all);
    }

    @Test
    void gaining_targetThatIsAVictimItself_isNoTarget() {
        MovePlan.Target first = new MovePlan.Target(10, SEGMENT / 2, false);
        assertEquals(List.of(), gaining(layout(new int[]{}, first), 1, victim(10, SEGMENT / 4)));
    }

    @Test
    void gaining_survivorLargerThanASegment_needsARunForIt() {
        MovePlan.Victim run = new MovePlan.Victim(10, 8, 1, new long[]{2 * SEGMENT}, 0);
        assertEquals(List.of(10), gaining(layout(new int[]{0, 1, 2}), 1, run));
        assertEquals(List.of(), gaining(layout(new int[]{0, 2, 4, 5}), 1, run), "three in a row");
    }

    @Test
    void fits_windowToBeCleared_isNotMovedInto() {
        List<MovePlan.Victim> victims = new ArrayList<>(List.of(victim(3, SEGMENT - 1000)));
        BitSet free = new BitSet();
        free.set(2);
        assertTrue(MovePlan.fits(new MovePlan.Layout(SEGMENT, SEGMENTS, free, List.of(), 0, 0), victims));
        assertFalse(MovePlan.fits(new MovePlan.Layout(SEGMENT, SEGMENTS, free, List.of(), 1, 4), victims));
        free.set(4);
        assertTrue(MovePlan.fits(new MovePlan.Layout(SEGMENT, SEGMENTS, free, List.of(), 1, 4), victims));
    }
}
