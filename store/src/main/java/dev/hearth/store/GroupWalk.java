package dev.hearth.store;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Groups that are leased one after the other, as the layers of a model are: when one is handed out, the next one is
 * brought near in the background, so that it can be used at once when its turn comes.
 *
 * <pre>{@code
 * try (GroupWalk walk = namespace.walk(layers)) {
 *     while (walk.hasNext()) {
 *         try (GroupLease layer = walk.next()) {
 *             … // null if the group, or one of its members, is absent
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>
 * The leases are the caller's, and may be kept beyond the next one and the walk. For one thread; what is brought near
 * is so by one thread of the walk's own, which has at most one group to do at a time, is never waited for but by
 * {@link #close}, and whose errors count for nothing: whoever leases the group is told of them.
 */
public final class GroupWalk implements AutoCloseable {
    private final Namespace namespace;
    private final List<MemorySegment> groups;
    private int position;
    private final Thread helper;
    /** The group to be brought near; what was wanted before, and was not begun, is given up. */
    private volatile @Nullable MemorySegment wanted;
    private volatile boolean closed;

    GroupWalk(Namespace namespace, List<MemorySegment> groups) {
        this.namespace = namespace;
        // Copies: the helper reads them, whosever they are.
        this.groups = groups.stream().map(group -> Keys.copy(Keys.require(group))).toList();
        this.helper = Thread.ofPlatform().daemon().name("hearth-walk").unstarted(this::bringNear);
    }

    /** Whether there is another group. */
    public boolean hasNext() {
        return position < groups.size();
    }

    /** The number of the group that is next, from 0. */
    public int position() {
        return position;
    }

    /**
     * Leases the next group to the calling thread and has the one behind it brought near; null if the group is absent,
     * as for {@link Namespace#getGroup}.
     *
     * @throws NoSuchElementException if there is none
     * @throws IllegalStateException  if the walk is closed
     */
    public @Nullable GroupLease next() {
        if (closed) {
            throw new IllegalStateException("the walk is closed");
        }
        if (!hasNext()) {
            throw new NoSuchElementException("groups=" + groups.size());
        }
        GroupLease lease = namespace.getGroup(groups.get(position++));
        if (hasNext()) {
            wanted = groups.get(position);
            if (helper.getState() == Thread.State.NEW) {
                helper.start();
            }
            LockSupport.unpark(helper);
        }
        return lease;
    }

    private void bringNear() {
        while (!closed) {
            MemorySegment group = wanted;
            if (group == null) {
                LockSupport.park(this);
                continue;
            }
            // Only this thread takes it away, and only if it is still what is wanted.
            wanted = null;
            try {
                boolean _ = namespace.prefetchGroup(group, () -> closed || wanted != null);
            } catch (HearthException | IllegalStateException e) {
                // Whoever leases it is told.
            }
        }
    }

    /** Ends what is being done in the background; leases stay. An interrupt is kept. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(helper);
        boolean interrupted = false;
        while (helper.isAlive()) {
            try {
                helper.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
