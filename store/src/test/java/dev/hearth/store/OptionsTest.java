package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The values that callers make: what they accept, and how they name what they do not. */
class OptionsTest {
    private static void assertRefused(String named, Executable executable) {
        IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, executable);
        assertTrue(String.valueOf(thrown.getMessage()).contains(named), thrown.getMessage());
    }

    @Test
    void options_sizes_areDerivedFromTheCapacity() {
        assertEquals(32 << 20, HearthOptions.defaults().segmentBytes());
        assertEquals(262_144, HearthOptions.defaults().maxEntries());
        HearthOptions small = HearthOptions.defaults().capacityBytes(3_000_000);
        assertEquals(256 << 10, small.segmentBytes());
        assertEquals(11L * (256 << 10), small.capacityBytes(), "whole segments");
        assertEquals(65_536, small.maxEntries());
        assertEquals(64 << 20, HearthOptions.defaults().capacityBytes(1L << 40).segmentBytes());
        assertEquals(2 << 20, small.capacityBytes(64 << 20).pageBytes(1 << 20).segmentBytes(), "two pages at least");
    }

    @Test
    void options_outOfRange_areRefusedByName() {
        HearthOptions options = HearthOptions.defaults();
        assertRefused("pageBytes=5000", () -> options.pageBytes(5000));
        assertRefused("pageBytes=2097152", () -> options.pageBytes(2 << 20));
        assertRefused("segmentBytes=1000000", () -> options.segmentBytes(1_000_000));
        assertRefused("capacityBytes=1000", () -> options.capacityBytes(1_000));
        assertRefused("segmentBytes=524288", () -> options.pageBytes(1 << 20).segmentBytes(512 << 10));
        assertRefused("capacityBytes=", () -> options.capacityBytes(100 << 20).segmentBytes(64 << 20));
        assertRefused("maxEntries=3", () -> options.maxEntries(3));
        assertRefused("lockTimeoutMs=-1", () -> options.lockTimeoutMs(-1));
    }

    @Test
    void fingerprint_differsInAnyPart() {
        Fingerprint base = Fingerprint.of("m").revision("1").dtype(DType.F32);
        assertEquals(base, Fingerprint.of("m").dtype(DType.F32).revision("1"), "order does not matter");
        assertNotEquals(base, base.dtype(DType.BF16));
        assertNotEquals(base, base.salt("tenant"));
        assertNotEquals(base, base.weights("sha256:00"));
        assertEquals("m@1", base.display());
        assertEquals("m", Fingerprint.of("m").display());
        Fingerprint full = base.kvDtype(DType.F16).layout("h,t,c").pageTokens(16).parallelism("tp=2,rank=0").with("x",
                "a=b");
        assertEquals(full, Fingerprint.parse(full.name(), full.revision(), full.canonicalParts()));
    }

    @Test
    void fingerprint_badText_isRefusedByName() {
        assertRefused("name=", () -> Fingerprint.of(""));
        assertRefused("must not contain @", () -> Fingerprint.of("a@b"));
        assertRefused("name has a control character", () -> Fingerprint.of("a\nb"));
        assertRefused("revision=", () -> Fingerprint.of("a").revision("r".repeat(256)));
        assertRefused("part=a=b", () -> Fingerprint.of("a").with("a=b", "c"));
        assertRefused("partsBytes=", () -> Fingerprint.of("a").salt("s".repeat(200)).weights("w".repeat(200)));
    }

    @Test
    void keys_asText_comeBackAsTheyWere() {
        for (String text : new String[]{"layer.0.weight", "ü", "hex:00ff", "a b"}) {
            byte[] key = Keys.parse(text).toArray(ValueLayout.JAVA_BYTE);
            assertArrayEquals(key, Keys.parse(Keys.display(key)).toArray(ValueLayout.JAVA_BYTE), text);
        }
        assertEquals("hex:00ff", Keys.display(new byte[]{0, -1}));
        assertEquals("hex:6865783a", Keys.display("hex:".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        assertEquals("hex:0a", Keys.display(new byte[]{10}));
        assertRefused("key=hex:0", () -> Keys.parse("hex:0"));
        assertRefused("keyBytes=0", () -> Keys.require(Keys.utf8("")));
    }

    @Test
    void putOptions_outOfRange_areRefusedByName() {
        PutOptions options = PutOptions.of(Kind.ACTIVATION);
        assertEquals(Storage.COMPACT, options.storage());
        assertEquals(Storage.IN_PLACE, PutOptions.of(Kind.PARAMETER).storage());
        assertRefused("priority=256", () -> options.weight(256, 0));
        assertRefused("expiresAtMs=-1", () -> options.expiresAtMs(-1));
        assertRefused("attributes=17", () -> options
                .attributes(IntStream.range(0, 17).boxed().collect(Collectors.toMap(i -> "a" + i, i -> ""))));
        assertRefused("nameBytes=65", () -> options.attributes(Map.of("n".repeat(65), "")));
        assertRefused("valueBytes=257", () -> options.attributes(Map.of("n", "v".repeat(257))));
    }

    @Test
    void tensorSpec_bytes_areThoseOfItsElements() {
        assertEquals(24, TensorSpec.of(DType.F32, 2, 3).byteSize());
        assertEquals(4, TensorSpec.of(DType.F32).byteSize(), "a scalar");
        assertEquals(0, TensorSpec.of(DType.F32, 0, 1L << 62).byteSize());
        assertEquals(2, TensorSpec.of(DType.F4, 3).byteSize(), "packed, rounded up");
        assertEquals(-1, TensorSpec.UNTYPED.byteSize());
        assertRefused("is too large", () -> TensorSpec.of(DType.F32, 1L << 40, 1L << 40).byteSize());
        assertRefused("shape=[-1]", () -> TensorSpec.of(DType.F32, -1));
        assertRefused("rank=33", () -> TensorSpec.of(DType.F32, new long[33]));
    }
}
