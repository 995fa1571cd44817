package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.frame.FrameCache;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The shared frames of an attachment, opened when the first encoded page is read: a process that reads only raw values
 * never has them. Any thread.
 *
 * <p>
 * Should opening fail, that is reported once, and pages are decoded privately from then on.
 */
final class Frames implements AutoCloseable {
    private final @Nullable Supplier<FrameCache> opening;
    private final Events events;
    private volatile @Nullable FrameCache cache;
    private volatile boolean decided;

    /** Frames that {@code opening} opens; null for an attachment that goes without. */
    Frames(@Nullable Supplier<FrameCache> opening, Events events) {
        this.opening = opening;
        this.events = events;
        this.decided = opening == null;
    }

    /** The frames; null if there are none. */
    @Nullable
    FrameCache get() {
        FrameCache opened = cache;
        return opened != null || decided ? opened : open();
    }

    /** The frames if they are open already. */
    @Nullable
    FrameCache ifOpen() {
        return cache;
    }

    private synchronized @Nullable FrameCache open() {
        if (!decided && opening != null) {
            try {
                cache = opening.get();
            } catch (HearthException | IllegalArgumentException | InternalError e) {
                events.report(e);
            } finally {
                decided = true;
            }
        }
        return cache;
    }

    @Override
    public synchronized void close() {
        decided = true;
        FrameCache opened = cache;
        if (opened != null) {
            opened.close();
        }
    }
}
