package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names and keys, one for one. */
final class TensorNamesTest {
    private static byte[] key(String name) {
        return TensorNames.key(name).toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @CsvSource({"a, 61", "ä/\u4e2d, c3a42fe4b8ad", "hex:ff, ff", "hex:00, 00", "hex:, 6865783a", "hex:6, 6865783a36",
            "hex:61, 6865783a3631", "hex:FF, 6865783a4646", "hex:zz, 6865783a7a7a", "hex:6865783a6666, 6865783a6666",
            "hex:6865783a3631, 6865783a363836353738336133363331"})
    void name_andItsKey_areAsDocumented(String name, String hex) {
        assertEquals(hex, HexFormat.of().formatHex(key(name)), name);
        assertEquals(name, TensorNames.name(key(name)));
    }

    @Test
    void key_ofAnyBytes_hasANameThatIsItsOwn() {
        Random random = new Random(11);
        byte[][] starts = {{}, "hex:".getBytes(StandardCharsets.US_ASCII), "hex:6865783a".getBytes(
                StandardCharsets.US_ASCII), {0}};
        for (int i = 0; i < 20_000; i++) {
            byte[] start = starts[random.nextInt(starts.length)];
            byte[] key = java.util.Arrays.copyOf(start, start.length + 1 + random.nextInt(6));
            for (int j = start.length; j < key.length; j++) {
                key[j] = (byte) (random.nextBoolean()
                        ? "0123456789abcdefAxyz:".charAt(random.nextInt(21))
                        : random.nextInt(256));
            }
            String name = TensorNames.name(key);
            assertArrayEquals(key, key(name), () -> HexFormat.of().formatHex(key) + " as " + name);
            assertTrue(name.chars().noneMatch(Character::isISOControl), name);
        }
    }

    @Test
    void reserved_keys_areThoseOfTheTool() {
        byte[] metadata = TensorNames.metadataKey().toArray(ValueLayout.JAVA_BYTE);
        assertEquals("006865617274682e6d65746164617461", HexFormat.of().formatHex(metadata));
        assertTrue(TensorNames.isReserved(metadata));
        assertFalse(TensorNames.isReserved(key("hearth.metadata")));
        assertFalse(TensorNames.isReserved(new byte[]{0}));
    }
}
