package dev.hearth.store;

import dev.hearth.store.engine.EngineGroup;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A hold on all members of a group, as they were at one and the same moment. Confined to the thread that took it.
 *
 * <p>
 * <b>Of one version.</b> {@link #version} is the batch that put the group. If nobody has put a member by itself since,
 * all members are of that batch, and {@link #isWhole} says so: a group that is only ever put in whole batches is always
 * whole, and its values are of one version, while others go on putting the next. If single members were replaced since,
 * by a put or by a batch that did not name the group, then the lease has these newer values and is not whole. It still
 * is a snapshot: there was a moment after {@link Namespace#getGroup} was called and before it returned at which every
 * member was what the lease shows.
 *
 * <p>
 * Each member is leased as {@link Namespace#get(MemorySegment)} would lease it, whole: raw values are used where they
 * lie, a parameter that is encoded is decoded page by page as it is asked for. What the lease shows stays as long as it
 * is open, whatever is put, removed or evicted meanwhile.
 */
public final class GroupLease implements AutoCloseable {
    private final EngineGroup group;
    private final @Nullable Lease[] members;

    GroupLease(EngineGroup group) {
        this.group = group;
        this.members = new Lease[group.size()];
    }

    /** The batch that put the group. */
    public long version() {
        return group.version();
    }

    /** Whether every member is of the batch that put the group. */
    public boolean isWhole() {
        return group.isWhole();
    }

    /** How many members. */
    public int size() {
        return group.size();
    }

    /** The key of a member, in the order in which they were put; read-only, to be used as long as this is open. */
    public MemorySegment key(int member) {
        return group.key(member);
    }

    /** The member that has this key, or -1. */
    public int indexOf(MemorySegment key) {
        return group.find(Keys.require(key));
    }

    /** The lease of a member. It may be closed before the others; that it is closed with them is enough. */
    public Lease lease(int member) {
        Objects.checkIndex(member, members.length);
        Lease known = members[member];
        if (known == null) {
            known = Lease.of(group.member(member));
            members[member] = known;
        }
        return Objects.requireNonNull(known);
    }

    /** The lease of the member that has this key; null if none has. */
    public @Nullable Lease find(MemorySegment key) {
        int member = indexOf(key);
        return member < 0 ? null : lease(member);
    }

    /** The bytes of a member. */
    public MemorySegment segment(int member) {
        return group.member(member).segment();
    }

    /**
     * Lets all members go; again is no error.
     *
     * @throws WrongThreadException  if it is another thread's
     * @throws IllegalStateException if a foreign function is working on the bytes of a member; the others are let go
     */
    @Override
    public void close() {
        group.close();
    }
}
