package dev.hearth.store.entry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyDigesterTest {
    private static String digest(long seed, int namespace, MemorySegment key) {
        KeyDigester.Digest digest = new KeyDigester.Digest();
        new KeyDigester(seed).digest(namespace, key, digest);
        return Long.toHexString(digest.hi()) + ":" + Long.toHexString(digest.lo());
    }

    private static MemorySegment key(int length, int salt) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + salt);
        }
        return MemorySegment.ofArray(bytes);
    }

    @Test
    void digest_isPinned() {
        // These are in files: another algorithm is another format.
        assertEquals("57411dcfd41d843b:be6890fafc11c137", digest(42, 7, key(20, 1)));
        assertEquals("e283ddece118e291:a059d9f4dc8dd548", digest(42, 7, key(300, 1)));
    }

    @Test
    void digestOfGroup_isPinnedAndNeverThatOfAKey() {
        KeyDigester digester = new KeyDigester(42);
        KeyDigester.Digest group = new KeyDigester.Digest();
        digester.digestOfGroup(7, key(20, 1), group);
        assertEquals("16e65bda541d843b:feb256e77c11c137",
                Long.toHexString(group.hi()) + ":" + Long.toHexString(group.lo()));
        Set<String> keys = new HashSet<>();
        for (int namespace = 0; namespace < 4096; namespace++) {
            keys.add(digest(42, namespace, key(20, 1)));
        }
        for (int namespace = 0; namespace < 4096; namespace++) {
            digester.digestOfGroup(namespace, key(20, 1), group);
            assertTrue(keys.add(Long.toHexString(group.hi()) + ":" + Long.toHexString(group.lo())),
                    "namespace " + namespace);
        }
    }

    @Test
    void digest_ofHeapAndNativeKeysOfEveryLength_agree() {
        try (Arena arena = Arena.ofConfined()) {
            for (int length = 1; length <= 1024; length++) {
                MemorySegment heap = key(length, 3);
                MemorySegment nativeKey = arena.allocate(length + 1L).asSlice(1);
                nativeKey.copyFrom(heap);
                assertEquals(digest(1, 2, heap), digest(1, 2, nativeKey), "length " + length);
            }
        }
    }

    @Test
    void digest_ofTwoWords_isThatOfTheirBytes() {
        Random random = new Random(5);
        KeyDigester digester = new KeyDigester(42);
        KeyDigester.Digest words = new KeyDigester.Digest();
        for (int i = 0; i < 1_000; i++) {
            MemorySegment key = MemorySegment.ofArray(new long[]{random.nextLong(), random.nextLong()});
            digester.digest(i, key.get(ValueLayout.JAVA_LONG, 0), key.get(ValueLayout.JAVA_LONG, 8), words);
            assertEquals(digest(42, i, key), Long.toHexString(words.hi()) + ":" + Long.toHexString(words.lo()));
        }
    }

    @Test
    void digest_ofOtherSeedNamespaceOrKey_differs() {
        Set<String> seen = new HashSet<>();
        for (int namespace = 0; namespace < 20; namespace++) {
            for (int length = 1; length < 200; length++) {
                assertTrue(seen.add(digest(1, namespace, key(length, 0))),
                        "namespace " + namespace + " length " + length);
            }
        }
        assertNotEquals(digest(1, 0, key(8, 0)), digest(2, 0, key(8, 0)));
    }

    @Test
    void shortKeyHash_ofEveryLength_isThatOfTheLibrary() {
        for (long seed : new long[]{0, 42, -1, 0x8000_0000_0000_0001L}) {
            ShortKeyHash hash = new ShortKeyHash(seed);
            KeyDigester.Digest digest = new KeyDigester.Digest();
            for (int length = 1; length <= ShortKeyHash.MAX_BYTES; length++) {
                for (int salt = 0; salt < 20; salt++) {
                    byte[] bytes = new byte[length];
                    new Random(length * 100L + salt).nextBytes(bytes);
                    HashValue128 expected = Hashing.xxh3_128(seed).hashBytesTo128Bits(bytes);
                    hash.hash(MemorySegment.ofArray(bytes), digest);
                    String what = "seed " + seed + " length " + length + " salt " + salt;
                    assertEquals(expected.getLeastSignificantBits(), digest.lo(), what);
                    assertEquals(expected.getMostSignificantBits(), digest.hi(), what);
                }
            }
        }
    }
}
