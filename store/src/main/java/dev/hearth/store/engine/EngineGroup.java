package dev.hearth.store.engine;

import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.entry.Manifest;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The state of a lease on a group: that of its manifest, and those of its members. Of the thread that took it. */
public final class EngineGroup implements AutoCloseable {
    private final EngineLease manifest;
    private final Manifest keys;
    private final EngineLease[] members;
    private final ToDigest toDigest;
    /** Finds a member by its digest: one more than its index, 0 is free. Made when it is first needed. */
    private int @Nullable [] index;

    /** The digest of a key in the namespace of the group. */
    interface ToDigest {
        void digest(MemorySegment key, KeyDigester.Digest out);
    }

    /** Of leases that are open. */
    EngineGroup(EngineLease manifest, Manifest keys, EngineLease[] members, ToDigest toDigest) {
        this.toDigest = toDigest;
        this.manifest = manifest;
        this.keys = keys;
        this.members = members;
    }

    /** The batch that put the manifest. */
    public long version() {
        return manifest.version();
    }

    /** How many members. */
    public int size() {
        return members.length;
    }

    /** The key of a member, read-only. */
    public MemorySegment key(int member) {
        long _ = manifest.version(); // It has to be open.
        return keys.key(member);
    }

    /** The lease of a member. */
    public EngineLease member(int member) {
        Objects.checkIndex(member, members.length);
        return members[member];
    }

    /** Whether all members are of the batch that put the manifest. */
    public boolean isWhole() {
        long version = version();
        for (EngineLease member : members) {
            if (member.entry.version() != version) {
                return false;
            }
        }
        return true;
    }

    /** The member with this key, or -1. */
    public int find(MemorySegment key) {
        long _ = manifest.version(); // It has to be open.
        KeyDigester.Digest digest = new KeyDigester.Digest();
        toDigest.digest(key, digest);
        int[] found = index;
        if (found == null) {
            found = new int[Integer.highestOneBit(members.length * 2 + 1) * 2];
            for (int member = 0; member < members.length; member++) {
                found[slot(found, members[member].digest)] = member + 1;
            }
            index = found;
        }
        return found[slot(found, digest)] - 1;
    }

    /** Where a digest is, or would be; at least half of the slots are free. */
    private int slot(int[] table, KeyDigester.Digest digest) {
        int slot = (int) digest.lo() & table.length - 1;
        while (table[slot] != 0 && !members[table[slot] - 1].digest.is(digest.hi(), digest.lo())) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    /**
     * Ends all leases; again is no error. Goes on behind one that cannot be ended, and then throws what that threw.
     */
    @Override
    public void close() {
        RuntimeException failure = null;
        for (EngineLease member : members) {
            failure = close(member, failure);
        }
        failure = close(manifest, failure);
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable RuntimeException close(EngineLease lease, @Nullable RuntimeException before) {
        try {
            lease.close();
            return before;
        } catch (RuntimeException e) {
            return before == null ? e : before;
        }
    }
}
