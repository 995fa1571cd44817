package dev.hearth.store.log;

import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_CRC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_ENTRY_COUNT_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_MAGIC;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_MAGIC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_TOTAL_CRC_OFFSET;

import dev.hearth.store.HearthException;
import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that exists at one version of the store: what a replay of the whole log up to there would leave.
 *
 * <p>
 * A checkpoint is the one before it, merged with the log between the two. It needs no lock, no index and no table,
 * and can be given up and begun again at any point: it gets its name when it is whole and durable. Two processes that
 * write the same one at the same time write the same bytes.
 *
 * <p>
 * One thread at a time; whoever opened it closes it.
 */
public final class Checkpoint implements AutoCloseable {
    private static final int MAX_ATTEMPTS = 10;
    private static final int NO_SUCH_FILE = 2;
    /** How many this process began to write: a repair and background work may do so at the same time. */
    private static final AtomicLong WRITTEN = new AtomicLong();
    private final StoreFile file;
    private final CheckpointHeader header;
    private final List<LoggedNamespace> namespaces;

    private Checkpoint(StoreFile file, CheckpointHeader header, List<LoggedNamespace> namespaces) {
        this.file = file;
        this.header = header;
        this.namespaces = namespaces;
    }

    /** Opens the checkpoint of {@code version}; its entries are checked when they are read. */
    public static Checkpoint open(StoreFiles files, LogSettings settings, long version) {
        StoreFile file = files.open(LogNames.checkpoint(version), true);
        try {
            CheckpointHeader header = CheckpointHeader.read(file);
            if (!header.uuid().equals(settings.uuid()) || header.position().lastVersion() != version) {
                throw new Corrupt("checkpoint header", file.path(), CheckpointDescriptor.UUID_HI_OFFSET,
                        "store " + settings.uuid() + " version " + version,
                        "store " + header.uuid() + " version " + header.position().lastVersion());
            }
            return new Checkpoint(file, header,
                    List.copyOf(CheckpointNamespaces.read(file, header, new TotalCrc())));
        } catch (HearthException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Opens the newest checkpoint that is whole and has the log behind it; null if there is none.
     *
     * @param damaged is told of every newer one that was passed over
     */
    public static @Nullable Checkpoint latest(StoreFiles files, LogSettings settings, Consumer<Corrupt> damaged) {
        for (int attempt = 1;; attempt++) {
            try {
                return newestWhole(files, settings, damaged);
            } catch (HearthException.Io e) {
                // Newer ones may replace it between listing and opening.
                if (e.errno() != NO_SUCH_FILE || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static @Nullable Checkpoint newestWhole(StoreFiles files, LogSettings settings,
            Consumer<Corrupt> damaged) {
        for (long version : LogNames.checkpointVersions(files).reversed()) {
            Checkpoint checkpoint = null;
            try {
                checkpoint = open(files, settings, version);
                checkpoint.verify();
                checkpoint.checkLogBehind(files);
                return checkpoint;
            } catch (Corrupt e) {
                if (checkpoint != null) {
                    checkpoint.close();
                }
                damaged.accept(e);
            }
        }
        return null;
    }

    private void checkLogBehind(StoreFiles files) {
        LogTail position = header.position();
        String name = LogNames.log(position.file());
        List<Integer> numbers = LogNames.logNumbers(files);
        boolean unused = position.offsetBytes() == LogFileDescriptor.HEADER_BYTES
                && (numbers.isEmpty() || numbers.getLast() < position.file());
        if (!files.exists(name) && !unused) {
            throw new Corrupt("log behind " + file.path().getFileName(), files.directory().resolve(name), -1, "a file",
                    "none");
        }
    }

    /**
     * Writes the checkpoint at {@code through}, unless {@code previous} goes as far already.
     *
     * @param previous the checkpoint to start from; null to start from the first log file
     * @param through  a position between two transactions, such as {@link LogFiles#startOf}
     * @return the version of the checkpoint
     * @throws Corrupt if the log between the two is not whole
     */
    public static long write(StoreFiles files, LogSettings settings, @Nullable Checkpoint previous, LogTail through) {
        long version = through.lastVersion();
        LogTail from = previous == null ? LogTail.ORIGIN : previous.position();
        if (previous != null && Long.compareUnsigned(from.lastVersion(), version) >= 0) {
            return from.lastVersion();
        }
        try (CheckpointDelta delta = new CheckpointDelta(previous == null ? List.of() : previous.namespaces)) {
            readDelta(files, settings, from, through, delta);
            publish(files, settings, through, delta.namespaces(), writer -> merge(previous, delta, writer));
        }
        return version;
    }

    /**
     * Writes a checkpoint of what somebody else knows to be everything at {@code position}, which is durable.
     *
     * @return the version of the checkpoint
     */
    public static long writeAll(StoreFiles files, LogSettings settings, Collection<LoggedNamespace> namespaces,
            Collection<EntryDescriptor> entries, LogTail position) {
        List<LoggedNamespace> byNumber =
                namespaces.stream().sorted(Comparator.comparingInt(LoggedNamespace::number)).toList();
        publish(files, settings, position, byNumber, writer -> entries.stream().sorted((a, b) -> Digests.compare(
                a.digestHi(), a.digestLo(), b.digestHi(), b.digestLo())).forEach(writer::add));
        return position.lastVersion();
    }

    /** Has the file written under a name that nobody else uses, in this process or another, and gives it its own. */
    private static void publish(StoreFiles files, LogSettings settings, LogTail position,
            Collection<LoggedNamespace> namespaces, Consumer<CheckpointWriter> entries) {
        String temporary = LogNames.temporaryCheckpoint(WRITTEN.incrementAndGet(), settings.owner());
        try {
            files.delete(temporary);
            try (StoreFile file = files.create(temporary);
                    CheckpointWriter writer = new CheckpointWriter(file, settings, position, namespaces)) {
                entries.accept(writer);
                writer.finish();
            }
            files.rename(temporary, LogNames.checkpoint(position.lastVersion()));
            files.syncDirectory();
        } catch (HearthException e) {
            LogFileMaker.dropAfter(e, files, temporary);
            throw e;
        }
    }

    private static void readDelta(StoreFiles files, LogSettings settings, LogTail from, LogTail through,
            CheckpointDelta delta) {
        LogScan scan = LogReader.scan(files, settings, from, through.lastVersion(), delta::add);
        if (scan.tail().lastVersion() != through.lastVersion() || scan.tail().chain() != through.chain()) {
            throw new Corrupt("log", files.directory().resolve(scan.stopFile()), scan.stopOffset(),
                    "transactions up to version " + through.lastVersion(),
                    "version " + scan.tail().lastVersion() + ", then " + scan.reason());
        }
        delta.sort();
    }

    private static void merge(@Nullable Checkpoint previous, CheckpointDelta delta, CheckpointWriter writer) {
        if (previous == null) {
            for (CheckpointDelta.Change change = delta.next(); change != null; change = delta.next()) {
                apply(delta, change, null, writer);
            }
            return;
        }
        try (CheckpointBlocks blocks = new CheckpointBlocks(previous.file, previous.header, new TotalCrc())) {
            EntryDescriptor old = blocks.next();
            CheckpointDelta.Change change = delta.next();
            while (old != null || change != null) {
                int order = old == null
                        ? 1
                        : change == null
                                ? -1
                                : Digests.compare(old.digestHi(), old.digestLo(), change.digestHi(), change.digestLo());
                if (order < 0 && old != null && delta.isAlive(old, -1)) {
                    writer.add(old);
                }
                if (order >= 0 && change != null) {
                    apply(delta, change, order == 0 ? old : null, writer);
                    change = delta.next();
                }
                if (order <= 0) {
                    old = blocks.next();
                }
            }
        }
    }

    private static void apply(CheckpointDelta delta, CheckpointDelta.Change change, @Nullable EntryDescriptor old,
            CheckpointWriter writer) {
        EntryDescriptor entry = change.entry();
        int since = change.since();
        if (change.moved() && (old == null || entry == null || old.version() != entry.version())) {
            // What was to be moved is not there any more, or another version is.
            entry = old;
            since = -1;
        }
        if (entry != null && delta.isAlive(entry, since)) {
            writer.add(entry);
        }
    }

    /** The last transaction that is in it. */
    public long version() {
        return header.position().lastVersion();
    }

    /** Where replay goes on. */
    public LogTail position() {
        return header.position();
    }

    /** Number of entries. */
    public long entryCount() {
        return header.entryCount();
    }

    /** Every namespace number that was ever given out, with what it stands for now. */
    public List<LoggedNamespace> namespaces() {
        return namespaces;
    }

    /** Gives every entry to {@code visitor}, ascending by digest; each block is checked before. */
    public void forEach(Consumer<EntryDescriptor> visitor) {
        try (CheckpointBlocks blocks = new CheckpointBlocks(file, header, new TotalCrc())) {
            for (EntryDescriptor entry = blocks.next(); entry != null; entry = blocks.next()) {
                visitor.accept(entry);
            }
        }
    }

    /** The same without taking the entries apart. */
    public void forEachEncoded(EntryLayout.Sink sink) {
        try (CheckpointBlocks blocks = new CheckpointBlocks(file, header, new TotalCrc())) {
            while (blocks.advance()) {
                sink.accept(blocks.memory(), blocks.entryOffset());
            }
        }
    }

    /**
     * Reads and checks all of it.
     *
     * @throws Corrupt if anything in it is not as it was written
     */
    public void verify() {
        TotalCrc total = new TotalCrc();
        CheckpointNamespaces.read(file, header, total);
        try (Arena arena = Arena.ofConfined();
                CheckpointBlocks blocks = new CheckpointBlocks(file, header, total)) {
            while (blocks.advance()) {
                // Reading checks.
            }
            MemorySegment footer = arena.allocate(FOOTER_BYTES, 8);
            file.read(header.footerOffset(), footer);
            checkFooter(FOOTER_MAGIC_OFFSET, FOOTER_MAGIC, footer.get(Bytes.LONG, FOOTER_MAGIC_OFFSET));
            checkFooter(FOOTER_CRC_OFFSET, Checksums.of(footer, 0, FOOTER_CRC_OFFSET),
                    footer.get(Bytes.INT, FOOTER_CRC_OFFSET));
            checkFooter(FOOTER_ENTRY_COUNT_OFFSET, header.entryCount(),
                    footer.get(Bytes.LONG, FOOTER_ENTRY_COUNT_OFFSET));
            checkFooter(FOOTER_TOTAL_CRC_OFFSET, total.value(), footer.get(Bytes.INT, FOOTER_TOTAL_CRC_OFFSET));
        }
    }

    private void checkFooter(int offset, long expected, long actual) {
        if (expected != actual) {
            throw new Corrupt("checkpoint footer", file.path(), header.footerOffset() + offset,
                    Long.toHexString(expected), Long.toHexString(actual));
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
