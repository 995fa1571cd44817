package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.io.FileStatus;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.RuntimeFlags;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attachments of this JVM: those to the same store that write are one, found by device and inode of its mark file.
 * Any thread; opening and closing are one at a time.
 *
 * <p>
 * An attachment that everybody has left while leases were open stays whole until the last of them is closed ({@link
 * Holds}), and can be joined meanwhile.
 */
final class Attachments {
    private static final Map<Identity, Shared> SHARED = new HashMap<>();

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
    static synchronized Attachment open(Path directory, HearthOptions options) {
        RuntimeFlags.check();
        Host host = Host.current();
        Store.requireSupported(options);
        if (options.access() == HearthOptions.Access.READ_ONLY) {
            return ReadOnlyAttachment.open(directory, host, System::currentTimeMillis);
        }
        Shared shared = find(directory);
        if (shared != null) {
            if (!shared.options.access(options.access()).equals(options)) {
                throw new IllegalArgumentException("the store is attached in this JVM with other options: attached="
                        + shared.options + " asked=" + options);
            }
            Holds holds = shared.attachment.holds();
            if (shared.users++ == 0 && holds != null) {
                holds.reopen();
            }
            return shared.attachment;
        }
        WritableAttachment attachment = WritableAttachment.open(directory, options, host, System::currentTimeMillis);
        SHARED.put(attachment.identity(), new Shared(attachment, options));
        return attachment;
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

    private static @Nullable Shared find(Path path) {
        if (SHARED.isEmpty() || !Files.exists(path.resolve(MarkFile.NAME))) {
            return null;
        }
        try (StoreDirectory directory = StoreDirectory.open(path);
                PosixFile mark = directory.open(MarkFile.NAME, true)) {
            return SHARED.get(Identity.of(mark.status()));
        } catch (HearthException.Io e) {
            return null; // It went away just now: opening tells.
        }
    }

    /** Leaves an attachment; the last one who leaves closes it, or leaves that to the last lease. */
    static synchronized void close(Attachment attachment) {
        Identity identity = attachment.identity();
        Shared shared = identity == null ? null : SHARED.get(identity);
        if (identity == null || shared == null || !attachment.equals(shared.attachment)) {
            attachment.close();
            return;
        }
        if (--shared.users > 0) {
            return;
        }
        Holds holds = attachment.holds();
        if (holds != null) {
            attachment.view().leases().reportOpen();
            holds.close(() -> takeDown(identity, shared));
        }
        takeDown(identity, shared);
    }

    /** Closes an attachment that nobody uses and of which nothing is held. */
    private static synchronized void takeDown(Identity identity, Shared shared) {
        Holds holds = shared.attachment.holds();
        if (shared.users == 0 && shared.equals(SHARED.get(identity)) && (holds == null || holds.isFree())) {
            SHARED.remove(identity);
            shared.attachment.close();
        }
    }
}
