package dev.hearth.store;

import java.nio.file.Path;

/**
 * What a store can refuse or find out: damage, another format, no space, closed, busy, a feed that fell behind, or a
 * failed system call.
 *
 * <p>
 * A caller's mistake is an {@link IllegalArgumentException} or {@link IllegalStateException}, and the absence of an
 * entry is a return value; neither is ever a {@code HearthException}.
 */
public abstract sealed class HearthException extends RuntimeException {
    private static final long serialVersionUID = 1;

    HearthException(String message) {
        super(message);
    }

    /** Bytes that are not what was written: names the file, the offset in it, and what was expected and found there. */
    public static final class Corrupt extends HearthException {
        private static final long serialVersionUID = 1;
        private final String file;
        private final long offsetBytes;
        private final String expected;
        private final String actual;

        /**
         * Damage in {@code file} at {@code offsetBytes}.
         *
         * @param what        the structure that is damaged, such as {@code "entry header"}
         * @param offsetBytes where it starts, from the start of the file; -1 when the whole file is meant
         */
        public Corrupt(String what, Path file, long offsetBytes, String expected, String actual) {
            super(what + " is damaged: file=" + file + " offset=" + offsetBytes + " expected=" + expected + " actual="
                    + actual);
            this.file = file.toString();
            this.offsetBytes = offsetBytes;
            this.expected = expected;
            this.actual = actual;
        }

        /** The damaged file. */
        public Path file() {
            return Path.of(file);
        }

        /** Where in the file the damaged structure starts, in bytes; -1 when the whole file is meant. */
        public long offsetBytes() {
            return offsetBytes;
        }

        /** What should have been there. */
        public String expected() {
            return expected;
        }

        /** What was found there. */
        public String actual() {
            return actual;
        }
    }

    /** A format version that this build cannot read, older or newer; the files were not touched. */
    public static final class Incompatible extends HearthException {
        private static final long serialVersionUID = 1;
        private final int found;
        private final int supported;

        /** {@code file} has format version {@code found}, and this build reads {@code supported}. */
        public Incompatible(Path file, int found, int supported) {
            super("format version is too " + (Integer.compareUnsigned(found, supported) < 0 ? "old" : "new") + ": file="
                    + file + " found=" + Integer.toUnsignedString(found) + " supported=" + supported);
            this.found = found;
            this.supported = supported;
        }

        /** The format version of the file. */
        public int found() {
            return found;
        }

        /** The format version that this build reads and writes. */
        public int supported() {
            return supported;
        }
    }

    /** No space for what was asked, in the store or on the file system; nothing was lost and reading goes on. */
    public static final class Full extends HearthException {
        private static final long serialVersionUID = 1;

        /** {@code message} says what was full, how much was asked and how much there was. */
        public Full(String message) {
            super(message);
        }
    }

    /** The attachment was closed. */
    public static final class Closed extends HearthException {
        private static final long serialVersionUID = 1;

        /** {@code message} names what was closed. */
        public Closed(String message) {
            super(message);
        }
    }

    /** A lock was not had within its limit, or others were moving parameters for all of it; the message says which. */
    public static final class Busy extends HearthException {
        private static final long serialVersionUID = 1;

        /** {@code message} says which lock, for how long it was waited, and who has it. */
        public Busy(String message) {
            super(message);
        }
    }

    /** What was to be read of the log has been deleted, because checkpoints took its place. */
    public static final class FellBehind extends HearthException {
        private static final long serialVersionUID = 1;
        private final long fromVersion;

        /** Of what was committed from {@code fromVersion} on, some is no longer in the log. */
        public FellBehind(long fromVersion) {
            super("fell behind: of the changes from version " + Long.toUnsignedString(fromVersion)
                    + " on, some are no longer in the log");
            this.fromVersion = fromVersion;
        }

        /** The first version that was not read. */
        public long fromVersion() {
            return fromVersion;
        }
    }

    /** A directory or file that this process must not use: its owner, mode, type or file system is wrong. */
    public static final class Refused extends HearthException {
        private static final long serialVersionUID = 1;
        private final String file;

        /** {@code file} is refused because of {@code reason}. */
        public Refused(Path file, String reason) {
            super("refused: file=" + file + " reason=" + reason);
            this.file = file.toString();
        }

        /** What was refused. */
        public Path file() {
            return Path.of(file);
        }
    }

    /** A system call that failed for a reason that is none of the others. */
    public static final class Io extends HearthException {
        private static final long serialVersionUID = 1;
        private final int errno;

        /** {@code operation} on {@code file} failed with {@code errno}, which {@code reason} puts in words. */
        public Io(Path file, String operation, int errno, String reason) {
            super(operation + " failed: file=" + file + " errno=" + errno + " reason=" + reason);
            this.errno = errno;
        }

        /** The error number of the system call; 0 when there was none. */
        public int errno() {
            return errno;
        }
    }
}
