package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hearth.store.HearthException;
import dev.hearth.store.counters.Counters;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.testing.ForkedJvm;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that may not make files larger than 12 KiB finds no space, says so, and leaves nothing behind. */
@Tag("system")
final class NoSpaceTest {
    @TempDir
    Path temporary;

    @Test
    void create_noSpace_isFullAndLeavesNothing() {
        Path store = temporary.resolve("store");
        StoreDirectory.create(store).close();
        try (ForkedJvm jvm = ForkedJvm.of(Creating.class).args(store.toString()).fileLimitKib(12).start()) {
            assertEquals(0, jvm.awaitExit(), jvm.output());
            assertEquals("mark Full, counters Full, left []", jvm.awaitLine("outcome: "));
        }
        try (StoreDirectory directory = StoreDirectory.open(store)) {
            MarkFile.create(directory, MarkTestSupport.geometry(), Host.current(), _ -> {
            });
            assertEquals(List.of(MarkFile.NAME), directory.list(), "the next one succeeds");
        }
    }

    @Test
    void write_noSpaceInTheMiddle_isFullAndWhatWasThereIsReadable() {
        Path store = temporary.resolve("store");
        StoreDirectory.create(store).close();
        try (ForkedJvm jvm = ForkedJvm.of(Writing.class).args(store.toString()).fileLimitKib(12).start()) {
            assertEquals(0, jvm.awaitExit(), jvm.output());
            assertEquals("allocate Full, write Full, truncate Full, read 7", jvm.awaitLine("outcome: "));
        }
    }

    static String outcomeOf(Runnable action) {
        try {
            action.run();
            return "nothing";
        } catch (HearthException e) {
            return e.getClass().getSimpleName();
        }
    }

    /** Tries to create the mark and the counters. */
    static final class Creating {
        public static void main(String[] args) {
            try (StoreDirectory directory = StoreDirectory.open(Path.of(args[0]))) {
                String mark = outcomeOf(
                        () -> MarkFile.create(directory, MarkTestSupport.geometry(), Host.current(), _ -> {
                        }));
                String counters = outcomeOf(() -> Counters.open(directory, 4, 0, 1, () -> 0).close());
                ForkedJvm.say("outcome: mark " + mark + ", counters " + counters + ", left " + directory.list());
            }
        }
    }

    /** Tries to make a file larger in every way. */
    static final class Writing {
        public static void main(String[] args) {
            try (StoreDirectory directory = StoreDirectory.open(Path.of(args[0]));
                    PosixFile file = directory.create("f")) {
                file.write(0, MemorySegment.ofArray(new byte[]{7}));
                String allocate = outcomeOf(() -> file.allocate(0, 16 << 10));
                String write = outcomeOf(() -> file.write(8 << 10, MemorySegment.ofArray(new byte[8 << 10])));
                String truncate = outcomeOf(() -> file.truncate(16 << 10));
                byte[] back = new byte[1];
                file.read(0, MemorySegment.ofArray(back));
                ForkedJvm.say("outcome: allocate " + allocate + ", write " + write + ", truncate " + truncate
                        + ", read " + back[0]);
            }
        }
    }
}
