package dev.hearth.store.counters;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;

/**
 * The file of the counters: created with all ids laid out, opened if it is valid, and otherwise replaced, for nothing
 * in it is worth refusing to open a store.
 */
final class CountersFile {
    static final String NAME = "counters";
    private static final String NEW_NAME = NAME + ".new";

    private CountersFile() {}

    /** Opens the file, creating it or replacing one that is not valid; under the creation lock. */
    static PosixFile openOrCreate(StoreDirectory directory, CountersLayout layout) {
        Optional<PosixFile> valid = openValid(directory, layout, false);
        if (valid.isPresent()) {
            return valid.get();
        }
        create(directory, layout);
        return directory.open(NAME, false);
    }

    /** Opens the file if it is there and valid. */
    static Optional<PosixFile> openValid(StoreDirectory directory, CountersLayout layout, boolean readOnly) {
        if (!directory.exists(NAME)) {
            return Optional.empty();
        }
        PosixFile file;
        try {
            file = directory.open(NAME, readOnly);
        } catch (HearthException.Refused e) {
            if (!readOnly) {
                throw e; // Whoever put it there is to hear of it; a reader goes without.
            }
            return Optional.empty();
        }
        byte[] header = new byte[CountersDescriptor.BYTES];
        boolean valid = false;
        try {
            valid = file.read(0, MemorySegment.ofArray(header)) == header.length
                    && Arrays.equals(header, layout.header()) && file.sizeBytes() == layout.fileBytes;
        } finally {
            if (!valid) {
                file.close();
            }
        }
        return valid ? Optional.of(file) : Optional.empty();
    }

    private static void create(StoreDirectory directory, CountersLayout layout) {
        directory.delete(NEW_NAME);
        try {
            try (PosixFile file = directory.create(NEW_NAME)) {
                file.allocate(0, layout.fileBytes);
                file.write(0, MemorySegment.ofArray(layout.header()));
                writeMetadata(file, layout);
            }
            directory.rename(NEW_NAME, NAME);
        } catch (Throwable e) {
            directory.delete(NEW_NAME);
            throw e;
        }
    }

    /** Allocation hands out ids from 0 on, in the order of the layout; it is done once, in private memory. */
    private static void writeMetadata(PosixFile file, CountersLayout layout) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment metadata = arena.allocate(layout.metadataBytes, 64);
            MemorySegment values = arena.allocate(layout.valuesBytes, 64);
            allocateIds(new CountersManager(over(metadata), over(values), StandardCharsets.UTF_8), layout);
            file.write(layout.metadataOffset, metadata);
        }
    }

    /** Agrona's view of native memory, which it, unlike an array, finds aligned. */
    static UnsafeBuffer over(MemorySegment segment) {
        return new UnsafeBuffer(segment.address(), Math.toIntExact(segment.byteSize()));
    }

    private static void allocateIds(CountersManager manager, CountersLayout layout) {
        for (int slot = 0; slot < layout.slotCount; slot++) {
            for (Counter counter : Counter.values()) {
                for (int stripe = 0; stripe < counter.stripes(); stripe++) {
                    String suffix = counter.stripes() == 1 ? "" : " stripe " + stripe;
                    int id = manager.allocate(counter.label() + " slot " + slot + suffix);
                    checkId(id, layout.id(slot, counter, stripe));
                }
            }
        }
        for (StoreGauge gauge : StoreGauge.values()) {
            checkId(manager.allocate(gauge.label()), layout.id(gauge));
        }
    }

    private static void checkId(int allocated, int expected) {
        if (allocated != expected) {
            throw new IllegalStateException("counter id=" + allocated + " expected=" + expected);
        }
    }
}
