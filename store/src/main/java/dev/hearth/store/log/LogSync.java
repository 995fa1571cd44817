package dev.hearth.store.log;

import dev.hearth.store.HearthException;
import dev.hearth.store.HearthException.Closed;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the log durable up to a file, also the part that other processes wrote. Any thread may call, while records are
 * appended.
 *
 * <p>
 * A sync that failed is never repeated: the kernel reports a lost page once and then takes it for clean.
 */
final class LogSync implements AutoCloseable {
    private final StoreFiles files;
    private int syncedBelow;
    private int openNumber;
    private @Nullable StoreFile open;
    private volatile boolean failed;

    LogSync(StoreFiles files) {
        this.files = files;
    }

    boolean failed() {
        return failed;
    }

    /** Makes everything durable that was written to the log files up to {@code last} before this call. */
    synchronized void sync(int last) {
        if (failed) {
            throw new Closed("log: an earlier sync failed, what it should have made durable may be lost");
        }
        StoreFile file = open;
        if (file != null && openNumber == last) {
            run(file::sync);
            return;
        }
        int first = syncedBelow == 0 ? lowest(last) : syncedBelow;
        for (int number = first; number <= last; number++) {
            StoreFile next = reopen(number);
            if (next != null) {
                run(next::sync);
            }
        }
        // The files before are never written again. The last one is synced anew each time.
        run(files::syncDirectory);
        syncedBelow = Math.max(last, first);
    }

    /** What cannot be opened was not written back badly: only a sync that failed ends this. */
    private void run(Runnable sync) {
        try {
            sync.run();
        } catch (Closed e) {
            throw e;
        } catch (HearthException e) {
            failed = true;
            throw e;
        }
    }

    private int lowest(int otherwise) {
        List<Integer> numbers = LogNames.logNumbers(files);
        return numbers.isEmpty() ? otherwise : numbers.getFirst();
    }

    /** The file; null if a checkpoint made it superfluous, and it is gone. */
    private @Nullable StoreFile reopen(int number) {
        close();
        String name = LogNames.log(number);
        if (!files.exists(name)) {
            return null;
        }
        try {
            open = files.open(name, false);
            openNumber = number;
            return open;
        } catch (HearthException.Io e) {
            if (files.exists(name)) {
                throw e;
            }
            return null;
        }
    }

    @Override
    public synchronized void close() {
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
