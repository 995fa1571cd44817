package dev.hearth.store.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TimeBoxTest {
    private static final int CASES = 20;
    private static final int LEAST = 3;
    private static final Duration LONG = Duration.ofHours(1);

    private static int done(TimeBox box) {
        int done = 0;
        while (done < CASES && box.goesOn()) {
            done++;
        }
        return done;
    }

    @Test
    void goesOn_withoutTime_doesTheLeast() {
        TimeBox box = TimeBox.of(LEAST, Duration.ZERO, Duration.ZERO);
        assertFalse(box.isOver());
        assertEquals(LEAST, done(box));
        assertEquals(LEAST, box.begun());
        assertTrue(box.isOver());
    }

    @Test
    void goesOn_inTime_doesAll() {
        assertEquals(CASES, done(TimeBox.of(LEAST, LONG, TimeBox.LATE)));
        assertEquals(CASES, done(TimeBox.endless()));
    }

    @Test
    void goesOn_inAJvmThatIsLate_doesTheLeast() {
        assertEquals(LEAST, done(TimeBox.of(LEAST, LONG, TimeBox.LATE.plusMillis(1))));
    }

    @Test
    void unlessAsked_propertyThatIsSet_doesAll() {
        assertEquals(CASES, done(TimeBox.unlessAsked("java.version", LEAST, Duration.ZERO)));
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
