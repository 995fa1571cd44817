package dev.hearth.store.counters;

import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.errors.DistinctErrorLog;

/**
 * The counters an attachment writes, in the block of its slot and nowhere else, and its error log.
 *
 * <p>
 * A counter is never set back: the next tenant of a slot goes on where the last one stopped, so that sums over slots
 * stay right. Counters that threads meet at are striped; an add is one atomic instruction, some 5 ns. Any thread.
 * After {@link #close}, which may come at any time, counting and recording do nothing.
 */
public final class Counters implements AutoCloseable {
    private static final VarHandle LONGS = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final CountersLayout layout;
    private final int slot;
    private final MappedRegion values;
    private final MappedRegion errorRegion;
    private final DistinctErrorLog errors;
    /** Guards the error log, which knows a bare address. */
    private final Object errorLock = new Object();
    private volatile boolean closed;

    private Counters(CountersLayout layout, int slot, MappedRegion values, MappedRegion errorRegion,
            EpochClock clock) {
        this.layout = layout;
        this.slot = slot;
        this.values = values;
        this.errorRegion = errorRegion;
        errorRegion.segment().fill((byte) 0);
        errors = new DistinctErrorLog(CountersFile.over(errorRegion.segment()), clock);
    }

    /**
     * Opens the counters of a store for the tenant of a slot; creates the file if there is none, and replaces one
     * that is not valid. Under the creation lock.
     *
     * @param clock what time it is, in milliseconds since 1970, when an error is recorded
     */
    public static Counters open(StoreDirectory directory, int slotCount, int slot, int tenancy, EpochClock clock) {
        CountersLayout layout = new CountersLayout(slotCount);
        int log = tenancy & CountersDescriptor.ERROR_LOGS_PER_SLOT - 1;
        long errorsOffset = layout.errorsOffset(slot, log);
        try (PosixFile file = CountersFile.openOrCreate(directory, layout)) {
            MappedRegion values = MappedRegion.map(file, MappedRegion.Access.READ_WRITE, layout.valuesOffset,
                    layout.valuesBytes);
            try {
                return new Counters(layout, slot, values, MappedRegion.map(file, MappedRegion.Access.READ_WRITE,
                        errorsOffset, CountersLayout.ERROR_BYTES), clock);
            } catch (Throwable e) {
                values.close();
                throw e;
            }
        }
    }

    /** Adds to a counter of this attachment. */
    public void add(Counter counter, long count) {
        int stripe = (int) Thread.currentThread().threadId() & counter.stripes() - 1;
        long offset = CountersLayout.valueOffset(layout.id(slot, counter, stripe));
        if (closed) {
            return;
        }
        try {
            long _ = (long) LONGS.getAndAdd(values.segment(), offset, count);
        } catch (IllegalStateException e) {
            checkClosed(e);
        }
    }

    /** Adds one. */
    public void increment(Counter counter) {
        add(counter, 1);
    }

    /** Sets a number of the whole store; by the holder of the writer lock. */
    public void set(StoreGauge gauge, long value) {
        if (closed) {
            return;
        }
        try {
            LONGS.setRelease(values.segment(), CountersLayout.valueOffset(layout.id(gauge)), value);
        } catch (IllegalStateException e) {
            checkClosed(e);
        }
    }

    /** Closed between the look and the access: not counted, as if it had come a moment later. */
    private void checkClosed(IllegalStateException e) {
        if (!closed) {
            throw e;
        }
    }

    /**
     * Notes an error with its stack trace, or, if it was noted before, counts it.
     *
     * @return false if it was not noted because there is no more room
     */
    public boolean record(Throwable error) {
        synchronized (errorLock) {
            return closed || errors.record(error);
        }
    }

    /** What this attachment has counted, with the earlier tenants of its slot. */
    public long own(Counter counter) {
        return CountersView.sum(values.segment(), layout, slot, counter);
    }

    /** Unmaps; again is no error. */
    @Override
    public void close() {
        synchronized (errorLock) {
            closed = true;
            errorRegion.close();
        }
        values.close();
    }

    static long load(MemorySegment values, int id) {
        return (long) LONGS.getVolatile(values, CountersLayout.valueOffset(id));
    }
}
