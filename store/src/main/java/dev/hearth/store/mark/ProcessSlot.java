package dev.hearth.store.mark;

import dev.hearth.store.io.MappedRegion;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The process slot an attachment has taken: proof, by a lock the kernel keeps, that its holds and claims are of the
 * living.
 *
 * <p>
 * Any thread. Closing gives it back; by then no hold may be open and no call may use {@link #holds} any more.
 */
public final class ProcessSlot implements AutoCloseable {
    private final int index;
    private final int tenancy;
    private final MemorySegment header;
    private final MappedRegion holds;
    private final Runnable unlock;
    private final AtomicBoolean closed = new AtomicBoolean();

    ProcessSlot(int index, MemorySegment header, MappedRegion holds, Runnable unlock) {
        this.index = index;
        this.header = header;
        this.holds = holds;
        this.unlock = unlock;
        tenancy = header.get(Words.INT, ProcessSlotDescriptor.TENANCY);
    }

    /** Number of the slot. */
    public int index() {
        return index;
    }

    /** How often the slot was taken, this time included. */
    public int tenancy() {
        return tenancy;
    }

    /** Slot and tenancy, as they stand in claims. */
    public long word() {
        return SlotWord.of(index, tenancy);
    }

    /** The hold counters of this attachment, all zero at first: for each stripe, one 64-bit counter per segment. */
    public MemorySegment holds() {
        return holds.segment();
    }

    /** Leaves a sign of life for people to look at; nothing depends on it. */
    public void heartbeat(long nowMs) {
        Words.LONGS.setRelease(header, (long) ProcessSlotDescriptor.HEARTBEAT_MS, nowMs);
    }

    /** Says, for people to look at, that a value of so many bytes is on its way into the store. */
    public void putBegins(long bytes) {
        addInFlight(1, bytes);
    }

    /** Says that such a value arrived or was given up. */
    public void putEnds(long bytes) {
        addInFlight(-1, -bytes);
    }

    private void addInFlight(long puts, long bytes) {
        long _ = (long) Words.LONGS.getAndAdd(header, (long) ProcessSlotDescriptor.PUTS_IN_FLIGHT, puts);
        long _ = (long) Words.LONGS.getAndAdd(header, (long) ProcessSlotDescriptor.BYTES_IN_FLIGHT, bytes);
    }

    /** Says that its process is due for the writer lock, under this number; 0 that it is not. */
    void setWriterNumber(long number) {
        Words.LONGS.setVolatile(header, (long) ProcessSlotDescriptor.WRITER_NUMBER, number);
    }

    /** How many computations can be noted. */
    public static int computationCount() {
        return ProcessSlotDescriptor.COMPUTATION_COUNT;
    }

    /**
     * Notes which value is being computed here, by its {@link LockBytes#computation}, for others to name this process;
     * 0 clears the place.
     */
    public void setComputation(int place, long lockByte) {
        Words.LONGS.setRelease(header, computationOffset(place), lockByte);
    }

    static long computationOffset(int place) {
        return ProcessSlotDescriptor.COMPUTATIONS
                + (long) Objects.checkIndex(place, ProcessSlotDescriptor.COMPUTATION_COUNT) * Long.BYTES;
    }

    /** Gives the slot back; again is no error. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            Words.INTS.setRelease(header, (long) ProcessSlotDescriptor.STATE, ProcessSlotDescriptor.FREE);
            holds.close();
        } finally {
            unlock.run();
        }
    }
}
