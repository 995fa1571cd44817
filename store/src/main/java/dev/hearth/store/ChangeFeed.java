package dev.hearth.store;

import org.jspecify.annotations.Nullable;

/**
 * The operations of the consistency log in their order, from a version on. One thread.
 *
 * <p>
 * A feed at the end returns null and goes on when asked again after more was committed.
 */
public interface ChangeFeed extends AutoCloseable {
    /**
     * The next operation, or null if there is none yet.
     *
     * @throws IllegalStateException   if the feed fell behind: its place in the log was deleted after a checkpoint
     * @throws HearthException.Corrupt if a record is damaged
     */
    @Nullable
    Change next();

    @Override
    void close();
}
