package dev.hearth.store.io;

/** Lets tests know how many steps there are to be killed at. */
public final class FaultCount {
    private FaultCount() {}

    /** Changes so far, in a JVM that is to be killed at one of them. */
    public static long changes() {
        return FaultPoints.changes();
    }
}
