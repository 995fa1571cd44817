package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.counters.Counters;
import dev.hearth.store.counters.CountersView;
import dev.hearth.store.io.StoreDirectory;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Counts into the counters of the own slot and sums up those of all. An attachment without a slot counts nothing. */
final class EventCounters implements Events, AutoCloseable {
    private final @Nullable Counters own;
    private final StoreDirectory directory;
    private final int slotCount;

    private EventCounters(@Nullable Counters own, StoreDirectory directory, int slotCount) {
        this.own = own;
        this.directory = directory;
        this.slotCount = slotCount;
    }

    /** The counters of a slot; under the creation lock. */
    static EventCounters open(StoreDirectory directory, int slotCount, int slot, int tenancy) {
        Counters own = Counters.open(directory, slotCount, slot, tenancy, System::currentTimeMillis);
        own.increment(Counter.ATTACHES);
        return new EventCounters(own, directory, slotCount);
    }

    /** The counters of all slots. */
    static EventCounters readOnly(StoreDirectory directory, int slotCount) {
        return new EventCounters(null, directory, slotCount);
    }

    @Override
    public void add(Counter counter, long count) {
        if (own != null && count != 0) {
            own.add(counter, count);
        }
    }

    @Override
    public void report(Throwable problem) {
        if (own != null) {
            own.record(problem);
        }
    }

    /** Writes a finding of recovery into the error log. */
    void report(String text) {
        report(new Finding(text));
    }

    /** What recovery found or did; no stack trace is of use. */
    private static final class Finding extends RuntimeException {
        private static final long serialVersionUID = 1;

        Finding(String text) {
            super(text, null, false, false);
        }
    }

    /** The sums over all slots, by name; all 0 if there is no counters file. */
    Map<String, Long> totals() {
        Map<String, Long> totals = new TreeMap<>();
        try (CountersView view = CountersView.open(directory, slotCount).orElse(null)) {
            for (Counter counter : Counter.values()) {
                totals.put(counter.label(), view == null ? 0 : view.total(counter));
            }
        }
        return totals;
    }

    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }
}
