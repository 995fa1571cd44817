package dev.hearth.store.index;

import java.nio.file.Path;

/**
 * The verdict that a generation of the persistent index is of no more use: it is abandoned, and the next one is built
 * from checkpoint and log.
 *
 * <p>
 * No caller of a store ever sees it; nothing in an index is lost with it, because the log decides.
 */
public final class IndexUnusable extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final Reason reason;

    /** Why an index is given up. */
    public enum Reason {
        /** There is no such generation, or it was never completed. */
        ABSENT,
        /** It was built for another store, by another format version or for a machine with another page size. */
        FOREIGN,
        /** Bytes are not what was written. */
        DAMAGED,
        /** A process died while it changed a segment and left it locked, perhaps half changed. */
        ORPHANED_LOCK,
        /** The file became shorter, or the disk failed, while it was mapped. */
        FAULT,
        /** It holds as many entries as it was built for: the next generation has to be larger. */
        FULL
    }

    IndexUnusable(Reason reason, Path file, String detail) {
        super("the index is of no more use: reason=" + reason + " file=" + file + " detail=" + detail);
        this.reason = reason;
    }

    IndexUnusable(Reason reason, Path file, String detail, Throwable cause) {
        this(reason, file, detail);
        initCause(cause);
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
