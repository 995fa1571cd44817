package dev.hearth.store;

import java.util.Arrays;
import java.util.Objects;

/**
 * What the store knows of a group.
 *
 * @param namespace    name and revision of its namespace
 * @param name         its name; not to be changed
 * @param version      the batch that put it
 * @param kind         parameter if it is never evicted, which is so if one of its members was one
 * @param members      how many keys it has, whether their entries are still there or not
 * @param logicalBytes bytes of the values of its members when it was put
 * @param storedBytes  what its manifest takes in the store
 */
@SuppressWarnings("ArrayRecordComponent") // names are shared, and by contract nobody writes them
public record GroupInfo(String namespace, byte[] name, long version, Kind kind, int members, long logicalBytes,
        long storedBytes) {

    /** The name as a person reads it. */
    public String nameText() {
        return Keys.display(name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GroupInfo that && version == that.version && namespace.equals(that.namespace)
                && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
        return Objects.hash(version, namespace, Arrays.hashCode(name));
    }
}
