package dev.hearth.store.counters;

import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.concurrent.errors.ErrorLogReader;

/**
 * The counters and errors of all attachments, for reading.
 *
 * <p>
 * Any thread. Numbers that are read one after the other are of different moments. Closing unmaps.
 */
public final class CountersView implements AutoCloseable {
    private final CountersLayout layout;
    private final MappedRegion region;
    private final MemorySegment values;

    private CountersView(CountersLayout layout, MappedRegion region) {
        this.layout = layout;
        this.region = region;
        values = region.segment().asSlice(layout.valuesOffset, layout.valuesBytes);
    }

    /** Opens the counters of a store; empty if there is no file, or none that is valid. */
    public static Optional<CountersView> open(StoreDirectory directory, int slotCount) {
        CountersLayout layout = new CountersLayout(slotCount);
        return CountersFile.openValid(directory, layout, true).map(file -> {
            try (PosixFile closing = file) {
                return new CountersView(layout,
                        MappedRegion.map(closing, MappedRegion.Access.READ, 0, layout.fileBytes));
            }
        });
    }

    /**
     * An error that tenants of a slot met.
     *
     * @param slot         number of the slot
     * @param observations how often it was met
     * @param firstMs      when first, in milliseconds since 1970
     * @param lastMs       when last
     * @param text         the error with its stack trace
     */
    public record ObservedError(int slot, int observations, long firstMs, long lastMs, String text) {}

    /** The sum of a counter over all slots. */
    public long total(Counter counter) {
        long total = 0;
        for (int slot = 0; slot < layout.slotCount; slot++) {
            total += of(slot, counter);
        }
        return total;
    }

    /** A counter of one slot. */
    public long of(int slot, Counter counter) {
        return sum(values, layout, slot, counter);
    }

    /** A number of the whole store. */
    public long gauge(StoreGauge gauge) {
        return Counters.load(values, layout.id(gauge));
    }

    /** The errors of the present and the last tenant of each slot. */
    public List<ObservedError> errors() {
        List<ObservedError> errors = new ArrayList<>();
        for (int slot = 0; slot < layout.slotCount; slot++) {
            for (int log = 0; log < CountersDescriptor.ERROR_LOGS_PER_SLOT; log++) {
                addErrors(slot, layout.errorsOffset(slot, log), errors);
            }
        }
        return errors;
    }

    private void addErrors(int slot, long offset, List<ObservedError> errors) {
        // A private copy, because the reader trusts lengths that others may change meanwhile.
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(CountersLayout.ERROR_BYTES, 64);
            MemorySegment.copy(region.segment(), offset, copy, 0, copy.byteSize());
            int _ = ErrorLogReader.read(CountersFile.over(copy),
                    (observations, firstMs, lastMs, text) -> errors
                            .add(new ObservedError(slot, observations, firstMs, lastMs, text)));
        } catch (RuntimeException e) {
            // The log is damaged from here on, or is being wiped; what could be read was added.
        }
    }

    static long sum(MemorySegment values, CountersLayout layout, int slot, Counter counter) {
        long sum = 0;
        for (int stripe = 0; stripe < counter.stripes(); stripe++) {
            sum += Counters.load(values, layout.id(slot, counter, stripe));
        }
        return sum;
    }

    /** Unmaps; again is no error. */
    @Override
    public void close() {
        region.close();
    }
}
