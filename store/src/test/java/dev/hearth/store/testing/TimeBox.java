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
    static final Duration LATE = Duration.ofMinutes(10);
    private static final String WHOLE = "hearth.whole";
    private final int least;
    private final long timeNs;
    private final long startNs = System.nanoTime();
    private int begun;

    private TimeBox(int least, Duration time) {
        this.least = least;
        this.timeNs = time.toNanos();
    }

    /** Begins now: at least so many cases, and no new one after {@code time}. */
    public static TimeBox of(int least, Duration time) {
        Duration uptime = Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
        return Boolean.getBoolean(WHOLE) ? endless() : of(least, time, uptime);
    }

    static TimeBox of(int least, Duration time, Duration uptime) {
        return new TimeBox(least, uptime.compareTo(LATE) > 0 ? Duration.ZERO : time);
    }

    /** The same, unless somebody asked for a campaign by setting a system property: then as many as there are. */
    public static TimeBox unlessAsked(String property, int least, Duration time) {
        return System.getProperty(property) == null ? of(least, time) : endless();
    }

    /** As many cases as there are. */
    public static TimeBox endless() {
        return new TimeBox(Integer.MAX_VALUE, Duration.ZERO);
    }

    /** Whether one case more is to be done, which is counted. */
    public boolean goesOn() {
        boolean goesOn = !isOver();
        begun += goesOn ? 1 : 0;
        return goesOn;
    }

    /** Whether the least was done and the time has passed. */
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
