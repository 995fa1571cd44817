package dev.hearth.tools;

import dev.hearth.store.HearthException;

/** The codes with which the tool ends. */
final class ExitCode {
    /** What was asked is done. */
    static final int DONE = 0;
    /** A negative answer: absent, unknown namespace, damage found. */
    static final int NEGATIVE = 1;
    /** The command line cannot be right. */
    static final int USAGE = 2;
    /** The store refused: busy, full, incompatible, not ours. */
    static final int REFUSED = 3;
    /** Anything else. */
    static final int FAILED = 4;

    private ExitCode() {}

    /** The code that tells of a failure. */
    static int of(Throwable failure) {
        return switch (failure) {
            case ToolFailure tool -> tool.code();
            case IllegalArgumentException _ -> USAGE;
            case HearthException.Corrupt _ -> NEGATIVE;
            case HearthException.Busy _ -> REFUSED;
            case HearthException.Full _ -> REFUSED;
            case HearthException.Incompatible _ -> REFUSED;
            case HearthException.Refused _ -> REFUSED;
            default -> FAILED;
        };
    }
}
