package dev.hearth.store.entry;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * XXH3-128 of up to {@value #MAX_BYTES} bytes that makes no garbage: the library returns each hash in an object of its
 * own. Any thread.
 *
 * <p>
 * Written after the specification of XXH3 (Yann Collet, xxHash); the names of the constants are those used there. A
 * test compares it with the library for every length.
 */
final class ShortKeyHash {
    /** The longest input; beyond it begins another branch of the algorithm. */
    static final int MAX_BYTES = 128;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final long PRIME32_2 = 0x85EB_CA77L;
    private static final long PRIME64_1 = 0x9E37_79B1_85EB_CA87L;
    private static final long PRIME64_2 = 0xC2B2_AE3D_27D4_EB4FL;
    private static final long PRIME64_3 = 0x1656_67B1_9E37_79F9L;
    private static final long PRIME64_4 = 0x85EB_CA77_C2B2_AE63L;
    private static final long PRIME_MX1 = 0x1656_6791_9E37_79F9L;
    private static final long PRIME_MX2 = 0x9FB2_1C65_1E98_DF25L;
    /** The first 128 bytes of the default secret, as little-endian words. */
    private static final long[] SECRET = {
            0xBE4B_A423_396C_FEB8L, 0x1CAD_21F7_2C81_017CL, 0xDB97_9083_E96D_D4DEL, 0x1F67_B3B7_A4A4_4072L,
            0x78E5_C0CC_4EE6_79CBL, 0x2172_FFCC_7DD0_5A82L, 0x8E24_43F7_7446_08B8L, 0x4C26_3A81_E690_35E0L,
            0xCB00_C391_BB52_283CL, 0xA32E_531B_8B65_D088L, 0x4EF9_0DA2_9748_6471L, 0xD8AC_DEA9_46EF_1938L,
            0x3F34_9CE3_3F76_FAA8L, 0x1D4F_0BC7_C7BB_DCF9L, 0x3159_B4CD_4BE0_518AL, 0x6473_78D9_C97E_9FC8L};

    private final long seed;
    /** What the seed and the secret make of inputs of 4 to 8 bytes. */
    private final long flip8;
    /** The same for 9 to 16 bytes. */
    private final long flipLow16;
    private final long flipHigh16;

    ShortKeyHash(long seed) {
        this.seed = seed;
        this.flip8 = (SECRET[2] ^ SECRET[3]) + (seed ^ (long) Integer.reverseBytes((int) seed) << 32);
        this.flipLow16 = (SECRET[4] ^ SECRET[5]) - seed;
        this.flipHigh16 = (SECRET[6] ^ SECRET[7]) + seed;
    }

    /** Sets {@code out} to the hash of a key of 1 to {@value #MAX_BYTES} bytes. */
    void hash(MemorySegment key, KeyDigester.Digest out) {
        int length = (int) key.byteSize();
        if (length > 16) {
            upTo128(key, length, out);
        } else if (length > 8) {
            hash(key.get(LONG, 0), key.get(LONG, length - 8), length, out);
        } else if (length > 3) {
            upTo8(key, length, out);
        } else {
            upTo3(key, length, out);
        }
    }

    private void upTo3(MemorySegment key, int length, KeyDigester.Digest out) {
        int first = Byte.toUnsignedInt(key.get(BYTE, 0));
        int middle = Byte.toUnsignedInt(key.get(BYTE, length >> 1));
        int last = Byte.toUnsignedInt(key.get(BYTE, length - 1));
        int low = first << 16 | middle << 24 | last | length << 8;
        int high = Integer.rotateLeft(Integer.reverseBytes(low), 13);
        long flipLow = ((SECRET[0] ^ SECRET[0] >>> 32) & 0xFFFF_FFFFL) + seed;
        long flipHigh = ((SECRET[1] ^ SECRET[1] >>> 32) & 0xFFFF_FFFFL) - seed;
        out.lo = avalanche64(Integer.toUnsignedLong(low) ^ flipLow);
        out.hi = avalanche64(Integer.toUnsignedLong(high) ^ flipHigh);
    }

    private void upTo8(MemorySegment key, int length, KeyDigester.Digest out) {
        long input = length == Long.BYTES
                ? key.get(LONG, 0)
                : Integer.toUnsignedLong(key.get(INT, 0)) + ((long) key.get(INT, length - 4) << 32);
        long keyed = input ^ flip8;
        long multiplier = PRIME64_1 + ((long) length << 2);
        long low = keyed * multiplier;
        long high = Math.unsignedMultiplyHigh(keyed, multiplier) + (low << 1);
        low ^= high >>> 3;
        low = (low ^ low >>> 35) * PRIME_MX2;
        out.lo = low ^ low >>> 28;
        out.hi = avalanche(high);
    }

    /** The same for one of 9 to 16 bytes, of which these are the first and the last eight. */
    void hash(long first, long lastWord, int length, KeyDigester.Digest out) {
        long mixed = first ^ lastWord ^ flipLow16;
        long low = mixed * PRIME64_1 + ((long) (length - 1) << 54);
        long last = lastWord ^ flipHigh16;
        long high = Math.unsignedMultiplyHigh(mixed, PRIME64_1) + last + (last & 0xFFFF_FFFFL) * (PRIME32_2 - 1);
        low ^= Long.reverseBytes(high);
        out.lo = avalanche(low * PRIME64_2);
        out.hi = avalanche(Math.unsignedMultiplyHigh(low, PRIME64_2) + high * PRIME64_2);
    }

    private void upTo128(MemorySegment key, int length, KeyDigester.Digest out) {
        long low = length * PRIME64_1;
        long high = 0;
        // From the middle outwards, 16 bytes from either end at a time.
        for (int round = (length - 1) >> 5; round >= 0; round--) {
            long front = 16L * round;
            long back = length - 16L * (round + 1);
            low += fold(key, front, 4 * round);
            low ^= key.get(LONG, back) + key.get(LONG, back + 8);
            high += fold(key, back, 4 * round + 2);
            high ^= key.get(LONG, front) + key.get(LONG, front + 8);
        }
        out.lo = avalanche(low + high);
        out.hi = -avalanche(low * PRIME64_1 + high * PRIME64_4 + (length - seed) * PRIME64_2);
    }

    private long fold(MemorySegment key, long at, int secret) {
        long left = key.get(LONG, at) ^ (SECRET[secret] + seed);
        long right = key.get(LONG, at + 8) ^ (SECRET[secret + 1] - seed);
        long low = left * right;
        return low ^ Math.unsignedMultiplyHigh(left, right);
    }

    private static long avalanche(long value) {
        long mixed = (value ^ value >>> 37) * PRIME_MX1;
        return mixed ^ mixed >>> 32;
    }

    private static long avalanche64(long value) {
        long mixed = (value ^ value >>> 33) * PRIME64_2;
        mixed = (mixed ^ mixed >>> 29) * PRIME64_3;
        return mixed ^ mixed >>> 32;
    }
}
