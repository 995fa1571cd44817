package dev.hearth.store.engine;

import dev.hearth.store.Eviction;
import dev.hearth.store.evict.EvictionPolicy;
import dev.hearth.store.evict.Policies;
import dev.hearth.store.io.DirectWords;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.mark.Geometry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.IntSupplier;

/**
 * One byte for each KiB of data, shared by all processes: what uses of the entry whose extent starts in that KiB left.
 * Entries that start in the same KiB share their byte. It lies in file {@code table} behind the lookup table and is
 * discarded with it.
 *
 * <p>
 * The lower six bits are the {@link EvictionPolicy}'s, the upper two are explained by {@link Chains}. The range of a
 * segment is zero when the segment is opened.
 *
 * <p>
 * Any thread; takes no lock. Bytes are changed by compare-and-set of the word they are in, so that no bit is lost.
 */
final class ReferenceMap implements References {
    private static final int BYTE_SHIFT = 10;
    private static final int UNITS_SHIFT = BYTE_SHIFT - 6;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = INT.varHandle();
    private final MemorySegment bytes;
    private final long address;
    private final long limit;
    private final long segmentBytes;
    private final EvictionPolicy policy;
    private final IntSupplier tick;
    private final long settled;

    /**
     * The map in {@code region}.
     *
     * @param tick the coarse time
     */
    ReferenceMap(MappedRegion region, long segmentBytes, EvictionPolicy policy, IntSupplier tick) {
        this.bytes = region.segment();
        this.address = DirectWords.addressOf(bytes);
        this.limit = bytes.byteSize();
        this.segmentBytes = segmentBytes;
        this.policy = policy;
        this.tick = tick;
        this.settled = settled(policy);
    }

    /** A map that is only looked at. */
    static ReferenceMap forReading(MappedRegion region, long segmentBytes) {
        return new ReferenceMap(region, segmentBytes, Policies.of(Eviction.CLOCK, () -> 0), () -> 0);
    }

    /** Bytes of the map of a store. */
    static long bytes(Geometry geometry) {
        return geometry.capacityBytes() >> BYTE_SHIFT;
    }

    private long at(int segment, int offsetUnits) {
        return (segment * segmentBytes + Integer.toUnsignedLong(offsetUnits) * 64) >> BYTE_SHIFT;
    }

    @Override
    public void touch(int segment, int offsetUnits) {
        long at = at(segment, offsetUnits);
        int before = bytes.get(ValueLayout.JAVA_BYTE, at) & EvictionPolicy.REFERENCE_MASK;
        int after = policy.touched(before, tick);
        if (after != before) {
            change(at, EvictionPolicy.REFERENCE_MASK, after);
        }
    }

    /** Whether {@link #touchDirect} can be used. */
    boolean isDirect() {
        return address != DirectWords.NOWHERE;
    }

    /** As {@link #touch}, for who keeps the memory mapped meanwhile. */
    void touchDirect(int segment, int offsetUnits) {
        long at = at(segment, offsetUnits);
        if (at >= limit || (settled >>> DirectWords.getByte(address + at) & 1) == 0) {
            touch(segment, offsetUnits);
        }
    }

    /** The states that a use does not change, whatever the time, one bit each: the policy's bits are six. */
    private static long settled(EvictionPolicy policy) {
        long settled = 0;
        for (int state = 0; state <= EvictionPolicy.REFERENCE_MASK; state++) {
            boolean[] asked = new boolean[1];
            int after = policy.touched(state, () -> {
                asked[0] = true;
                return 0;
            });
            settled |= after == state && !asked[0] ? 1L << state : 0;
        }
        return settled;
    }

    /** The byte of an entry. */
    int get(int segment, int offsetUnits) {
        return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, at(segment, offsetUnits)));
    }

    /** Sets the policy's bits of an entry. */
    void setReference(int segment, int offsetUnits, int reference) {
        change(at(segment, offsetUnits), EvictionPolicy.REFERENCE_MASK, reference);
    }

    /** Sets flags of an entry. */
    void addFlags(int segment, int offsetUnits, int flags) {
        change(at(segment, offsetUnits), flags, flags);
    }

    /** Replaces the flags in {@code mask} of an entry. */
    void setFlags(int segment, int offsetUnits, int mask, int flags) {
        change(at(segment, offsetUnits), mask, flags);
    }

    /** Which byte of its segment an entry has. */
    static int sharedIndex(int offsetUnits) {
        return offsetUnits >>> UNITS_SHIFT;
    }

    /** The last place of a segment, where its directory is: its byte is that of the segment. */
    int ownOffsetUnits() {
        return (int) (segmentBytes / 64 - 1);
    }

    /** Forgets everything of a run. */
    void clear(int segment, int run) {
        bytes.asSlice(at(segment, 0), (run * segmentBytes) >> BYTE_SHIFT).fill((byte) 0);
    }

    /** The word was loaded before: a compare-and-set of the interpreter does not survive a truncated file. */
    private void change(long at, int mask, int value) {
        long word = at & -Integer.BYTES;
        int shift = (int) (at - word) * Byte.SIZE;
        while (true) {
            int before = (int) INTS.getVolatile(bytes, word);
            int after = (before & ~(mask << shift)) | (value << shift);
            if (before == after || INTS.compareAndSet(bytes, word, before, after)) {
                return;
            }
        }
    }
}
