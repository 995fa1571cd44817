package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.io.FileStatus;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.RuntimeFlags;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The attachments of this JVM: those to the same store that write are one, found by device and inode of its mark file.
 * Any thread.
 *
 * <p>
 * Opening is one at a time for a directory, and closing is nobody else's business: a store that takes long to recover
 * or to leave keeps no other store waiting. Two who open one store through different paths at the same time find that
 * out at the end, and the second gives its attachment up for that of the first.
 *
 * <p>
 * An attachment that everybody has left while leases were open stays whole until the last of them is closed ({@link
 * Holds}), and can be joined meanwhile.
 */
final class Attachments {
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Condition OPENED = LOCK.newCondition();
    private static final Map<Identity, Shared> SHARED = new HashMap<>();
    private static final Set<Path> OPENING = new HashSet<>();

    private Attachments() {}

    /** What a store is found by, whatever its path. */
    record Identity(long device, long inode) {
        static Identity of(FileStatus status) {
            return new Identity(status.device(), status.inode());
        }
    }

    private static final class Shared {
        final Attachment attachment;
        final HearthOptions options;
        int users = 1;

        Shared(Attachment attachment, HearthOptions options) {
            this.attachment = attachment;
            this.options = options;
        }
    }

    /** Opens a store, or joins the attachment there is. */
    static Attachment open(Path directory, HearthOptions options) {
        RuntimeFlags.check();
        Host host = Host.current();
        if (options.access() == HearthOptions.Access.READ_ONLY) {
            return ReadOnlyAttachment.open(directory, host, System::currentTimeMillis);
        }
        Path key = key(directory);
        begin(key);
        try {
            Identity identity = identify(directory);
            Attachment joined = identity == null ? null : join(identity, options);
            return joined == null ? create(directory, options, host) : joined;
        } finally {
            end(key);
        }
    }

    private static Attachment create(Path directory, HearthOptions options, Host host) {
        WritableAttachment attachment = WritableAttachment.open(directory, options, host, System::currentTimeMillis);
        Attachment other = null;
        boolean registered = false;
        LOCK.lock();
        try {
            other = join(attachment.identity(), options);
            if (other == null) {
                SHARED.put(attachment.identity(), new Shared(attachment, options));
                registered = true;
            }
        } finally {
            LOCK.unlock();
            if (!registered) {
                attachment.close();
            }
        }
        return other == null ? attachment : other;
    }

    /** Joins the attachment to a store, if there is one. */
    private static @Nullable Attachment join(Identity identity, HearthOptions options) {
        LOCK.lock();
        try {
            Shared shared = SHARED.get(identity);
            if (shared == null) {
                return null;
            }
            if (!shared.options.access(options.access()).equals(options)) {
                throw new IllegalArgumentException("the store is attached in this JVM with other options: attached="
                        + shared.options + " asked=" + options);
            }
            Holds holds = shared.attachment.holds();
            if (shared.users++ == 0 && holds != null) {
                holds.reopen();
            }
            return shared.attachment;
        } finally {
            LOCK.unlock();
        }
    }

    private static Path key(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            return directory.toAbsolutePath().normalize();
        }
    }

    /** Waits until nobody else opens it; an interrupt does not end that, and is kept. */
    private static void begin(Path key) {
        LOCK.lock();
        try {
            while (!OPENING.add(key)) {
                OPENED.awaitUninterruptibly();
            }
        } finally {
            LOCK.unlock();
        }
    }

    private static void end(Path key) {
        LOCK.lock();
        try {
            OPENING.remove(key);
            OPENED.signalAll();
        } finally {
            LOCK.unlock();
        }
    }

    /**
     * Opens a store as any attachment would, with whatever that has to do, and leaves it again; returns what was done.
     */
    static List<String> recover(Path directory, long lockTimeoutMs, boolean dropDamaged) {
        RuntimeFlags.check();
        List<String> done = new ArrayList<>();
        HearthOptions options = HearthOptions.defaults().access(HearthOptions.Access.ATTACH)
                .lockTimeoutMs(lockTimeoutMs);
        WritableAttachment.open(directory, options, Host.current(), System::currentTimeMillis, new Journal(done::add),
                dropDamaged).close();
        return done;
    }

    private static @Nullable Identity identify(Path path) {
        if (!Files.exists(path.resolve(MarkFile.NAME))) {
            return null;
        }
        try (StoreDirectory directory = StoreDirectory.open(path);
                PosixFile mark = directory.open(MarkFile.NAME, true)) {
            return Identity.of(mark.status());
        } catch (HearthException.Io e) {
            return null; // It went away just now: opening tells.
        }
    }

    /** Leaves an attachment; the last one who leaves closes it, or leaves that to the last lease. */
    static void close(Attachment attachment) {
        Identity identity = attachment.identity();
        Shared left;
        LOCK.lock();
        try {
            left = identity == null ? null : SHARED.get(identity);
            if (left != null && attachment.equals(left.attachment)) {
                if (--left.users > 0) {
                    return;
                }
                Holds holds = attachment.holds();
                if (holds != null) {
                    Shared shared = left;
                    attachment.view().leases().reportOpen();
                    holds.close(() -> takeDown(attachment, shared));
                }
            } else {
                left = null;
            }
        } finally {
            LOCK.unlock();
        }
        if (left == null) {
            attachment.close();
        } else {
            takeDown(attachment, left);
        }
    }

    /** A mark that was cut holds nothing any more. */
    private static boolean isFree(Holds holds) {
        try {
            return holds.isFree();
        } catch (InternalError e) {
            return true;
        }
    }

    /** Closes an attachment that nobody uses and of which nothing is held. */
    private static void takeDown(Attachment attachment, Shared shared) {
        Identity identity = attachment.identity();
        LOCK.lock();
        try {
            Holds holds = attachment.holds();
            boolean last = identity != null && shared.users == 0 && shared.equals(SHARED.get(identity))
                    && (holds == null || isFree(holds));
            if (!last) {
                return;
            }
            SHARED.remove(identity);
        } finally {
            LOCK.unlock();
        }
        // Nobody else knows it any more.
        attachment.close();
    }
}
