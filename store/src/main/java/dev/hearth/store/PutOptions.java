package dev.hearth.store;

import dev.hearth.codec.Compression;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a value is put and what is said of it.
 *
 * @param kind            parameter or activation
 * @param storage         in place or compact
 * @param spec            element type and shape
 * @param compression     level for compact storage; null for the store's
 * @param expiresAtMs     time in ms since 1970 from which on the entry is absent; 0 for never
 * @param priority        weight for eviction policies that look at it, 0 to 255; 0 is the default
 * @param recomputeCostNs what computing the value took, for eviction policies that look at it; 0 if unknown
 * @param attributes      up to {@value #MAX_ATTRIBUTES} names and values of the user's own
 * @param after           key, in the same namespace, of the entry that this one continues; empty if it continues none
 */
public record PutOptions(Kind kind, Storage storage, TensorSpec spec, @Nullable Compression compression,
        long expiresAtMs, int priority, long recomputeCostNs, Map<String, String> attributes,
        List<Byte> after) {
    /** The most attributes of an entry. */
    public static final int MAX_ATTRIBUTES = 16;
    /** The longest attribute name, in bytes of UTF-8. */
    public static final int MAX_ATTRIBUTE_NAME_BYTES = 64;
    /** The longest attribute value, in bytes of UTF-8. */
    public static final int MAX_ATTRIBUTE_VALUE_BYTES = 256;

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException names what is out of range
     */
    public PutOptions {
        if (expiresAtMs < 0 || priority < 0 || priority > 255 || recomputeCostNs < 0) {
            throw new IllegalArgumentException("expiresAtMs=" + expiresAtMs + " priority=" + priority
                    + " recomputeCostNs=" + recomputeCostNs);
        }
        if (attributes.size() > MAX_ATTRIBUTES) {
            throw new IllegalArgumentException("attributes=" + attributes.size() + " maximum=" + MAX_ATTRIBUTES);
        }
        after = List.copyOf(after);
        if (after.size() > Keys.MAX_BYTES) {
            throw new IllegalArgumentException("after=" + after.size() + " bytes, maximum=" + Keys.MAX_BYTES);
        }
        attributes = java.util.Collections.unmodifiableMap(new TreeMap<>(attributes));
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            int nameBytes = attribute.getKey().getBytes(StandardCharsets.UTF_8).length;
            int valueBytes = attribute.getValue().getBytes(StandardCharsets.UTF_8).length;
            if (nameBytes == 0 || nameBytes > MAX_ATTRIBUTE_NAME_BYTES || valueBytes > MAX_ATTRIBUTE_VALUE_BYTES) {
                throw new IllegalArgumentException("attribute=" + attribute.getKey() + " nameBytes=" + nameBytes
                        + " valueBytes=" + valueBytes);
            }
        }
    }

    /** The defaults of a kind: a parameter in place, an activation compact, no tensor description. */
    public static PutOptions of(Kind kind) {
        Storage storage = kind == Kind.PARAMETER ? Storage.IN_PLACE : Storage.COMPACT;
        return new PutOptions(kind, storage, TensorSpec.UNTYPED, null, 0, 0, 0, Map.of(), List.of());
    }

    /** These options with another storage. */
    public PutOptions storage(Storage newStorage) {
        return new PutOptions(kind, newStorage, spec, compression, expiresAtMs, priority, recomputeCostNs, attributes,
                after);
    }

    /** These options with another tensor description. */
    public PutOptions spec(TensorSpec newSpec) {
        return new PutOptions(kind, storage, newSpec, compression, expiresAtMs, priority, recomputeCostNs, attributes,
                after);
    }

    /** These options with another level for compact storage. */
    public PutOptions compression(Compression newCompression) {
        return new PutOptions(kind, storage, spec, newCompression, expiresAtMs, priority, recomputeCostNs, attributes,
                after);
    }

    /** These options with a time in ms since 1970 from which on the entry is absent. */
    public PutOptions expiresAtMs(long newExpiresAtMs) {
        return new PutOptions(kind, storage, spec, compression, newExpiresAtMs, priority, recomputeCostNs, attributes,
                after);
    }

    /** These options with another priority and cost. */
    public PutOptions weight(int newPriority, long newRecomputeCostNs) {
        return new PutOptions(kind, storage, spec, compression, expiresAtMs, newPriority, newRecomputeCostNs,
                attributes, after);
    }

    /** These options with other attributes. */
    public PutOptions attributes(Map<String, String> newAttributes) {
        return new PutOptions(kind, storage, spec, compression, expiresAtMs, priority, recomputeCostNs, newAttributes,
                after);
    }

    /**
     * These options for a value that continues another one, as a block of a KV cache continues the block before it:
     * without it, it is of no use.
     *
     * <p>
     * An activation is not evicted while an activation that continues it is there: what is there of a chain is a prefix
     * of it. If there is no other way to make room, what continues an entry is evicted with it, the last first. A put
     * whose predecessor is not there (any more) puts nothing, as if it had been evicted at once. Within a batch the
     * predecessor is put first.
     *
     * <p>
     * This is about eviction: removing, replacing or expiry of an entry does not touch what continues it. What the
     * store remembers of it is lost when the host (not a process) starts anew; entries that were there before may lose
     * what they continue until eviction has gone through the store twice.
     *
     * @param predecessor key of the entry that is continued, in the same namespace
     */
    public PutOptions after(MemorySegment predecessor) {
        List<Byte> bytes = new ArrayList<>();
        for (byte one : Keys.require(predecessor).toArray(ValueLayout.JAVA_BYTE)) {
            bytes.add(one);
        }
        return new PutOptions(kind, storage, spec, compression, expiresAtMs, priority, recomputeCostNs, attributes,
                bytes);
    }
}
