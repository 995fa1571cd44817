package dev.hearth.store.log;

import dev.hearth.store.HearthException;
import dev.hearth.store.HearthException.Closed;
import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Appends transactions to the log. Used by whoever holds the writer lock of the store, one thread at a time; only
 * {@link #prepareSpare}, {@link #spareReady} and {@link #sync} may be called by any thread at any time.
 *
 * <p>
 * <b>What commits.</b> A transaction is put together in private memory and appended by one write per record, the last
 * of which commits it: a transaction of one put is one write. Behind the last record everything is zero, so that a
 * record that was cut short by the death of its writer is recognised by its checksum, and the space behind by its
 * length of zero. If a write fails, what may have been written is zeroed again and the tail stays; if that fails too,
 * this writer writes no more, and the next one starts by cutting the tail.
 *
 * <p>
 * <b>Which file.</b> A transaction is never split over files. When it does not fit, the spare file takes the next
 * number; a file without a first record is not yet part of the log and is replaced by the next who needs one of that
 * number.
 *
 * <p>
 * <b>A full disk.</b> A log file owns all its blocks before it is used. While no spare file can be made, the last
 * quarter of the file is kept for transactions that give space back, so that a full disk does not stop eviction: a
 * transaction with a put or a new namespace gets {@code Full} instead. With a spare at hand they may use the file to
 * its end.
 */
public final class LogWriter implements AutoCloseable {
    private final StoreFiles files;
    private final LogSettings settings;
    private final TransactionBuffer buffer;
    private final LogFileMaker maker;
    private final LogSync sync;
    private @Nullable LogTail tail;
    private @Nullable StoreFile current;
    private long capacityBytes;
    private long version;
    private long timestampMs;
    private boolean open;
    private boolean takesSpace;
    // Only a switch of files takes the spare one, so that there is no need to look again before the next.
    private boolean spareSeen;
    private boolean leaving;
    private volatile boolean broken;

    /** A writer for the log directory {@code files}; call {@link #resume} before the first transaction. */
    public LogWriter(StoreFiles files, LogSettings settings) {
        this.files = files;
        this.settings = settings;
        buffer = new TransactionBuffer(new Checksums(settings.uuid()));
        maker = new LogFileMaker(files, settings);
        sync = new LogSync(files);
    }

    /**
     * Continues the log at {@code position}, where it ends now; costs nothing if this writer was the last one to
     * append. After a cut of the log that went behind what this writer had seen, a new writer is needed.
     *
     * @throws Corrupt if the log goes on behind it
     */
    public void resume(LogTail position) {
        if (open) {
            throw new IllegalStateException("resume=" + position + " openTransaction=" + version);
        }
        if (position.equals(tail)) {
            return;
        }
        spareSeen = false;
        tail = null;
        if (current == null || !current.path().endsWith(LogNames.log(position.file()))) {
            closeCurrent();
            current = openExisting(position);
        }
        if (current != null) {
            checkNothingBehind(current, position);
        }
        tail = position;
    }

    /** Where the next transaction goes. */
    public LogTail tail() {
        if (tail == null) {
            throw new IllegalStateException("tail=null: resume was not called, or failed");
        }
        return tail;
    }

    /** Starts a transaction; {@code newVersion} is larger than that of the one before. */
    public void begin(long newVersion, long atMs) {
        if (broken || sync.failed()) {
            throw new Closed("log: an earlier write or sync failed, the store has to be opened again");
        }
        if (open || Long.compareUnsigned(newVersion, tail().lastVersion()) <= 0) {
            throw new IllegalStateException("version=" + newVersion + " lastVersion=" + tail().lastVersion()
                    + " openTransaction=" + open);
        }
        buffer.clear();
        version = newVersion;
        timestampMs = atMs;
        takesSpace = false;
        open = true;
    }

    /** Adds a put to the open transaction; the version of {@code entry} is that of the transaction. */
    public void put(EntryDescriptor entry, MemorySegment key) {
        OperationDescriptor.checkKey(key);
        if (entry.version() != version) {
            throw new IllegalArgumentException("entryVersion=" + entry.version() + " version=" + version);
        }
        MemorySegment target = reserve(OperationDescriptor.putBytes(key.byteSize()));
        buffer.written(OperationEncoder.put(target, buffer.position(), entry, key));
        takesSpace = true;
    }

    /** Adds a removal to the open transaction. */
    public void remove(long digestHi, long digestLo, int namespace, MemorySegment key) {
        OperationDescriptor.checkKey(key);
        MemorySegment target = reserve(OperationDescriptor.removeBytes(key.byteSize()));
        buffer.written(OperationEncoder.remove(target, buffer.position(), digestHi, digestLo, namespace, key));
    }

    /** Adds any operation to the open transaction. */
    public void add(LogOperation operation) {
        switch (operation) {
            case LogOperation.Put put -> put(put.entry(), put.key());
            case LogOperation.Remove remove ->
                    remove(remove.digestHi(), remove.digestLo(), remove.namespace(), remove.key());
            case LogOperation.DefineNamespace define -> addDefine(define);
            case LogOperation.EndNamespace end -> {
                MemorySegment target = reserve(OperationDescriptor.HEADER_BYTES);
                buffer.written(OperationEncoder.endNamespace(target, buffer.position(), end.number()));
            }
            case LogOperation.ReleaseSegment release -> {
                MemorySegment target = reserve(OperationDescriptor.RELEASE_BYTES);
                buffer.written(OperationEncoder.release(target, buffer.position(), release.segment(),
                        release.generation()));
            }
            case LogOperation.Relocate relocate -> {
                MemorySegment target = reserve(OperationDescriptor.RELOCATE_BYTES);
                buffer.written(OperationEncoder.relocate(target, buffer.position(), relocate.entry()));
            }
            case LogOperation.Evict evict -> {
                MemorySegment target = reserve(OperationDescriptor.EVICT_BYTES);
                buffer.written(OperationEncoder.evict(target, buffer.position(), evict.digestHi(), evict.digestLo(),
                        evict.namespace()));
            }
            case LogOperation.SyncMark mark -> {
                MemorySegment target = reserve(OperationDescriptor.HEADER_BYTES);
                buffer.written(OperationEncoder.syncMark(target, buffer.position(), mark.behind()));
            }
        }
    }

    private void addDefine(LogOperation.DefineNamespace define) {
        byte[][] texts = OperationEncoder.texts(define);
        int textBytes = texts[0].length + texts[1].length + texts[2].length;
        MemorySegment target = reserve(OperationDescriptor.defineBytes(textBytes));
        buffer.written(OperationEncoder.define(target, buffer.position(), define.number(), texts));
        takesSpace = true;
    }

    private MemorySegment reserve(int operationBytes) {
        if (!open) {
            throw new IllegalStateException("openTransaction=false");
        }
        buffer.reserve(operationBytes);
        return buffer.memory();
    }

    /** Forgets the open transaction, if there is one. */
    public void abort() {
        open = false;
        buffer.trim();
    }

    /**
     * Commits the open transaction: the commit point. It is forgotten if this fails, and the tail stays where it was.
     *
     * @return where the next transaction goes
     * @throws HearthException.Full if the disk is full
     */
    public LogTail commit() {
        if (!open || buffer.isEmpty()) {
            throw new IllegalStateException("version=" + version + " openTransaction=" + open + " operations="
                    + (buffer.isEmpty() ? "0" : "some"));
        }
        open = false;
        try {
            LogTail before = tail();
            StoreFile file = current;
            LogTail after = file != null && fits(before) ? append(file, before, before) : appendToNext(before);
            tail = after;
            return after;
        } finally {
            buffer.trim();
        }
    }

    /** Has the next transaction go into the next file, whatever room there is in this one. */
    public void leaveFile() {
        leaving = true;
    }

    private boolean fits(LogTail before) {
        long end = before.offsetBytes() + buffer.totalBytes();
        if (leaving || end > capacityBytes) {
            return false;
        }
        if (takesSpace && !spareSeen && end > capacityBytes - settings.reserveBytes()) {
            maker.prepareSpare(false);
            spareSeen = true;
        }
        return true;
    }

    private LogTail append(StoreFile file, LogTail at, LogTail before) {
        int chain = buffer.seal(at.file(), at.offsetBytes(), before.chain(), version, timestampMs);
        try {
            buffer.write(file, at.offsetBytes());
        } catch (HearthException e) {
            wipe(file, at.offsetBytes(), e);
            throw e;
        }
        return new LogTail(at.file(), at.offsetBytes() + buffer.totalBytes(), chain, version);
    }

    /**
     * Whether bytes of a failed write may stand behind the tail: this writer writes no more, and who goes on has to
     * cut.
     */
    public boolean isBroken() {
        return broken;
    }

    private void wipe(StoreFile file, long offsetBytes, HearthException cause) {
        try {
            // From the back, so that nothing valid is ever left behind a gap.
            boolean _ = LogCutter.zeroBackwards(file, offsetBytes, offsetBytes + buffer.totalBytes());
        } catch (HearthException e) {
            broken = true;
            cause.addSuppressed(e);
        }
    }

    private LogTail appendToNext(LogTail before) {
        int number = current == null ? before.file() : Math.addExact(before.file(), 1);
        long needBytes = LogFileDescriptor.HEADER_BYTES + buffer.totalBytes() + settings.reserveBytes();
        StoreFile next = maker.take(LogNames.log(number), needBytes);
        LogTail after;
        long nextBytes = next.sizeBytes();
        try {
            LogHeader header = new LogHeader(settings.uuid(), number, before.chain(), version, before.lastVersion(),
                    nextBytes, settings.geometry());
            header.writeTo(next);
            after = append(next, header.start(), before);
        } catch (HearthException e) {
            // Without a first record it is not part of the log, and the next who needs this number replaces it.
            next.close();
            throw e;
        }
        closeCurrent();
        leaving = false;
        spareSeen = false;
        current = next;
        capacityBytes = nextBytes;
        return after;
    }

    /** Makes the spare file unless it is there; any thread, outside the lock. Returns whether one was made. */
    public boolean prepareSpare() {
        return maker.prepareSpare(true);
    }

    /** Whether the spare file is there; any thread. */
    public boolean spareReady() {
        return maker.spareReady();
    }

    /**
     * Makes the log durable up to the end of a transaction, whoever wrote it; any thread, also while others append.
     *
     * @throws HearthException if that failed, now or before: then this writer writes no more
     */
    public void sync(LogTail through) {
        sync.sync(through.file(), through.file());
    }

    /**
     * Makes everything durable that was appended before this call, whoever wrote it; any thread.
     *
     * @param file one that has a committed record; the newest one costs least
     */
    public void syncFrom(int file) {
        int last = file;
        while (files.exists(LogNames.log(Math.addExact(last, 1)))) {
            last++;
        }
        sync.sync(file, last);
    }

    /** Whether a sync failed, after which nothing more is appended. */
    public boolean syncFailed() {
        return sync.failed();
    }

    private @Nullable StoreFile openExisting(LogTail position) {
        String name = LogNames.log(position.file());
        boolean atStart = position.offsetBytes() == LogFileDescriptor.HEADER_BYTES;
        if (!files.exists(name)) {
            if (atStart) {
                return null;
            }
            throw new Corrupt("log", files.directory().resolve(name), -1, "a file", "none");
        }
        StoreFile file = files.open(name, false);
        try {
            if (atStart && LogFileMaker.firstWord(file, position.offsetBytes()) == 0) {
                // No record, so not used yet: it gets its header when the first one is written.
                file.close();
                return null;
            }
            LogHeader header = LogHeader.read(file, position.file(), settings.uuid());
            // Blocks behind a lost end of the file are not ours.
            capacityBytes = Math.min(header.fileBytes(), file.sizeBytes());
            // A copied file may have holes where it is zero.
            file.allocate(0, capacityBytes);
            return file;
        } catch (HearthException e) {
            file.close();
            throw e;
        }
    }

    private static void checkNothingBehind(StoreFile file, LogTail position) {
        long word = LogFileMaker.firstWord(file, position.offsetBytes());
        if (word != 0) {
            throw new Corrupt("log tail", file.path(), position.offsetBytes(), "0", Long.toHexString(word));
        }
    }

    private void closeCurrent() {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    @Override
    public void close() {
        closeCurrent();
        sync.close();
        buffer.close();
    }
}
