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
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attachments of this JVM: those to the same store that write are one, found by device and inode of its mark file.
 * Any thread; opening and closing are one at a time.
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
            shared.users++;
            return shared.attachment;
        }
        WritableAttachment attachment = WritableAttachment.open(directory, options, host, System::currentTimeMillis);
        SHARED.put(attachment.identity(), new Shared(attachment, options));
        return attachment;
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

    /** Leaves an attachment; the last one who leaves closes it. */
    static synchronized void close(Attachment attachment) {
        Identity identity = attachment.identity();
        Shared shared = identity == null ? null : SHARED.get(identity);
        if (shared != null && attachment.equals(shared.attachment)) {
            shared.users--;
            if (shared.users > 0) {
                return;
            }
            SHARED.remove(identity);
        }
        attachment.close();
    }
}
