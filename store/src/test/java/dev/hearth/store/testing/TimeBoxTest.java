package dev.hearth.store.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TimeBoxTest {
    private static final int CASES = 20;
    private static final long LATE_MS = 600_000;

    private static int done(TimeBox box) {
        int done = 0;
        while (done < CASES && box.goesOn()) {
            done++;
        }
        return done;
    }

    @Test
    void goesOn_withoutTime_doesTheLeast() {
        TimeBox box = TimeBox.of(3, Duration.ZERO);
        int expected = Boolean.getBoolean("hearth.whole") ? CASES : 3;
        assertEquals(expected, done(box));
        assertEquals(expected, box.begun());
        assertEquals(expected == 3, box.isOver());
    }

    @Test
    void goesOn_inTime_doesAll() {
        int inAnHour = done(TimeBox.of(3, Duration.ofHours(1)));
        assertTrue(inAnHour == CASES || ManagementFactory.getRuntimeMXBean().getUptime() > LATE_MS, "" + inAnHour);
        assertEquals(CASES, done(TimeBox.endless()));
        assertFalse(TimeBox.endless().isOver());
    }

    @Test
    void shuffled_ofASeed_isAnotherOrderOfTheSame() {
        List<Integer> cases = IntStream.range(0, CASES).boxed().toList();
        List<Integer> shuffled = TimeBox.shuffled(cases, 1);
        assertEquals(cases, shuffled.stream().sorted().toList());
        assertEquals(shuffled, TimeBox.shuffled(cases, 1));
        assertNotEquals(shuffled, TimeBox.shuffled(cases, 2));
    }
}
