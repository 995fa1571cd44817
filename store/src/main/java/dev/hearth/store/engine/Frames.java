package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.frame.FrameCache;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The shared frames of an attachment, opened when the first encoded page is read: a process that reads only raw values
 * never has them. Any thread.
 *
 * <p>
 * Should opening fail, that is reported once, and pages are decoded privately from then on. If somebody else has the
 * lock for opening and does not let go of it, because he was stopped, that is waited for once and not long; until it
 * is had, which is tried every second without waiting, pages are decoded privately.
 */
final class Frames implements AutoCloseable {
    private static final long FIRST_LIMIT_MS = 500;
    private static final long RETRY_NS = 1_000_000_000;
    private final @Nullable Opening opening;
    private final Events events;
    private final LongSupplier clockNs;
    private volatile @Nullable FrameCache cache;
    private volatile boolean decided;
    /** Whether there was no getting at them at {@link #triedNs}. */
    private volatile boolean tried;
    private volatile long triedNs;

    /** How frames are opened. */
    interface Opening {
        /**
         * Opens them.
         *
         * @param limitMs how long others who open or leave them may be waited for
         * @throws HearthException.Busy if that was not enough
         */
        FrameCache open(long limitMs);
    }

    /** Frames that {@code opening} opens; null for an attachment that goes without. */
    Frames(@Nullable Opening opening, Events events, LongSupplier clockNs) {
        this.opening = opening;
        this.events = events;
        this.clockNs = clockNs;
        this.decided = opening == null;
    }

    /** The frames; null if there are none. */
    @Nullable
    FrameCache get() {
        FrameCache opened = cache;
        return opened != null || decided || (tried && clockNs.getAsLong() - triedNs < RETRY_NS) ? opened : open();
    }

    /** The frames if they are open already. */
    @Nullable
    FrameCache ifOpen() {
        return cache;
    }

    private synchronized @Nullable FrameCache open() {
        Opening how = opening;
        if (decided || how == null || (tried && clockNs.getAsLong() - triedNs < RETRY_NS)) {
            return cache;
        }
        boolean again = false;
        try {
            cache = how.open(tried ? 0 : FIRST_LIMIT_MS);
        } catch (HearthException.Busy e) {
            again = true;
            if (!tried) {
                events.report(e);
            }
            triedNs = clockNs.getAsLong();
            tried = true;
        } catch (HearthException | IllegalArgumentException | InternalError e) {
            events.report(e);
        } finally {
            decided = !again;
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
