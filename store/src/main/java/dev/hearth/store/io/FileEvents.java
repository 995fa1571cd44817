package dev.hearth.store.io;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Sees what a store does to its files, each call before and after it is done; one that throws before makes it fail.
 * Tests cut the power and fill the disk with it. Any thread; what is stored through mappings is not seen.
 */
public interface FileEvents {
    /** Sees nothing. */
    FileEvents NONE = new FileEvents() {
        @Override
        public boolean isHeard() {
            return false;
        }
    };

    /** What is done. */
    enum Type {
        /** A file is created empty. */
        CREATE,
        /** A file that is there was opened for writing; after only. */
        OPEN,
        /** Bytes are written. */
        WRITE,
        /** A range gets blocks; the file grows if it ends before. */
        ALLOCATE,
        /** A range reads as zeros from now on. */
        ZERO,
        /** The length is set. */
        TRUNCATE,
        /** What was written to a file before is made durable. */
        SYNC,
        /** A name is changed, replacing what has the new one. */
        RENAME,
        /** A name is removed. */
        DELETE,
        /** A directory is created. */
        MAKE_DIRECTORY,
        /** Names of a directory are made durable. */
        SYNC_DIRECTORY
    }

    /**
     * One call.
     *
     * @param type        what is done
     * @param path        the name under which the file was opened, or the directory
     * @param to          the new name of a file that is renamed; else {@code path}
     * @param inode       of a file that is open; else 0
     * @param offsetBytes where
     * @param lengthBytes how much
     * @param bytes       what is written; empty otherwise. Valid during the call
     */
    record Event(Type type, Path path, Path to, long inode, long offsetBytes, long lengthBytes, MemorySegment bytes) {
        static Event of(Type type, Path path) {
            return new Event(type, path, path, 0, 0, 0, MemorySegment.NULL);
        }

        static Event rename(Path from, Path to) {
            return new Event(Type.RENAME, from, to, 0, 0, 0, MemorySegment.NULL);
        }
    }

    /** Whether anybody wants to hear of anything. */
    default boolean isHeard() {
        return true;
    }

    /** The call is about to be done. */
    default void before(Event event) {}

    /** The call was done. */
    default void after(Event event) {}
}
