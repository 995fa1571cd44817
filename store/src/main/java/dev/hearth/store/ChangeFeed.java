package dev.hearth.store;

import org.jspecify.annotations.Nullable;

/**
 * The operations of the consistency log in their order, from a version on, each exactly once, whichever process
 * committed them. One thread.
 *
 * <p>
 * A feed at the end returns null and goes on when asked again after more was committed. What it returns is visible to
 * every lookup that begins afterwards.
 *
 * <p>
 * <b>To follow a store from its present state:</b> take {@code v = hearth.stats().version()}, then list {@code
 * entries()}, then apply {@code changes(v + 1)}. The list may have some of these changes already, so applying them
 * has to be a matter of replacing by key, or by {@link Change#digest} where an operation has no key. A feed that is so
 * slow that checkpoints take the place of what it has not read yet throws {@link HearthException.FellBehind}; its user
 * begins again.
 */
public interface ChangeFeed extends AutoCloseable {
    /**
     * The next operation, or null if there is none yet.
     *
     * @throws HearthException.FellBehind if its place in the log was deleted after a checkpoint; it stays so
     * @throws HearthException.Corrupt    if a record is damaged
     */
    @Nullable
    Change next();

    @Override
    void close();
}
