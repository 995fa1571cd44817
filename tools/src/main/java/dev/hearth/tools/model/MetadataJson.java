package dev.hearth.tools.model;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Texts by name as canonical JSON (RFC 8785): one object of strings in UTF-8, sorted by UTF-16 code unit, without white
 * space, with the shortest escapes. Equal maps have equal bytes.
 */
public final class MetadataJson {
    private MetadataJson() {}

    /**
     * The bytes of a map.
     *
     * @throws IllegalArgumentException if a text has half of a surrogate pair, which UTF-8 cannot say
     */
    public static byte[] write(Map<String, String> texts) {
        StringBuilder json = new StringBuilder("{");
        new TreeMap<>(texts).forEach((name, text) -> {
            json.append(json.length() > 1 ? "," : "");
            JsonText.quote(name, json);
            json.append(':');
            JsonText.quote(text, json);
        });
        return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The map of such bytes, in their order; white space, other escapes and another order are understood as well.
     *
     * @param name what to call the bytes when they are refused
     * @throws ModelFormatException if they are not one JSON object of strings, each name once
     */
    public static Map<String, String> read(String name, MemorySegment bytes) throws ModelFormatException {
        MappedFile file = MappedFile.ofMemory(name, bytes);
        int maxBytes = (int) Math.min(Integer.MAX_VALUE, bytes.byteSize());
        JsonReader json = new JsonReader(file, 0, bytes.byteSize());
        Map<String, String> texts = new LinkedHashMap<>();
        json.beginObject("metadata");
        for (boolean first = true; json.more('}', first, "metadata"); first = false) {
            long at = json.position();
            String key = json.name("metadata", maxBytes);
            if (texts.put(key, json.string("metadata", maxBytes)) != null) {
                throw file.error("metadata", at, "the key " + key + " a second time");
            }
        }
        json.end("metadata");
        return texts;
    }
}
