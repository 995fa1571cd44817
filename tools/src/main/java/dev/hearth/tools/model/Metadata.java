package dev.hearth.tools.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The metadata of a model as it is found: keys unique, size bounded. */
final class Metadata {
    private final Map<String, String> entries = new LinkedHashMap<>();
    private long chars;

    void put(MappedFile file, String key, String value, long offset) throws ModelFormatException {
        chars += key.length() + (long) value.length();
        if (chars > Limits.MAX_METADATA_BYTES || entries.size() >= Limits.MAX_METADATA_ENTRIES) {
            throw file.error("metadata", offset, "more than " + Limits.MAX_METADATA_BYTES + " characters or "
                    + Limits.MAX_METADATA_ENTRIES + " entries of metadata");
        }
        if (entries.putIfAbsent(key, value) != null) {
            throw file.error("metadata", offset, "the key " + key + " a second time");
        }
    }

    @Nullable
    String get(String key) {
        return entries.get(key);
    }

    Map<String, String> entries() {
        return Collections.unmodifiableMap(entries);
    }
}
