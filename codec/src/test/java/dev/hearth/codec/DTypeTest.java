package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class DTypeTest {
    @Test
    void id_ofEveryType_isPinned() {
        String pinned =
                "BOOL=1 U8=2 I8=3 F8_E5M2=4 F8_E4M3=5 I16=6 U16=7 F16=8 BF16=9 I32=10 U32=11 F32=12 F64=13 I64=14 "
                        + "U64=15 F4=16 F6_E2M3=17 F6_E3M2=18 F8_E8M0=19 UNTYPED=20";
        StringBuilder actual = new StringBuilder();
        for (DType dtype : DType.values()) {
            actual.append(dtype).append('=').append(dtype.id()).append(' ');
            assertEquals(dtype, DType.byId(dtype.id()));
        }
        assertEquals(pinned, actual.toString().trim());
    }

    @Test
    void byId_ofUnknownIds_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> DType.byId(0));
        assertThrows(IllegalArgumentException.class, () -> DType.byId(21));
        assertThrows(IllegalArgumentException.class, () -> DType.byId(-1));
    }

    @Test
    void byName_inAnyCase_findsTheType() {
        assertEquals(Optional.of(DType.BF16), DType.byName("bf16"));
        assertEquals(Optional.of(DType.F8_E4M3), DType.byName("F8_E4M3"));
        assertTrue(DType.byName("F128").isEmpty());
    }

    @Test
    void compressionId_ofEveryLevel_isPinned() {
        StringBuilder actual = new StringBuilder();
        for (Compression level : Compression.values()) {
            actual.append(level).append('=').append(level.id()).append(' ');
            assertEquals(level, Compression.byId(level.id()));
        }
        assertEquals("NONE=1 LZ4=2 LZ4_HC=3 FAST=4 BALANCED=5 SMALL=6", actual.toString().trim());
        assertThrows(IllegalArgumentException.class, () -> Compression.byId(0));
        assertThrows(IllegalArgumentException.class, () -> Compression.byId(7));
    }
}
