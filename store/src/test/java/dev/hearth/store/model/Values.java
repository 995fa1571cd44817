package dev.hearth.store.model;

import dev.hearth.store.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Values that say which key and which change they are of, in every one of their words: a page of another entry, or of
 * another version, is seen wherever it is looked at.
 */
final class Values {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int MAX_BYTES = 300_000;

    private Values() {}

    static Kind kind(int key) {
        return key % 10 == 0 ? Kind.PARAMETER : Kind.ACTIVATION;
    }

    /** Length of the value that a change puts: mostly small, sometimes of several pages. */
    static int bytes(int key, long change) {
        long hash = mix(key * 31L + change);
        int most = switch ((int) (hash & 7)) {
            case 0 -> MAX_BYTES;
            case 1, 2 -> 70_000;
            case 3, 4 -> 17_000;
            default -> 2_000;
        };
        int limit = kind(key) == Kind.PARAMETER ? Math.min(most, 60_000) : most;
        return 8 + Math.floorMod(mix(hash), limit);
    }

    /** Fills {@code target} with the value of a change; half of the values compress well. */
    static void fill(int key, long change, MemorySegment target) {
        for (long at = 0; at + 8 <= target.byteSize(); at += 8) {
            target.set(LONG, at, word(key, change, at));
        }
        for (long at = target.byteSize() & -8; at < target.byteSize(); at++) {
            target.set(ValueLayout.JAVA_BYTE, at, (byte) (key + change + at));
        }
    }

    /** What is wrong with bytes from {@code offset} on of the value that a change put; empty if nothing is. */
    static String problem(int key, long change, long offset, MemorySegment bytes) {
        long whole = bytes(key, change);
        for (long at = 0; at < bytes.byteSize(); at++) {
            long position = offset + at;
            byte expected = position < (whole & -8)
                    ? (byte) (word(key, change, position & -8) >>> (8 * (position & 7)))
                    : (byte) (key + change + position);
            byte actual = bytes.get(ValueLayout.JAVA_BYTE, at);
            if (actual != expected) {
                return "key=" + key + " change=" + change + " position=" + position + " expected=" + expected
                        + " actual=" + actual + " of " + whole;
            }
        }
        return "";
    }

    /** The number of the change of which a value begins with these eight bytes. */
    static long changeOf(long firstWord) {
        return firstWord >>> 20;
    }

    static int keyOf(long firstWord) {
        return (int) (firstWord & 0xFFFFF);
    }

    private static long word(int key, long change, long at) {
        long first = change << 20 | key;
        if (at == 0) {
            return first;
        }
        return (change & 1) == 0 ? first + at / 64 : mix(first * 1_000_003 + at);
    }

    static long mix(long value) {
        long mixed = (value ^ value >>> 33) * 0xFF51_AFD7_ED55_8CCDL;
        mixed = (mixed ^ mixed >>> 33) * 0xC4CE_B9FE_1A85_EC53L;
        return (mixed ^ mixed >>> 33) >>> 1;
    }
}
