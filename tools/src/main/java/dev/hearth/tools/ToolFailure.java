package dev.hearth.tools;

/** The end of a command without its result: a message for a person and the exit code. */
final class ToolFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int code;

    private ToolFailure(int code, String message) {
        super(message);
        this.code = code;
    }

    /** What was asked for is not there. */
    static ToolFailure negative(String message) {
        return new ToolFailure(ExitCode.NEGATIVE, message);
    }

    /** The command line cannot be right. */
    static ToolFailure usage(String message) {
        return new ToolFailure(ExitCode.USAGE, message);
    }

    /** There is nothing that the command could work on. */
    static ToolFailure refused(String message) {
        return new ToolFailure(ExitCode.REFUSED, message);
    }

    /** Something outside the store and the command line failed. */
    static ToolFailure failed(String message) {
        return new ToolFailure(ExitCode.FAILED, message);
    }

    int code() {
        return code;
    }
}
