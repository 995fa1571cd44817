package dev.hearth.store.log;

import dev.hearth.store.HearthException;
import dev.hearth.store.HearthException.Closed;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the log durable up to a position, also the part that other processes wrote. Any thread may call, while
 * records are appended.
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

    synchronized void sync(LogTail through) {
        if (failed) {
            throw new Closed("log: an earlier sync failed, what it should have made durable may be lost");
        }
        try {
            syncThrough(through.file());
        } catch (HearthException e) {
            failed = true;
            throw e;
        }
    }

    private void syncThrough(int last) {
        if (open != null && openNumber == last) {
            open.sync();
            return;
        }
        int first = syncedBelow == 0 ? lowest(last) : syncedBelow;
        for (int number = first; number <= last; number++) {
            if (files.exists(LogNames.log(number))) {
                reopen(number).sync();
            }
        }
        // The files before are never written again. The last one is synced anew each time.
        files.syncDirectory();
        syncedBelow = Math.max(last, first);
    }

    private int lowest(int otherwise) {
        List<Integer> numbers = LogNames.logNumbers(files);
        return numbers.isEmpty() ? otherwise : numbers.getFirst();
    }

    private StoreFile reopen(int number) {
        close();
        StoreFile file = files.open(LogNames.log(number), false);
        open = file;
        openNumber = number;
        return file;
    }

    @Override
    public synchronized void close() {
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
