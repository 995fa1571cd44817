package dev.hearth.store.testing;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * How long a test goes on that does the same with many cases: as many of them as come into its time, and no fewer than
 * it says, so that where everything takes ten times as long less is tested, instead of ten times as long. A JVM that
 * has been testing for twice as long as the whole suite should take does no more than the least. All of them with
 * {@code -Dhearth.whole=true}. One thread.
 */
public final class TimeBox {
    private static final boolean WHOLE = Boolean.getBoolean("hearth.whole");
    private static final long LATE_MS = Duration.ofMinutes(10).toMillis();
    private final int least;
    private final long timeNs;
    private final long startNs = System.nanoTime();
    private int begun;

    private TimeBox(int least, long timeNs) {
        this.least = least;
        this.timeNs = timeNs;
    }

    /** Begins now: at least so many cases, and no new one after {@code time}. */
    public static TimeBox of(int least, Duration time) {
        boolean late = ManagementFactory.getRuntimeMXBean().getUptime() > LATE_MS;
        return WHOLE ? endless() : new TimeBox(least, late ? 0 : time.toNanos());
    }

    /** Of a campaign that somebody asked for: as many cases as there are. */
    public static TimeBox endless() {
        return new TimeBox(Integer.MAX_VALUE, 0);
    }

    /** Whether one case more is to be done, which is counted. */
    public boolean goesOn() {
        boolean goesOn = begun < least || System.nanoTime() - startNs < timeNs;
        begun += goesOn ? 1 : 0;
        return goesOn;
    }

    /** Whether no more is to be done than the least. */
    public boolean isOver() {
        return begun >= least && System.nanoTime() - startNs >= timeNs;
    }

    /** Cases that were begun. */
    public int begun() {
        return begun;
    }

    /** The cases in an order of which each beginning is a fair choice of them. */
    public static <T> List<T> shuffled(List<T> cases, long seed) {
        List<T> shuffled = new ArrayList<>(cases);
        Collections.shuffle(shuffled, new Random(seed));
        return shuffled;
    }
}
