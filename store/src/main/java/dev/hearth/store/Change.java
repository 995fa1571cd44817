package dev.hearth.store;

import java.util.Arrays;
import java.util.Objects;

/**
 * One operation of the consistency log. Operations of one batch have one version.
 *
 * @param version      the commit
 * @param timestampMs  when it was made, in ms since 1970, by the clock of the process that made it
 * @param type         what was done
 * @param namespace    name and revision of the namespace, or {@code #number} if that is no longer known
 * @param key          the key, or the name of the group; empty when the operation has none
 * @param digest       what stands for namespace and key, see {@link Namespace#digest}; also where there is no key
 * @param logicalBytes length of the value put; 0 otherwise
 * @param storedBytes  what the value takes in the store; 0 otherwise
 * @param segment      the segment it lies in or that was released; -1 otherwise
 * @param generation   generation of that segment; 0 otherwise
 * @param logFile      number of the log file
 * @param offsetBytes  where the record starts in that file
 */
@SuppressWarnings("ArrayRecordComponent") // keys are shared, and by contract nobody writes them
public record Change(long version, long timestampMs, Type type, String namespace, byte[] key, Digest digest,
        long logicalBytes, long storedBytes, int segment, long generation, int logFile, long offsetBytes) {

    /**
     * 128 bits that stand for a key in its namespace, or for a group.
     *
     * @param hi upper half
     * @param lo lower half
     */
    public record Digest(long hi, long lo) {
        /** Of operations that are not about one entry. */
        public static final Digest NONE = new Digest(0, 0);
    }

    /** What was done. */
    public enum Type {
        /** A value was put. */
        PUT,
        /** An entry was removed on request. */
        REMOVE,
        /** The list of the members of a group was put, with the members. */
        PUT_GROUP,
        /** The list of the members of a group was removed. */
        REMOVE_GROUP,
        /** An entry, or the list of the members of a group, was dropped to make room. The key is not told. */
        EVICT,
        /** A namespace was defined. */
        DEFINE_NAMESPACE,
        /** A namespace was removed, and with it all its entries. */
        END_NAMESPACE,
        /** An entry, or the list of a group, was moved; its version stays. The key is not told. */
        RELOCATE,
        /** A segment was released, and with it all that was still in it. */
        RELEASE_SEGMENT,
        /** Everything before is durable. */
        SYNC
    }

    /** The key as a person reads it. */
    public String keyText() {
        return Keys.display(key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Change that && version == that.version && type == that.type
                && logFile == that.logFile && offsetBytes == that.offsetBytes && namespace.equals(that.namespace)
                && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
        return Objects.hash(version, type, namespace, Arrays.hashCode(key));
    }
}
