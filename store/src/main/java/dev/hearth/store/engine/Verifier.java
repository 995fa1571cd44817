package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Keys;
import dev.hearth.store.Progress;
import dev.hearth.store.VerifyReport;
import dev.hearth.store.entry.Manifest;
import dev.hearth.store.io.StoreFiles;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads and checks everything: checkpoints, the chain of the log, that the table has what the log says, and the header
 * and every page of every entry. One thread, one use; others go on reading and writing meanwhile.
 *
 * <p>
 * What is put or removed while it runs is not damage: the log is read up to the version that was visible at the start,
 * and an entry that seems to be missing is damage only if nothing was done to it since. Memory grows with the log
 * behind the newest checkpoint and with the number of entries.
 */
final class Verifier {
    private final StoreFiles logFiles;
    private final LogSettings settings;
    private final LookupTable table;
    private final ReadContext.Pool contexts;
    private final LongSupplier lastApplied;
    private final List<VerifyReport.Damage> damage = new ArrayList<>();
    private final Map<Digest, Optional<Place>> changed = new HashMap<>();
    private final Map<Integer, Long> ended = new HashMap<>();
    private final Map<Digest, Place> missing = new HashMap<>();
    private final TableEntry found = new TableEntry();
    private long logRecords;
    private long entries;
    private long pages;
    private long bytes;

    Verifier(StoreFiles logFiles, LogSettings settings, LookupTable table, ReadContext.Pool contexts,
            LongSupplier lastApplied) {
        this.logFiles = logFiles;
        this.settings = settings;
        this.table = table;
        this.contexts = contexts;
        this.lastApplied = lastApplied;
    }

    private record Digest(long hi, long lo) {}

    private record Place(long version, int namespace) {}

    VerifyReport run(Progress progress) {
        LogTail tail = verifyLog();
        verifyEntries(progress);
        if (tail != null) {
            reportMissing(tail);
        }
        return new VerifyReport(logRecords, entries, pages, bytes, damage);
    }

    /** Checks checkpoint and log, and collects what the table should have and has not; where it came to, or null. */
    private @Nullable LogTail verifyLog() {
        long through = lastApplied.getAsLong();
        try (Checkpoint checkpoint = Checkpoint.latest(logFiles, settings, this::add)) {
            LogTail from = checkpoint == null ? LogTail.ORIGIN : checkpoint.position();
            LogScan scan = LogReader.scan(logFiles, settings, from, through, this::visit);
            if (Long.compareUnsigned(scan.tail().lastVersion(), through) < 0) {
                damage.add(new VerifyReport.Damage("log", "log/" + scan.stopFile(), scan.stopOffset(), "", "",
                        "ends at version " + Long.toUnsignedString(scan.tail().lastVersion()) + " of "
                                + Long.toUnsignedString(through) + ": " + scan.reason()));
            }
            if (checkpoint != null) {
                checkpoint.forEach(entry -> {
                    Digest digest = new Digest(entry.digestHi(), entry.digestLo());
                    if (!changed.containsKey(digest)) {
                        expect(digest, new Place(entry.version(), entry.namespace()));
                    }
                });
            }
            changed.forEach((digest, place) -> place.ifPresent(there -> expect(digest, there)));
            return scan.tail();
        } catch (HearthException.Corrupt e) {
            add(e);
            return null;
        }
    }

    private void visit(LogTransaction transaction) {
        logRecords++;
        for (LogOperation operation : transaction.operations()) {
            switch (operation) {
                case LogOperation.Put put -> changed.put(new Digest(put.entry().digestHi(), put.entry().digestLo()),
                        Optional.of(new Place(transaction.version(), put.entry().namespace())));
                case LogOperation.Remove remove ->
                        changed.put(new Digest(remove.digestHi(), remove.digestLo()), Optional.empty());
                case LogOperation.Evict evict ->
                        changed.put(new Digest(evict.digestHi(), evict.digestLo()), Optional.empty());
                case LogOperation.EndNamespace end -> ended.put(end.number(), transaction.version());
                default -> {
                }
            }
        }
    }

    private void expect(Digest digest, Place place) {
        if (!hasEnded(place) && !table.find(digest.hi, digest.lo, found)) {
            missing.put(digest, place);
        }
    }

    private boolean hasEnded(Place place) {
        return Long.compareUnsigned(ended.getOrDefault(place.namespace, 0L), place.version) >= 0;
    }

    /** What is still missing when everything committed meanwhile is taken into account. */
    private void reportMissing(LogTail from) {
        changed.clear();
        LogReader.scan(logFiles, settings, from, lastApplied.getAsLong(), this::visit);
        missing.forEach((digest, place) -> {
            if (!changed.containsKey(digest) && !hasEnded(place)) {
                damage.add(new VerifyReport.Damage("lookup table", "table", -1, namespace(place.namespace),
                        "digest:" + Long.toHexString(digest.hi) + ":" + Long.toHexString(digest.lo),
                        "the log has version " + Long.toUnsignedString(place.version) + ", the table has none"));
            }
        });
    }

    private void verifyEntries(Progress progress) {
        List<TableEntry> present = new ArrayList<>();
        boolean complete = false;
        for (int attempt = 0; attempt < 3 && !complete; attempt++) {
            present.clear();
            complete = table.forEach(entry -> present.add(new TableEntry().from(entry)));
        }
        long total = present.stream().mapToLong(TableEntry::logicalBytes).sum();
        ReadContext context = contexts.take();
        try {
            for (TableEntry entry : present) {
                verify(context, entry);
                progress.at(bytes, total);
            }
        } finally {
            contexts.give(context);
        }
    }

    private void verify(ReadContext context, TableEntry entry) {
        context.entry.from(entry);
        String key = "";
        try {
            EntryHeader header = context.reader.open(context.place());
            key = Keys.display(header.key());
            bytes += context.reader.verify();
            if (entry.isManifest()) {
                verifyManifest(context, entry, key);
            } else {
                entries++;
            }
        } catch (HearthException.Corrupt e) {
            TableEntry now = new TableEntry();
            boolean same = table.find(entry.digestHi(), entry.digestLo(), now) && now.version() == entry.version()
                    && now.generation() == entry.generation();
            if (same) {
                damage.add(new VerifyReport.Damage("entry", relative(e.file()), e.offsetBytes(),
                        namespace(entry.namespace()), key, String.valueOf(e.getMessage())));
            }
        } finally {
            pages += context.reader.takePagesRead();
        }
    }

    /** Its pages are as they were written; now whether they make sense. */
    private void verifyManifest(ReadContext context, TableEntry entry, String group) {
        MemorySegment value = MemorySegment.ofArray(new byte[Math.toIntExact(entry.logicalBytes())]);
        long at = 0;
        for (long page = 0; at < value.byteSize(); page++) {
            MemorySegment loaded = context.reader.load(page, value.byteSize());
            int length = context.reader.pageLength(page);
            MemorySegment.copy(loaded, 0, value, at, length);
            at += length;
        }
        try {
            var _ = Manifest.read(value);
        } catch (IllegalArgumentException e) {
            damage.add(new VerifyReport.Damage("group", DataFile.NAME, context.reader.lineFileOffset(0),
                    namespace(entry.namespace()), group, String.valueOf(e.getMessage())));
        }
    }

    private String namespace(int number) {
        return table.namespaces().list().stream().filter(record -> record.number() == number).findFirst()
                .map(record -> Namespaces.info(record).fingerprint().display()).orElse("#" + number);
    }

    private void add(HearthException.Corrupt e) {
        damage.add(new VerifyReport.Damage("log", relative(e.file()), e.offsetBytes(), "", "",
                String.valueOf(e.getMessage())));
    }

    private String relative(Path file) {
        Path store = logFiles.directory().getParent();
        return store != null && file.startsWith(store) ? store.relativize(file).toString() : file.toString();
    }
}
