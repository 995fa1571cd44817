package dev.hearth.store;

/** Hears how far a long operation has come. Called by the thread that runs it; must not throw. */
@FunctionalInterface
public interface Progress {
    /** Hears nothing. */
    Progress NONE = (doneBytes, totalBytes) -> {
    };

    /** {@code doneBytes} of {@code totalBytes} are done. */
    void at(long doneBytes, long totalBytes);
}
