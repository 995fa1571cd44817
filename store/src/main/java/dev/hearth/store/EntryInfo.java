package dev.hearth.store;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * What the store knows of an entry without reading its value.
 *
 * @param namespace    name and revision of its namespace
 * @param key          its key; not to be changed
 * @param kind         parameter or activation
 * @param storage      in place or compact
 * @param spec         element type and shape
 * @param logicalBytes length of the value
 * @param storedBytes  what it takes in the store: header, page table, pages, padding
 * @param pages        number of pages
 * @param codecs       number of pages by codec name
 * @param version      the commit that made it visible
 * @param expiresAtMs  time in ms since 1970 from which on it is absent; 0 for never
 * @param attributes   names and values of the user's own
 * @param location     where it lies
 */
@SuppressWarnings("ArrayRecordComponent") // keys are shared, and by contract nobody writes them
public record EntryInfo(String namespace, byte[] key, Kind kind, Storage storage, TensorSpec spec, long logicalBytes,
        long storedBytes, long pages, Map<String, Long> codecs, long version, long expiresAtMs,
        Map<String, String> attributes, Location location) {

    /**
     * Where an entry lies.
     *
     * @param segment     index of its segment
     * @param generation  generation of that segment
     * @param offsetBytes where its extent starts, from the start of the data file
     */
    public record Location(int segment, long generation, long offsetBytes) {}

    /** The key as a person reads it. */
    public String keyText() {
        return Keys.display(key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EntryInfo that && version == that.version && namespace.equals(that.namespace)
                && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
        return Objects.hash(version, namespace, Arrays.hashCode(key));
    }
}
