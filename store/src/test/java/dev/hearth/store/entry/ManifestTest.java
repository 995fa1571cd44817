package dev.hearth.store.entry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ManifestTest {
    private static List<byte[]> keys(int count) {
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] key = new byte[1 + i * 37 % 1024];
            new Random(i).nextBytes(key);
            keys.add(key);
        }
        return keys;
    }

    private static void assertRefused(MemorySegment value, String what) {
        assertThrows(IllegalArgumentException.class, () -> Manifest.read(value), what);
    }

    @Test
    void write_thenRead_hasTheKeysInOrder() {
        for (int count : new int[]{0, 1, 2, 27, 28, 29, 1000}) {
            List<byte[]> keys = keys(count);
            Manifest manifest = Manifest.read(Manifest.write(keys, 77L << 32));
            assertEquals(count, manifest.size());
            assertEquals(77L << 32, manifest.memberBytes());
            for (int i = 0; i < count; i++) {
                assertArrayEquals(keys.get(i), manifest.key(i).toArray(ValueLayout.JAVA_BYTE), "key " + i);
            }
            assertThrows(IndexOutOfBoundsException.class, () -> manifest.key(count));
        }
    }

    @Test
    void layout_isPinned() {
        // These are in files: another layout is another format.
        byte[] value = Manifest.write(List.of("ab".getBytes(StandardCharsets.UTF_8), new byte[]{7}), 5)
                .toArray(ValueLayout.JAVA_BYTE);
        byte[] expected = {'H', 'E', 'A', 'R', 'T', 'H', 'G', 'R', 1, 0, 0, 0, 2, 0, 0, 0, 47, 0, 0, 0, 0, 0, 0, 0, 5,
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 'a', 'b', 1, 0, 7};
        assertArrayEquals(expected, value);
        assertEquals(40, Manifest.HEADER_BYTES);
    }

    @Test
    void read_cutAnywhere_isRefused() {
        MemorySegment value = Manifest.write(keys(30), 1);
        for (long length = 0; length < value.byteSize(); length++) {
            assertRefused(value.asSlice(0, length), "length " + length);
        }
    }

    @Test
    void read_claimsThatCannotBe_areRefused() {
        for (int offset : new int[]{0, 7, 8, 11, 12, 15, 16, 23, 31, 40, 41}) {
            for (int flip : new int[]{1, 0x40, 0x80, 0xFF}) {
                MemorySegment value = Manifest.write(keys(3), 1);
                value.set(ValueLayout.JAVA_BYTE, offset, (byte) (value.get(ValueLayout.JAVA_BYTE, offset) ^ flip));
                boolean isStillPositive = offset == 31 && flip < 0x80;
                if (!isStillPositive) {
                    assertRefused(value, "offset " + offset + " flip " + flip);
                }
            }
        }
    }

    @Test
    void read_anyBytes_yieldsKeysWithinOrIsRefused() {
        long seed = 11;
        Random random = new Random(seed);
        int read = 0;
        for (int round = 0; round < 20_000; round++) {
            MemorySegment value = Manifest.write(keys(random.nextInt(6)), 1);
            int flips = random.nextInt(3);
            for (int flip = 0; flip < flips; flip++) {
                value.set(ValueLayout.JAVA_BYTE, random.nextLong(value.byteSize()), (byte) random.nextInt());
            }
            try {
                Manifest manifest = Manifest.read(value);
                for (int i = 0; i < manifest.size(); i++) {
                    long bytes = manifest.key(i).byteSize();
                    assertTrue(bytes >= 1 && bytes <= 1024, "seed " + seed + " key bytes " + bytes);
                }
                read++;
            } catch (IllegalArgumentException e) {
                assertTrue(String.valueOf(e.getMessage()).startsWith("manifest field="), e.getMessage());
            }
        }
        assertTrue(read > 1_000, "read " + read);
    }
}
