package dev.hearth.store.table;

import dev.hearth.store.io.DirectWords;
import dev.hearth.store.io.PrivateMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Entries that gets of this process found, and checked if they are contiguous, in its own memory: what a translation
 * lookaside buffer is to page tables. A get that finds its entry here needs nothing of the lookup table but one control
 * word, whose place follows from the digest, so that the processor asks for that word, for the line here and, right
 * behind that, for the value at the same time. In the table each of three loads has to wait for the one before.
 *
 * <p>
 * <b>Why what is found here is true.</b> With an entry stands the control word of its home bucket as it was when the
 * entry was found there. No two states of a bucket have equal control words ({@link Buckets}), so if the word is still
 * the same, the bucket is in the same state: the entry is its only one with that digest, and nothing newer is
 * elsewhere. It was applied then, so it is applied now. Whether its namespace has ended, and whether its segment still
 * is in that generation, is looked at each time. Nothing has to be invalidated.
 *
 * <p>
 * <b>Layout.</b> Sets of two lines of 64 bytes, eight words each:
 *
 * <pre>
 * 0  seal: control word ^ lower half of the digest; 0 nothing is here, 1 it is being written
 * 1  upper half of the digest
 * 2  version
 * 3  generation
 * 4  extent
 * 5  length of the value, 44 bits; segment, 20
 * 6  misc
 * 7  start of the value in the data file in units of 64 bytes, 0, or a note, below 0: signed, 40 bits;
 *    number of the writing, 24
 * </pre>
 *
 * <p>
 * <b>Writing and reading at the same time.</b> Who writes a line takes it by a compare-and-set of the seal to 1, or
 * leaves it; then stores word 7 with the number of this writing, then the others, and last the seal, with release
 * order. Who reads loads word 7 first and then the seal, then the others, and then seal and word 7 again. If word 7 was
 * of a writing that was not through, the seal behind it is 1, or shows that it is through now, and with it all of its
 * words. If a word of a later writing is met, the second load of the seal shows the 1 that was stored before it, or a
 * later seal; were that the same one again, word 7 shows another number. (It would have to be written 2^24 times, while
 * that thread stands between its loads, and exactly so many times.)
 *
 * <p>
 * <b>Size.</b> It begins small and doubles while entries displace each other, up to a limit. Memory it has grown
 * out of goes back to the kernel, but stays mapped until the end, since somebody may be reading there.
 *
 * <p>
 * Any thread; no lock on the way of a get. Who calls sees to it that nobody is inside any more when it is closed.
 */
public final class Lookaside implements AutoCloseable {
    /** It is not here, which means nothing. */
    public static final long ABSENT = -1;
    /** Below this it is not worth while. */
    private static final long LEAST_BYTES = 64 << 10;
    private static final int GROWTH = 2;
    private static final int SET_BYTES = 128;
    private static final int LINE_BYTES = 64;
    private static final long EMPTY = 0;
    private static final long BUSY = 1;
    static final int DIGEST_HI = 8;
    static final int VERSION = 16;
    static final int GENERATION = 24;
    static final int EXTENT = 32;
    static final int LENGTH = 40;
    static final int MISC = 48;
    static final int START = 56;
    static final int SEGMENT_SHIFT = 44;
    static final long LENGTH_MASK = (1L << SEGMENT_SHIFT) - 1;
    private static final long MAX_SEGMENT = 1L << (Long.SIZE - SEGMENT_SHIFT);
    private static final int UNIT_SHIFT = 6;
    private static final int NUMBER_SHIFT = 40;
    private static final long NUMBER_ONE = 1L << NUMBER_SHIFT;
    private static final long START_MASK = NUMBER_ONE - 1;
    /** Once it cannot grow, one in so many of the entries that would displace another one is let in. */
    private static final int ADMITTED = 4;

    private static final Sets NO_SETS = new Sets(Arena.global().allocate(SET_BYTES, SET_BYTES).address(), 0, 0);
    /** One that takes nothing. */
    public static final Lookaside NONE = new Lookaside(0);

    private final long maxBytes;
    private final AtomicBoolean growing = new AtomicBoolean();
    private final List<PrivateMemory> memories = new ArrayList<>();
    private Sets sets = NO_SETS;
    /** Entries that displaced another one; counted without order, for nothing but the size depends on it. */
    private int displaced;

    /** Sets at an address: those in which something can be noted, or one that is always empty. */
    private record Sets(long address, long mask, long count) {
        /** The line of its set, either one, where an entry goes first: sets start at multiples of their length. */
        long home(long digestHi, long digestLo) {
            return address + (digestLo & mask) * SET_BYTES + (digestHi & 1) * LINE_BYTES;
        }
    }

    /** One that may take up to so many bytes. */
    public Lookaside(long maxBytes) {
        this.maxBytes = Long.highestOneBit(Math.max(1, maxBytes));
        grow(NO_SETS, Math.min(LEAST_BYTES, this.maxBytes));
    }

    private Lookaside(Sets sets) {
        this.maxBytes = sets.count * SET_BYTES;
        this.sets = sets;
    }

    /** One that has only this set: zeroed memory of 128 bytes, aligned to its length, which stays the caller's. */
    static Lookaside ofSet(MemorySegment set) {
        return new Lookaside(new Sets(set.address(), 0, set.byteSize() / SET_BYTES));
    }

    /** Grows, unless somebody else does or has done it: a get waits for nobody. */
    @SuppressWarnings("ReferenceEquality") // it is one object
    private void grow(Sets from, long bytes) {
        if (!growing.compareAndSet(false, true)) {
            return;
        }
        try {
            PrivateMemory memory = sets != from || bytes < LEAST_BYTES ? null : PrivateMemory.map(bytes);
            displaced = 0;
            if (memory != null) {
                moveTo(memory, bytes);
            }
        } finally {
            growing.set(false);
        }
    }

    private void moveTo(PrivateMemory memory, long bytes) {
        PrivateMemory old = memories.isEmpty() ? null : memories.getLast();
        memories.add(memory);
        long count = bytes / SET_BYTES;
        sets = new Sets(memory.segment().address(), count - 1, count);
        if (old != null) {
            old.forget();
        }
    }

    /**
     * The line that has the digest, or else the other one of its set: found without a jump that cannot be foretold. It
     * is looked for where entries of that digest go first, so that there is seldom a second line to wait for.
     */
    long line(long digestHi, long digestLo) {
        Sets own = sets;
        long first = own.home(digestHi, digestLo);
        long differs = DirectWords.get(first + DIGEST_HI) ^ digestHi;
        return first ^ ((differs | -differs) >>> (Long.SIZE - 1)) * LINE_BYTES;
    }

    /**
     * Notes what was found.
     *
     * @param control    the control word of the home bucket under which it was found, alone with its digest
     * @param entry      without expiry, and checked if it is contiguous
     * @param startBytes where its value starts in the data file; if it is not contiguous 0, or a {@link #note}
     */
    void put(long control, TableEntry entry, long startBytes) {
        Sets own = sets;
        long seal = control ^ entry.digestLo;
        long start = startBytes >> UNIT_SHIFT & START_MASK;
        if (own.count == 0 || (seal & ~BUSY) == 0 || entry.logicalBytes > LENGTH_MASK || entry.segment() >= MAX_SEGMENT
                || startBytes(start) != startBytes) {
            return;
        }
        long line = lineFor(own, entry);
        if (line == 0) {
            return;
        }
        long before = DirectWords.getOpaque(line);
        if (before == BUSY || !DirectWords.compareAndSet(line, before, BUSY)) {
            return;
        }
        long number = (DirectWords.get(line + START) & -NUMBER_ONE) + NUMBER_ONE;
        DirectWords.setRelease(line + START, number | start);
        DirectWords.set(line + DIGEST_HI, entry.digestHi);
        DirectWords.set(line + VERSION, entry.version);
        DirectWords.set(line + GENERATION, entry.generation);
        DirectWords.set(line + EXTENT, entry.extent);
        DirectWords.set(line + LENGTH, entry.logicalBytes | ((long) entry.segment() << SEGMENT_SHIFT));
        DirectWords.set(line + MISC, entry.misc);
        DirectWords.setRelease(line, seal);
    }

    /** What stands for a number, from 0 to 2^39 - 1, where the start of a value would be: below {@link #ABSENT}. */
    public static long note(long number) {
        return ~number << UNIT_SHIFT;
    }

    /** The number of which {@link #note} made this. */
    public static long noted(long startBytes) {
        return ~(startBytes >> UNIT_SHIFT);
    }

    /** What word 7 says about the value. */
    static long startBytes(long word) {
        return word << (Long.SIZE - NUMBER_SHIFT) >> (Long.SIZE - NUMBER_SHIFT - UNIT_SHIFT);
    }

    /** The line in which to note an entry; 0 if it is not let in. */
    private long lineFor(Sets own, TableEntry entry) {
        long first = own.home(entry.digestHi, entry.digestLo);
        long second = first ^ LINE_BYTES;
        if (DirectWords.getOpaque(first) == EMPTY || DirectWords.get(first + DIGEST_HI) == entry.digestHi) {
            return first;
        }
        if (DirectWords.getOpaque(second) == EMPTY || DirectWords.get(second + DIGEST_HI) == entry.digestHi) {
            return second;
        }
        int count = ++displaced;
        if (own.count * SET_BYTES * GROWTH <= maxBytes) {
            if (count > own.count / GROWTH) {
                grow(own, own.count * SET_BYTES * GROWTH);
                return 0;
            }
        } else if (count % ADMITTED != 0) {
            return 0;
        }
        return (count & ADMITTED) == 0 ? first : second;
    }

    /** Bytes it takes now. */
    public long bytes() {
        return sets.count * SET_BYTES;
    }

    @Override
    public void close() {
        sets = NO_SETS;
        memories.forEach(PrivateMemory::close);
        memories.clear();
    }
}
