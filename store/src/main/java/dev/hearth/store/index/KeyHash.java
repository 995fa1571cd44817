package dev.hearth.store.index;

/**
 * The hash by which Chronicle places a key of 16 bytes: XXH64 with seed 0, written after its specification
 * (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
 */
final class KeyHash {
    private static final long PRIME_1 = 0x9E3779B185EBCA87L;
    private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
    private static final long PRIME_3 = 0x165667B19E3779F9L;
    private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
    private static final long PRIME_5 = 0x27D4EB2F165667C5L;

    private KeyHash() {}

    /** The hash of a key that consists of these two little-endian words. */
    static long of(long firstWord, long secondWord) {
        long hash = PRIME_5 + IndexGeometry.KEY_BYTES;
        hash = absorb(hash, firstWord);
        hash = absorb(hash, secondWord);
        hash = (hash ^ (hash >>> 33)) * PRIME_2;
        hash = (hash ^ (hash >>> 29)) * PRIME_3;
        return hash ^ (hash >>> 32);
    }

    private static long absorb(long hash, long word) {
        long lane = Long.rotateLeft(word * PRIME_2, 31) * PRIME_1;
        return Long.rotateLeft(hash ^ lane, 27) * PRIME_1 + PRIME_4;
    }
}
