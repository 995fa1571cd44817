package dev.hearth.store.mark;

import dev.hearth.store.io.Host;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * What two attachments of this process have of one mark: a description of the lock file and a process slot each, as two
 * processes would.
 *
 * @param locks of its own
 * @param slots seen through them
 * @param slot  its own
 * @param mark  shared
 */
public record StressAttachment(OfdLocks locks, ProcessSlots slots, ProcessSlot slot, MarkFile mark) {
    private static final StressAttachment[] BOTH = both();

    /** The first or the second. */
    public static StressAttachment of(int number) {
        return BOTH[number];
    }

    /** Counters of a slot that nobody takes. */
    static MappedRegion holds() {
        return BOTH[0].mark.mapHolds(2);
    }

    private static StressAttachment[] both() {
        try {
            Path path = Files.createTempDirectory("hearth-stress").resolve("s");
            StoreDirectory directory = StoreDirectory.create(path);
            Geometry geometry = new Geometry(new UUID(1, 2), 16L << 20, 256 << 10, 64 << 10, 10_000, 4, 8, 3, 4, 1, 2,
                    1, 1);
            MarkFile.create(directory, geometry, Host.current(), mark -> {
            });
            return new StressAttachment[]{attach(directory), attach(directory)};
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static StressAttachment attach(StoreDirectory directory) {
        MarkFile mark = MarkFile.open(directory, false);
        OfdLocks locks = OfdLocks.openOrCreate(directory, "hearth.lock");
        ProcessSlots slots = new ProcessSlots(mark, locks);
        return new StressAttachment(locks, slots, slots.take(Host.current(), 1, 0), mark);
    }
}
