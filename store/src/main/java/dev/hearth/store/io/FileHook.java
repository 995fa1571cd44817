package dev.hearth.store.io;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Tells whoever hears of it what is done to one open file. Any thread. */
final class FileHook {
    /** Nobody hears. */
    static final FileHook NONE = new FileHook(FileEvents.NONE, Path.of(""), 0);
    private final FileEvents events;
    private final Path path;
    private final long inode;

    FileHook(FileEvents events, Path path, long inode) {
        this.events = events;
        this.path = path;
        this.inode = inode;
    }

    void before(FileEvents.Type type, long offsetBytes, long lengthBytes, MemorySegment bytes) {
        if (events.isHeard()) {
            events.before(event(type, offsetBytes, lengthBytes, bytes));
        }
    }

    void after(FileEvents.Type type, long offsetBytes, long lengthBytes, MemorySegment bytes) {
        if (events.isHeard()) {
            events.after(event(type, offsetBytes, lengthBytes, bytes));
        }
    }

    private FileEvents.Event event(FileEvents.Type type, long offsetBytes, long lengthBytes, MemorySegment bytes) {
        return new FileEvents.Event(type, path, path, inode, offsetBytes, lengthBytes, bytes);
    }
}
