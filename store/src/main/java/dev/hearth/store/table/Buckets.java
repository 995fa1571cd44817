package dev.hearth.store.table;

import dev.hearth.store.io.DirectWords;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The memory of the buckets: where the two buckets of a digest are, and how one slot is read, published and
 * unpublished.
 *
 * <p>
 * <b>Publication.</b> A bucket is one control word, seven tags and seven slots. The control word says which slots are
 * published, and carries a counter that grows by one at every store to it, so that no two states of a bucket have equal
 * control words (48 bits: at ten million stores a second to one bucket they last for most of a year, and a reader would
 * have to sleep for exactly that long). Only the holder of the store's writer lock stores anything here, and only thus:
 * <ol>
 * <li>A slot and its tag are written while the slot is not published. Whatever the writer does meanwhile, be it dying,
 * nobody looks at a slot that is not published.
 * <li>One release store of the control word publishes the slot: who loads that word with acquire order, or a later one,
 * sees the whole slot.
 * <li>One release store of the control word unpublishes slots. It orders what came before it, not what comes after it;
 * therefore a store fence stands between it and the next store to such a slot. Without the fence the slot could change
 * under a reader who still finds the old control word.
 * </ol>
 * A reader loads the control word with acquire order, reads tags and published slots with plain loads, passes a load
 * fence and loads the control word again. If the word is the same, what was read is what the bucket held when the
 * word was first loaded: had any of it been a store of step 1 for a later publication, that store would come after an
 * unpublication (the slot was published before), and fence against fence the second load of the control word would
 * have shown it. If the word is another one, the reader starts again. It never waits for the writer to finish
 * something: at any instruction where a writer may stop, the control word in memory describes a valid bucket.
 *
 * <p>
 * Two buckets are read as of one instant by loading both control words, then reading both, then finding both words
 * unchanged: at the instant of the second load both were in that state.
 *
 * <p>
 * A free slot has version 0 and an occupied one a check over all its bytes, so that a flipped bit in control word or
 * slot makes an entry vanish rather than come back from the dead. Offsets come from the bucket count alone, which was
 * checked once; nothing that is read from the memory is used as an offset.
 *
 * <p>
 * Threads: reading is free to all, storing is for the lock holder. The memory belongs to the caller.
 */
final class Buckets {
    /** {@link #newestVisible}: no slot has the digest. */
    static final int NO_SLOT = -1;
    /** {@link #newestVisible}: there are slots of the digest, but none whose version is applied. */
    static final int NO_VISIBLE_SLOT = -2;

    private static final VarHandle LONG = Words.LONG;
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;
    private static final long LANES = 0x0001_0001_0001_0001L;
    private static final long LANE_TOPS = 0x8000_8000_8000_8000L;
    // Gathers the bits 0, 16, 32 and 48 of a word in its four highest-but-twelve bits 48 to 51.
    private static final long GATHER = (1L << 48) | (1L << 33) | (1L << 18) | (1L << 3);

    private final MemorySegment memory;
    private final long count;
    private final long seed;
    private final Steps steps;

    /** The buckets that fill {@code memory}, which starts at a cache line. */
    Buckets(MemorySegment memory, long seed, Steps steps) {
        this.memory = memory;
        this.count = memory.byteSize() / TableDescriptor.BUCKET_BYTES;
        this.seed = seed;
        this.steps = steps;
        if (count < 2) {
            throw new IllegalArgumentException("buckets=" + count);
        }
    }

    long count() {
        return count;
    }

    /** Where the buckets start; {@link DirectWords#NOWHERE} if they are on the heap. */
    long address() {
        return DirectWords.addressOf(memory);
    }

    /** Offset of the bucket with this index. */
    long at(long index) {
        return index * TableDescriptor.BUCKET_BYTES;
    }

    /** Offset of the first of the two buckets of a digest. */
    long home(long digestHi) {
        return home(digestHi, seed, count);
    }

    /** The same, for a table of {@code count} buckets with this seed. */
    static long home(long digestHi, long seed, long count) {
        return Math.unsignedMultiplyHigh((digestHi ^ seed) * MULTIPLIER, count) * TableDescriptor.BUCKET_BYTES;
    }

    long seed() {
        return seed;
    }

    /** Offset of the second of the two buckets of a digest, never the first. */
    long alternate(long digestHi, long digestLo) {
        long bucket = at(Math.unsignedMultiplyHigh((digestLo ^ seed) * MULTIPLIER, count));
        if (bucket != home(digestHi)) {
            return bucket;
        }
        return bucket == 0 ? at(count - 1) : bucket - TableDescriptor.BUCKET_BYTES;
    }

    /** Offset of the other bucket of a digest that lies in {@code bucket}; -1 if it does not belong there. */
    long other(long bucket, long digestHi, long digestLo) {
        long home = home(digestHi);
        long alternate = alternate(digestHi, digestLo);
        return bucket == home ? alternate : bucket == alternate ? home : -1;
    }

    /** The control word of a bucket, with acquire order. */
    long control(long bucket) {
        return (long) LONG.getAcquire(memory, bucket + TableDescriptor.CONTROL_OFFSET);
    }

    /** Whether all that was read of the bucket since its control word was loaded is one state of it. */
    boolean isUnchanged(long bucket, long control) {
        VarHandle.loadLoadFence();
        return (long) LONG.getOpaque(memory, bucket + TableDescriptor.CONTROL_OFFSET) == control;
    }

    /** The slots that are published according to a control word, as a mask. */
    static int published(long control) {
        return (int) (control & TableDescriptor.PUBLISHED_MASK);
    }

    /** The slots of whose digest the other bucket holds a newer version, as a mask. */
    static int newerElsewhere(long control) {
        return (int) ((control >>> TableDescriptor.NEWER_ELSEWHERE_SHIFT) & TableDescriptor.PUBLISHED_MASK);
    }

    /** Published slots whose tag fits the digest, as a mask; some may belong to another digest. */
    int candidates(long bucket, long control, long digestHi) {
        return fitting((long) LONG.get(memory, bucket + TableDescriptor.TAGS_OFFSET),
                (long) LONG.get(memory, bucket + TableDescriptor.TAGS_OFFSET + 8), digestHi) & published(control);
    }

    /** Slots whose tag fits the digest, going by the two words of tags. */
    static int fitting(long lowTags, long highTags, long digestHi) {
        long wanted = (digestHi & 0xFFFF) * LANES;
        return zeroLanes(lowTags ^ wanted) | (zeroLanes(highTags ^ wanted) << 4);
    }

    /** The lanes of 16 bits that are zero, as a mask of 4 bits, and maybe some above a zero lane that are not. */
    private static int zeroLanes(long word) {
        long tops = (word - LANES) & ~word & LANE_TOPS;
        return (int) (((tops >>> 15) * GATHER) >>> 48) & 0xF;
    }

    /**
     * The slot with the newest applied version of a digest, or {@link #NO_SLOT} or {@link #NO_VISIBLE_SLOT}. What it
     * says holds if the bucket is found unchanged afterwards.
     */
    int newestVisible(long bucket, long control, long digestHi, long digestLo, long lastApplied) {
        int newest = NO_SLOT;
        long newestVersion = 0;
        for (int mask = candidates(bucket, control, digestHi); mask != 0; mask &= mask - 1) {
            int slot = Integer.numberOfTrailingZeros(mask);
            if (hasDigest(bucket, slot, digestHi, digestLo)) {
                long version = version(bucket, slot);
                if (version == 0 || Long.compareUnsigned(version, lastApplied) > 0) {
                    newest = newest == NO_SLOT ? NO_VISIBLE_SLOT : newest;
                } else if (newest < 0 || Long.compareUnsigned(version, newestVersion) > 0) {
                    newest = slot;
                    newestVersion = version;
                }
            }
        }
        return newest;
    }

    boolean hasDigest(long bucket, int slot, long digestHi, long digestLo) {
        long at = slotAt(bucket, slot);
        return (long) LONG.get(memory, at + TableDescriptor.DIGEST_HI_OFFSET) == digestHi
                && (long) LONG.get(memory, at + TableDescriptor.DIGEST_LO_OFFSET) == digestLo;
    }

    long version(long bucket, int slot) {
        return (long) LONG.get(memory, slotAt(bucket, slot) + TableDescriptor.VERSION_OFFSET);
    }

    /** Copies the words of a slot; they belong together if the bucket is found unchanged afterwards. */
    void copy(long bucket, int slot, TableEntry target) {
        long at = slotAt(bucket, slot);
        target.digestHi = (long) LONG.get(memory, at + TableDescriptor.DIGEST_HI_OFFSET);
        target.digestLo = (long) LONG.get(memory, at + TableDescriptor.DIGEST_LO_OFFSET);
        target.version = (long) LONG.get(memory, at + TableDescriptor.VERSION_OFFSET);
        target.generation = (long) LONG.get(memory, at + TableDescriptor.GENERATION_OFFSET);
        target.place = (long) LONG.get(memory, at + TableDescriptor.PLACE_OFFSET);
        target.extent = (long) LONG.get(memory, at + TableDescriptor.EXTENT_OFFSET);
        target.logicalBytes = (long) LONG.get(memory, at + TableDescriptor.LOGICAL_BYTES_OFFSET);
        target.misc = (long) LONG.get(memory, at + TableDescriptor.MISC_OFFSET);
    }

    /** Lock holder: writes a slot that is not published, and its tag. */
    void fill(long bucket, int slot, TableEntry source) {
        // Nothing of this may be seen by who does not yet see that the slot was unpublished.
        VarHandle.storeStoreFence();
        long at = slotAt(bucket, slot);
        store(at + TableDescriptor.DIGEST_HI_OFFSET, source.digestHi);
        store(at + TableDescriptor.DIGEST_LO_OFFSET, source.digestLo);
        store(at + TableDescriptor.VERSION_OFFSET, source.version);
        store(at + TableDescriptor.GENERATION_OFFSET, source.generation);
        store(at + TableDescriptor.PLACE_OFFSET, source.place);
        store(at + TableDescriptor.EXTENT_OFFSET, source.extent);
        store(at + TableDescriptor.LOGICAL_BYTES_OFFSET, source.logicalBytes);
        store(at + TableDescriptor.MISC_OFFSET, source.misc);
        memory.set(Words.SHORT_LAYOUT, bucket + TableDescriptor.TAGS_OFFSET + 2L * slot, (short) source.digestHi);
        steps.stored();
    }

    /** Lock holder: makes exactly these slots published and flagged, in one release store. */
    void publish(long bucket, int published, int newerElsewhere) {
        long counter = (control(bucket) & -TableDescriptor.COUNTER_ONE) + TableDescriptor.COUNTER_ONE;
        long control = counter | ((long) newerElsewhere << TableDescriptor.NEWER_ELSEWHERE_SHIFT) | published;
        LONG.setRelease(memory, bucket + TableDescriptor.CONTROL_OFFSET, control);
        steps.stored();
    }

    /** Lock holder: gives slots that are no longer published the version that no entry has. */
    void clear(long bucket, int slots) {
        VarHandle.storeStoreFence();
        for (int mask = slots; mask != 0; mask &= mask - 1) {
            store(slotAt(bucket, Integer.numberOfTrailingZeros(mask)) + TableDescriptor.VERSION_OFFSET, 0);
        }
    }

    private void store(long offset, long value) {
        LONG.set(memory, offset, value);
        steps.stored();
    }

    private static long slotAt(long bucket, int slot) {
        return bucket + TableDescriptor.SLOTS_OFFSET + (long) slot * TableDescriptor.SLOT_BYTES;
    }
}
