package dev.hearth.perf.compare.peer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/**
 * The values of a run: slices of one pool of normally distributed bfloat16 numbers, as weights and activations are. The
 * same seed gives the same bytes, so every store holds the same. Making a value costs nothing. Any thread may read.
 */
public final class Values {
    private static final int POOL_BYTES = 4 << 20;
    private static final int STEP_BYTES = 4_096;
    /** Elements that are drawn by chance; the rest repeats them in another order of pages. */
    private static final int DRAWN_BYTES = 1 << 20;

    /** So many different values there are, a KiB apart: enough to find out who gives a wrong one. */
    private static final int STARTS = 4_096;
    private static final int START_SHIFT = Long.numberOfLeadingZeros(STARTS) + 1;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final MemorySegment pool;
    private final int valueBytes;
    /** First eight bytes of each: looking them up is to displace nothing from the caches that somebody else needs. */
    private final long[] firsts = new long[STARTS];

    /** Values of this length; the pool lives as long as the arena. */
    public Values(Arena arena, int valueBytes, long seed) {
        if (valueBytes < Long.BYTES) {
            throw new IllegalArgumentException("valueBytes=" + valueBytes + " minimum=" + Long.BYTES);
        }
        this.valueBytes = valueBytes;
        long bytes = POOL_BYTES + (long) valueBytes;
        this.pool = arena.allocate(bytes, 4_096);
        Random random = new Random(seed);
        for (int at = 0; at < DRAWN_BYTES; at += Short.BYTES) {
            int bits = Float.floatToRawIntBits((float) random.nextGaussian());
            pool.set(ValueLayout.JAVA_SHORT, at, (short) (bits >>> 16));
        }
        for (long at = DRAWN_BYTES; at < bytes; at += STEP_BYTES) {
            long from = random.nextInt(DRAWN_BYTES / STEP_BYTES) * (long) STEP_BYTES;
            MemorySegment.copy(pool, from, pool, at, Math.min(STEP_BYTES, bytes - at));
        }
        for (int i = 0; i < STARTS; i++) {
            firsts[i] = pool.get(ValueLayout.JAVA_LONG, (long) i * (POOL_BYTES / STARTS));
        }
    }

    /** Length of each. */
    public int valueBytes() {
        return valueBytes;
    }

    /** The value of a number. */
    public MemorySegment of(long id) {
        return pool.asSlice(offset(id), valueBytes);
    }

    /** The first eight bytes of the value of a number. */
    public long first(long id) {
        return firsts[start(id)];
    }

    /** Eight bytes of the value of a number. */
    public long at(long id, long offsetBytes) {
        return pool.get(ValueLayout.JAVA_LONG, offset(id) + offsetBytes);
    }

    private static long offset(long id) {
        return (long) start(id) * (POOL_BYTES / STARTS);
    }

    private static int start(long id) {
        return (int) ((id * SPREAD) >>> START_SHIFT);
    }
}
