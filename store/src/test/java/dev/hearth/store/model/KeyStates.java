package dev.hearth.store.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The model: what each key must show, in memory that all processes of a run share and that has nothing to do with a
 * store. Each key has one thread in one process that changes it; all look.
 *
 * <p>
 * Per key two words. <i>Begun</i> is the number of the newest change that was begun; <i>done</i> is twice the number
 * of the newest change that had returned, plus 1 if that left an entry. Whoever looks at the entry loads <i>done</i>
 * before and <i>begun</i> and <i>done</i> behind: an entry it finds was put by a change from the former to
 * <i>begun</i>; if nothing was done meanwhile, a parameter is there exactly if <i>done</i> says so, and an activation
 * may be gone.
 */
final class KeyStates implements AutoCloseable {
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment words;

    KeyStates(Path file, int keys) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.CREATE)) {
            words = channel.map(FileChannel.MapMode.READ_WRITE, 0, 16L * keys, arena);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long begun(int key) {
        return (long) WORD.getVolatile(words, 16L * key);
    }

    long done(int key) {
        return (long) WORD.getVolatile(words, 16L * key + 8);
    }

    /** The owner of the key begins a change and gets its number. */
    long begin(int key) {
        long number = begun(key) + 1;
        WORD.setVolatile(words, 16L * key, number);
        return number;
    }

    /** The change has returned. */
    void finish(int key, long number, boolean present) {
        WORD.setVolatile(words, 16L * key + 8, 2 * number + (present ? 1 : 0));
    }

    @Override
    public void close() {
        arena.close();
    }
}
