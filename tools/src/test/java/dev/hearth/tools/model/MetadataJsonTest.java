package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata as canonical JSON. */
class MetadataJsonTest {
    private static MemorySegment utf8(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void write_anyOrder_isTheSameBytes() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("b", "\" \\ / \b\f\n\r\t \u0001 \u007f \u2028");
        texts.put("\ufb33", "after a pair, by code unit");
        texts.put("\ud83d\ude00", "before");
        texts.put("", "");
        String expected = "{\"\":\"\",\"b\":\"\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001 \u007f \u2028\","
                + "\"\ud83d\ude00\":\"before\",\"\ufb33\":\"after a pair, by code unit\"}";
        assertEquals(expected, new String(MetadataJson.write(texts), StandardCharsets.UTF_8));
        assertEquals("{}", new String(MetadataJson.write(Map.of()), StandardCharsets.UTF_8));
    }

    @Test
    void read_whatWasWritten_isEqual() throws ModelFormatException {
        Map<String, String> texts = Map.of("a", "x".repeat(3_000_000), "b\u0000", "\u4e2d\n", "", "\ud83d\ude00");
        assertEquals(texts, MetadataJson.read("m", MemorySegment.ofArray(MetadataJson.write(texts))));
        Map<String, String> loose = MetadataJson.read("m", utf8(" { \"b\" : \"\\u0041\" ,\n\"a\":\"\" } "));
        assertEquals(List.of("b", "a"), List.copyOf(loose.keySet()));
        assertEquals("A", loose.get("b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"a\":1}", "{\"a\":\"b\"}x", "{\"a\":\"b\",\"a\":\"c\"}", "{\"a\":null}"})
    void read_anythingElse_isRefusedByName(String text) {
        ModelFormatException e =
                assertThrows(ModelFormatException.class, () -> MetadataJson.read("hex:00", utf8(text)));
        assertTrue(String.valueOf(e.getMessage()).startsWith("hex:00: "), e.getMessage());
    }

    @Test
    void write_halfAPair_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> MetadataJson.write(Map.of("a", "\ud800")));
    }
}
