package dev.hearth.store.mark;

import dev.hearth.store.io.MappedRegion;
import java.lang.foreign.MemorySegment;

/** A process slot in memory of its own, and the puts of its threads. */
public final class StressInFlight {
    private static final MappedRegion HOLDS = StressAttachment.holds();
    private final MemorySegment header = MemorySegment.ofArray(new long[ProcessSlotDescriptor.BYTES / Long.BYTES]);
    private final ProcessSlot slot = new ProcessSlot(0, header, HOLDS, () -> {
    });

    /** Begins a put. */
    public void begin(long bytes) {
        slot.putBegins(bytes);
    }

    /** Ends it. */
    public void end(long bytes) {
        slot.putEnds(bytes);
    }

    /** How many are in flight. */
    public int puts() {
        return (int) (long) Words.LONGS.getVolatile(header, (long) ProcessSlotDescriptor.PUTS_IN_FLIGHT);
    }

    /** How long they are together. */
    public int bytes() {
        return (int) (long) Words.LONGS.getVolatile(header, (long) ProcessSlotDescriptor.BYTES_IN_FLIGHT);
    }
}
