package dev.hearth.store.mark;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.OfdLocks;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The table of attachments: who is attached, and who of them lives.
 *
 * <p>
 * Each attachment takes a slot by locking the slot's byte of the lock file; that the byte is locked, and nothing
 * else, means that its tenant lives, even if it was stopped for hours. A tenant that died leaves its counters behind.
 * They count for nothing from the moment its lock is free, and whoever takes the slot next wipes them before it uses
 * them; until then, a counter that is not zero under a lock that is held counts as the new tenant's, which errs on
 * the safe side.
 *
 * <p>
 * Any thread. One slot at a time is taken through an object, and one object made for a description of the lock file.
 */
public final class ProcessSlots {
    private final MarkFile mark;
    private final MemorySegment headers;
    private final OfdLocks locks;
    private volatile int own = -1;

    /** The slots of a mark, whose locks are taken and seen through {@code locks}. */
    public ProcessSlots(MarkFile mark, OfdLocks locks) {
        this.mark = mark;
        this.locks = locks;
        headers = mark.slotHeaders();
    }

    /**
     * An attachment as the table shows it.
     *
     * @param index        number of the slot
     * @param tenancy      how often it was taken
     * @param pid          of its process, in that process's namespace
     * @param pidNamespace the namespace, by inode
     * @param startTicks   when the process started, in clock ticks since the boot
     * @param attachedAtMs since 1970
     * @param heartbeatMs  its last sign of life, since 1970
     * @param flags        as given when it attached
     * @param putsInFlight values it is writing, or was when it died
     * @param bytesInFlight their lengths
     * @param isTaken      whether it says that it is attached
     * @param isAlive      whether its lock is held
     */
    public record Tenant(int index, int tenancy, long pid, long pidNamespace, long startTicks, long attachedAtMs,
            long heartbeatMs, int flags, long putsInFlight, long bytesInFlight, boolean isTaken, boolean isAlive) {
        /** Whether it died without giving its slot back. */
        public boolean isStale() {
            return isTaken && !isAlive;
        }
    }

    /**
     * Takes a free slot for this process and wipes what its last tenant left.
     *
     * @throws HearthException.Busy if every slot is taken
     * @throws HearthException.Full if there is no space for its hold counters
     */
    public synchronized ProcessSlot take(Host host, long nowMs, int flags) {
        if (own >= 0) {
            throw new IllegalStateException("ownSlot=" + own);
        }
        for (int slot = 0; slot < mark.geometry().slotCount(); slot++) {
            if (locks.tryLock(LockBytes.FIRST_SLOT + slot)) {
                ProcessSlot taken = take(slot, host, nowMs, flags);
                own = slot;
                return taken;
            }
        }
        throw new HearthException.Busy("all process slots are taken: slotCount=" + mark.geometry().slotCount()
                + " file=" + mark.path());
    }

    private ProcessSlot take(int slot, Host host, long nowMs, int flags) {
        boolean taken = false;
        try {
            MemorySegment header = header(slot);
            int tenancy = header.get(Words.INT, ProcessSlotDescriptor.TENANCY) + 1;
            // First of all, so that nobody takes the claims of the last tenant for ours.
            Words.INTS.setVolatile(header, (long) ProcessSlotDescriptor.TENANCY, tenancy == 0 ? 1 : tenancy);
            Words.INTS.setVolatile(header, (long) ProcessSlotDescriptor.STATE, ProcessSlotDescriptor.BEING_TAKEN);
            header.set(Words.LONG, ProcessSlotDescriptor.WRITER_NUMBER, 0);
            header.set(Words.LONG, ProcessSlotDescriptor.PUTS_IN_FLIGHT, 0);
            header.set(Words.LONG, ProcessSlotDescriptor.BYTES_IN_FLIGHT, 0);
            header.set(Words.LONG, ProcessSlotDescriptor.UNFENCED, 0);
            for (int place = 0; place < ProcessSlotDescriptor.COMPUTATION_COUNT; place++) {
                header.set(Words.LONG, ProcessSlot.computationOffset(place), 0);
            }
            MappedRegion holds = mark.mapHolds(slot);
            holds.segment().fill((byte) 0);
            header.set(Words.INT, ProcessSlotDescriptor.PID, (int) host.pid());
            header.set(Words.INT, ProcessSlotDescriptor.FLAGS, flags);
            header.set(Words.LONG, ProcessSlotDescriptor.START_TICKS, host.startTicks());
            header.set(Words.LONG, ProcessSlotDescriptor.ATTACHED_AT_MS, nowMs);
            header.set(Words.LONG, ProcessSlotDescriptor.HEARTBEAT_MS, nowMs);
            header.set(Words.LONG, ProcessSlotDescriptor.PID_NAMESPACE, host.pidNamespace());
            Words.LONGS.setVolatile(header, (long) ProcessSlotDescriptor.HOLDS_READY, 1L);
            Words.INTS.setVolatile(header, (long) ProcessSlotDescriptor.STATE, ProcessSlotDescriptor.TAKEN);
            taken = true;
            return new ProcessSlot(slot, header, holds, () -> giveBack(slot));
        } finally {
            if (!taken) {
                locks.unlock(LockBytes.FIRST_SLOT + slot);
            }
        }
    }

    /** Number of slots. */
    public int count() {
        return mark.geometry().slotCount();
    }

    /** All slots that say they are taken or whose lock is held. */
    public List<Tenant> tenants() {
        List<Tenant> tenants = new ArrayList<>();
        for (int slot = 0; slot < count(); slot++) {
            Tenant tenant = tenant(slot);
            if (tenant.isTaken() || tenant.isAlive()) {
                tenants.add(tenant);
            }
        }
        return tenants;
    }

    /** What the table says of a slot. */
    public Tenant tenant(int slot) {
        MemorySegment header = header(slot);
        boolean taken = (int) Words.INTS.getVolatile(header,
                (long) ProcessSlotDescriptor.STATE) != ProcessSlotDescriptor.FREE;
        return new Tenant(slot, header.get(Words.INT, ProcessSlotDescriptor.TENANCY),
                Integer.toUnsignedLong(header.get(Words.INT, ProcessSlotDescriptor.PID)),
                header.get(Words.LONG, ProcessSlotDescriptor.PID_NAMESPACE),
                header.get(Words.LONG, ProcessSlotDescriptor.START_TICKS),
                header.get(Words.LONG, ProcessSlotDescriptor.ATTACHED_AT_MS),
                header.get(Words.LONG, ProcessSlotDescriptor.HEARTBEAT_MS),
                header.get(Words.INT, ProcessSlotDescriptor.FLAGS),
                (long) Words.LONGS.getVolatile(header, (long) ProcessSlotDescriptor.PUTS_IN_FLIGHT),
                (long) Words.LONGS.getVolatile(header, (long) ProcessSlotDescriptor.BYTES_IN_FLIGHT), taken,
                isLocked(slot));
    }

    /** Whether the lock of a slot is held, by this attachment or another. */
    public boolean isLocked(int slot) {
        return slot == own || locks.isHeldByOther(LockBytes.FIRST_SLOT + Objects.checkIndex(slot, count()));
    }

    /**
     * Whether the tenant of a {@link SlotWord} lives; false for nobody, and for a slot that has another tenant now.
     */
    public boolean isAlive(long slotWord) {
        int slot = SlotWord.slot(slotWord);
        return slotWord != 0 && slot < count() && tenancy(slot) == SlotWord.tenancy(slotWord) && isLocked(slot)
                && tenancy(slot) == SlotWord.tenancy(slotWord);
    }

    private int tenancy(int slot) {
        return (int) Words.INTS.getVolatile(header(slot), (long) ProcessSlotDescriptor.TENANCY);
    }

    /** What a tenant noted with {@link ProcessSlot#setComputation}. */
    public long computation(int slot, int place) {
        return (long) Words.LONGS.getVolatile(header(slot), ProcessSlot.computationOffset(place));
    }

    /** Who alive noted that it computes what this lock byte stands for, as a {@link SlotWord}; 0 if nobody did. */
    public long computing(long lockByte) {
        for (int slot = 0; slot < count(); slot++) {
            int tenancy = tenancy(slot);
            for (int place = 0; place < ProcessSlotDescriptor.COMPUTATION_COUNT && tenancy != 0; place++) {
                if (computation(slot, place) == lockByte && isAlive(SlotWord.of(slot, tenancy))) {
                    return SlotWord.of(slot, tenancy);
                }
            }
        }
        return 0;
    }

    /** The number under which the tenant of a slot is due for the writer lock; 0 if it is not. */
    long writerNumber(int slot) {
        return (long) Words.LONGS.getVolatile(header(slot), (long) ProcessSlotDescriptor.WRITER_NUMBER);
    }

    /** Clears such a number, if it is still that one. */
    void clearWriterNumber(int slot, long number) {
        boolean _ = writerNumber(slot) == number && Words.LONGS.compareAndSet(header(slot),
                (long) ProcessSlotDescriptor.WRITER_NUMBER, number, 0L);
    }

    /** The hold counters of a slot, for reading; empty if the slot was never taken. */
    public MemorySegment holds(int slot) {
        long ready = (long) Words.LONGS.getVolatile(header(slot), (long) ProcessSlotDescriptor.HOLDS_READY);
        return ready == 1 ? mark.holds(slot) : MemorySegment.NULL;
    }

    /** Whether threads of the tenant of a slot hold segments without a fence of their own. */
    boolean isUnfenced(int slot) {
        return (long) Words.LONGS.getVolatile(header(slot), (long) ProcessSlotDescriptor.UNFENCED) != 0;
    }

    /** Says that threads of this process will hold segments without a fence of their own. */
    void setUnfenced(int slot) {
        Words.LONGS.setVolatile(header(slot), (long) ProcessSlotDescriptor.UNFENCED, 1L);
    }

    /** How many holds the tenant of a slot has on segments, or left behind; 0 if the slot was never taken. */
    public long holdCount(int slot) {
        MemorySegment counters = holds(slot);
        long sum = 0;
        for (long offset = 0; offset < counters.byteSize(); offset += Long.BYTES) {
            sum += (long) Words.LONGS.getVolatile(counters, offset);
        }
        return sum;
    }

    /** The tenant of a {@link SlotWord} in words. */
    public String describe(long slotWord) {
        if (slotWord == 0) {
            return "another process";
        }
        int slot = SlotWord.slot(slotWord);
        if (slot >= count() || tenancy(slot) != SlotWord.tenancy(slotWord)) {
            return SlotWord.text(slotWord);
        }
        return SlotWord.text(slotWord) + " pid " + tenant(slot).pid();
    }

    private synchronized void giveBack(int slot) {
        own = -1;
        locks.unlock(LockBytes.FIRST_SLOT + slot);
    }

    private MemorySegment header(int slot) {
        return headers.asSlice((long) Objects.checkIndex(slot, count()) * ProcessSlotDescriptor.BYTES,
                ProcessSlotDescriptor.BYTES);
    }
}
