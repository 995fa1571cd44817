package dev.hearth.store.log;

import dev.hearth.store.HearthException;
import dev.hearth.store.HearthException.Closed;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the log durable, also the part that other processes wrote. Any thread may call, while records are appended.
 *
 * <p>
 * <b>Which files.</b> A file is not done with because there is one behind it: that one may have been left unused by a
 * switch that failed, or that a power cut took the half of, and whoever comes to need its number may put another file
 * in its place. But once a file has a committed record, it keeps its name, and nothing in front of it is ever written
 * again. So what is behind the newest such file is synced each time under the name that it has then, and only what is
 * in front of it is synced once.
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

    /**
     * Makes everything durable that was written to the log files up to {@code last} before this call.
     *
     * @param used a file with a committed record; the newest one costs least
     */
    synchronized void sync(int used, int last) {
        if (failed) {
            throw new Closed("log: an earlier sync failed, what it should have made durable may be lost");
        }
        StoreFile file = open;
        if (file != null && openNumber == used && last == used) {
            run(file::sync);
            return;
        }
        close();
        int first = syncedBelow == 0 ? lowest(used) : Math.min(syncedBelow, used);
        for (int number = first; number <= last; number++) {
            syncFile(number, used);
        }
        run(files::syncDirectory);
        syncedBelow = used;
    }

    private void syncFile(int number, int used) {
        StoreFile file = reopen(number);
        if (file == null) {
            return;
        }
        boolean kept = false;
        try {
            run(file::sync);
            if (number == used) {
                open = file;
                openNumber = number;
                kept = true;
            }
        } finally {
            if (!kept) {
                file.close();
            }
        }
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
        String name = LogNames.log(number);
        if (!files.exists(name)) {
            return null;
        }
        try {
            return files.open(name, false);
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
