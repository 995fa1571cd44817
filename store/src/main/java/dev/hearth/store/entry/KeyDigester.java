package dev.hearth.store.entry;

import com.dynatrace.hash4j.hashing.ByteAccess;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The 128-bit digest of namespace number and key: XXH3-128 of the key under the seed of the store, into which the
 * number is mixed. Any thread.
 *
 * <p>
 * Keys of up to {@value ShortKeyHash#MAX_BYTES} bytes make no garbage; longer ones, some 30 bytes.
 *
 * <p>
 * Readers take equal digests for equal keys, so two keys of a store must not meet. By chance they do not: with 2^30
 * keys the odds are below 2^-68. Against keys chosen to meet there is the seed, which only who may read the store
 * knows, and the writer, who has the key at hand and refuses to replace the entry of another one.
 *
 * <p>
 * The mixing is a bijection of each half for a fixed number, so it adds no collisions within a namespace, and keeps the
 * same key apart in two. That it moves all keys by the same distance does no harm: what uses parts of a digest
 * multiplies or takes the lower bits, and XXH3 has spread those already.
 */
public final class KeyDigester {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    /** Numbers of namespaces are below it. */
    private static final long GROUPS = 1L << 31;
    private final ShortKeyHash shortKeys;
    private final Hasher128 hasher;

    /** A digester for the keys of one store. */
    public KeyDigester(long seed) {
        this.shortKeys = new ShortKeyHash(seed);
        this.hasher = Hashing.xxh3_128(seed);
    }

    /** Sets {@code out} to the digest of a key in a namespace. */
    public void digest(int namespace, MemorySegment key, Digest out) {
        digest((long) namespace, key, out);
    }

    /** The same for a key of 16 bytes: two little-endian words. */
    public void digest(int namespace, long first, long second, Digest out) {
        shortKeys.hash(first, second, 16, out);
        mix(namespace, out);
    }

    /**
     * Sets {@code out} to the digest of a group in a namespace: that of its name in a namespace of a number that none
     * has, so that groups and keys never meet.
     */
    public void digestOfGroup(int namespace, MemorySegment name, Digest out) {
        digest(namespace + GROUPS, name, out);
    }

    private void digest(long namespace, MemorySegment key, Digest out) {
        if (key.byteSize() <= ShortKeyHash.MAX_BYTES) {
            shortKeys.hash(key, out);
        } else {
            HashValue128 hash = hasher.hashBytesTo128Bits(key, 0, key.byteSize(), SegmentAccess.INSTANCE);
            out.hi = hash.getMostSignificantBits();
            out.lo = hash.getLeastSignificantBits();
        }
        mix(namespace, out);
    }

    private static void mix(long namespace, Digest out) {
        out.hi += namespace * GOLDEN;
        out.lo ^= (namespace + 1) * GOLDEN;
    }

    /** A digest; reused, one thread. */
    public static final class Digest {
        long hi;
        long lo;

        /** A digest that is not set. */
        public Digest() {}

        /** Takes over a digest that is known. */
        public Digest set(long newHi, long newLo) {
            hi = newHi;
            lo = newLo;
            return this;
        }

        /** Whether it is this one. */
        public boolean is(long otherHi, long otherLo) {
            return hi == otherHi && lo == otherLo;
        }

        /** Upper half. */
        public long hi() {
            return hi;
        }

        /** Lower half. */
        public long lo() {
            return lo;
        }
    }

    private enum SegmentAccess implements ByteAccess<MemorySegment> {
        INSTANCE;

        private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED
                .withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        @Override
        public byte getByte(MemorySegment data, long index) {
            return data.get(ValueLayout.JAVA_BYTE, index);
        }

        @Override
        public int getInt(MemorySegment data, long index) {
            return data.get(INT, index);
        }

        @Override
        public long getLong(MemorySegment data, long index) {
            return data.get(LONG, index);
        }
    }
}
