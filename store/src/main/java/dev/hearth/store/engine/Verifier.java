package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Keys;
import dev.hearth.store.Progress;
import dev.hearth.store.VerifyReport;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.Manifest;
import dev.hearth.store.io.StoreFiles;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LoggedNamespace;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Reads and checks everything: checkpoints, the chain of the log, that the table has what the log says and the
 * directories of the segments have it too, and the header and every page of every entry. One thread, one use; others go
 * on reading and writing meanwhile.
 *
 * <p>
 * What is put or removed while it runs is not damage: the log is read up to the version that was visible at the start,
 * and an entry that seems to be missing is damage only if nothing was done to it since. Should the log in between be
 * gone by then, because checkpoints cover it, the comparison is made anew. Memory grows with the log behind the newest
 * checkpoint and with the number of entries.
 */
final class Verifier {
    private static final int MAX_ATTEMPTS = 5;
    private final StoreFiles logFiles;
    private final LogSettings settings;
    private final LookupTable table;
    private final DataFile data;
    private final ReadContext.Pool contexts;
    private final LongSupplier lastApplied;
    private final List<Found> entryDamage = new ArrayList<>();
    private final TableEntry found = new TableEntry();
    private List<Found> logDamage = new ArrayList<>();
    private LoggedChanges changes = new LoggedChanges();
    private final Map<LoggedChanges.Digest, EntryDescriptor> doubtful = new HashMap<>();
    private final Set<Integer> headless = new HashSet<>();
    private final Map<Integer, Long> oddNamespaces = new TreeMap<>();
    private long comparedThrough;
    private long logRecords;
    private long entries;
    private long pages;
    private long bytes;

    Verifier(StoreFiles logFiles, LogSettings settings, LookupTable table, DataFile data, ReadContext.Pool contexts,
            LongSupplier lastApplied) {
        this.logFiles = logFiles;
        this.settings = settings;
        this.table = table;
        this.data = data;
        this.contexts = contexts;
        this.lastApplied = lastApplied;
    }

    /** Damage, and what it was done to. */
    record Found(VerifyReport.Damage damage, Subject subject) {}

    /** What is damaged, for who repairs it. */
    sealed interface Subject {
        /** The bytes of an entry. */
        record Entry(TableEntry entry) implements Subject {}

        /** What the table says of an entry, that the log says is there. */
        record Slot(EntryDescriptor logged) implements Subject {}

        /** The line of an entry in the directory of its segment. */
        record Line(EntryDescriptor logged) implements Subject {}

        /** The header of the segment that an entry lies in. */
        record Header(EntryDescriptor logged) implements Subject {}

        /** A checkpoint. */
        record CheckpointFile(String name) implements Subject {}

        /** A namespace, of which nothing but the log can be believed. */
        record Namespace() implements Subject {}

        /** The log, which says nothing of what came behind the damage. */
        record Log() implements Subject {}
    }

    VerifyReport run(Progress progress) {
        boolean compared = compare();
        verifyEntries(progress);
        for (int attempt = 1; !compared && attempt < MAX_ATTEMPTS; attempt++) {
            compared = compare();
        }
        List<VerifyReport.Damage> damage = new ArrayList<>();
        found().forEach(one -> damage.add(one.damage));
        return new VerifyReport(logRecords, entries, pages, bytes, damage);
    }

    /** The version up to which the table was compared with the log, if anything in it was in doubt. */
    long comparedThrough() {
        return comparedThrough;
    }

    /** Compares with the log only, and reads no entries. */
    void compareOnly() {
        boolean compared = false;
        for (int attempt = 0; !compared && attempt < MAX_ATTEMPTS; attempt++) {
            compared = compare();
        }
    }

    /** What was found. */
    List<Found> found() {
        List<Found> all = new ArrayList<>(logDamage);
        all.addAll(entryDamage);
        return all;
    }

    /** Compares table and directories with the log; false if the log went away under that. */
    private boolean compare() {
        logDamage = new ArrayList<>();
        changes = new LoggedChanges();
        doubtful.clear();
        oddNamespaces.clear();
        headless.clear();
        LogTail from = LogTail.ORIGIN;
        try {
            from = compareLog();
            if (!doubtful.isEmpty() || !oddNamespaces.isEmpty()) {
                reportDoubtful(from);
            }
            return true;
        } catch (HearthException.Corrupt e) {
            List<Integer> numbers = LogFiles.numbers(logFiles);
            if (!numbers.isEmpty() && numbers.getFirst() > from.file()) {
                return false;
            }
            addLog(e, new Subject.Log());
            return true;
        }
    }

    /** Checks checkpoint and log, and collects what table and directories should have and have not. */
    private LogTail compareLog() {
        long through = lastApplied.getAsLong();
        try (Checkpoint checkpoint = Checkpoint.latest(logFiles, settings, this::addCheckpoint)) {
            LogTail from = checkpoint == null ? LogTail.ORIGIN : checkpoint.position();
            LogScan scan = LogReader.scan(logFiles, settings, from, through, changes::visit);
            logRecords = changes.transactions();
            if (Long.compareUnsigned(scan.tail().lastVersion(), through) < 0) {
                List<Integer> numbers = LogFiles.numbers(logFiles);
                if (numbers.isEmpty() || numbers.getFirst() <= from.file()) {
                    logDamage.add(new Found(new VerifyReport.Damage("log", "log/" + scan.stopFile(), scan.stopOffset(),
                            "", "", "ends at version " + Long.toUnsignedString(scan.tail().lastVersion()) + " of "
                                    + Long.toUnsignedString(through) + ": " + scan.reason()),
                            new Subject.Log()));
                }
            }
            if (checkpoint != null) {
                checkpoint.forEach(entry -> {
                    if (!changes.concerns(entry)) {
                        expect(entry);
                    }
                });
            }
            changes.forEachPresent(this::expect);
            Map<Integer, Long> namespaces = new HashMap<>();
            if (checkpoint != null) {
                checkpoint.namespaces().stream().filter(LoggedNamespace::isLive)
                        .forEach(namespace -> namespaces.put(namespace.number(), namespace.definedVersion()));
            }
            changes.applyTo(namespaces);
            collectOddNamespaces(namespaces);
            return scan.tail();
        }
    }

    /** Notes namespaces of which the table does not say what the log does: its words on them have no checksum. */
    private void collectOddNamespaces(Map<Integer, Long> logged) {
        Map<Integer, Long> there = new HashMap<>();
        table.namespaces().list().forEach(record -> there.put(record.number(), Namespaces.info(record).version()));
        logged.forEach((number, version) -> {
            if (!version.equals(there.get(number))) {
                oddNamespaces.put(number, version);
            }
        });
        there.keySet().stream().filter(number -> !logged.containsKey(number))
                .forEach(number -> oddNamespaces.put(number, 0L));
    }

    private void reportOddNamespaces(LoggedChanges since) {
        Map<Integer, Long> there = new HashMap<>();
        table.namespaces().list().forEach(record -> there.put(record.number(), Namespaces.info(record).version()));
        oddNamespaces.forEach((number, version) -> {
            long now = there.getOrDefault(number, 0L);
            if (!since.concernsNamespace(number) && now != version) {
                logDamage.add(new Found(new VerifyReport.Damage("namespace", "table", -1, namespace(number), "",
                        "number " + number + ": the log has " + defined(version) + ", the table " + defined(now)
                                + "; without the table the next process makes it anew"),
                        new Subject.Namespace()));
            }
        });
    }

    private static String defined(long version) {
        return version == 0 ? "none" : "one of version " + Long.toUnsignedString(version);
    }

    private void expect(EntryDescriptor logged) {
        if (!isInTable(logged)) {
            doubtful.put(LoggedChanges.Digest.of(logged), logged);
            return;
        }
        int run = data.readRunSegments(logged.segment(), logged.generation());
        if (run == 0) {
            if (isInTable(logged) && headless.add(logged.segment())) {
                logDamage.add(new Found(new VerifyReport.Damage("segment header", DataFile.NAME,
                        logged.segment() * data.geometry().segmentBytes(), "", "",
                        "expected=generation " + Long.toUnsignedString(logged.generation()) + " actual=none"),
                        new Subject.Header(logged)));
            }
        } else if (!data.hasDirectoryLine(logged, run) && isInTable(logged) && !data.hasDirectoryLine(logged, run)) {
            logDamage.add(new Found(new VerifyReport.Damage("directory line", DataFile.NAME,
                    data.directoryLineOffset(logged, run), namespace(logged.namespace()), display(logged),
                    "line " + logged.directoryIndex() + " of segment " + logged.segment() + " is not that of version "
                            + Long.toUnsignedString(logged.version())),
                    new Subject.Line(logged)));
        }
    }

    private boolean isInTable(EntryDescriptor logged) {
        return table.find(logged.digestHi(), logged.digestLo(), found) && found.version() == logged.version()
                && found.segment() == logged.segment() && found.generation() == logged.generation()
                && found.offsetUnits() == logged.offsetUnits() && found.headerCrc() == logged.headerCrc();
    }

    /** What is still not as the log says when everything committed meanwhile is taken into account. */
    private void reportDoubtful(LogTail from) {
        LoggedChanges since = new LoggedChanges();
        comparedThrough = LogReader.scan(logFiles, settings, from, lastApplied.getAsLong(), since::visit).tail()
                .lastVersion();
        reportOddNamespaces(since);
        doubtful.values().forEach(logged -> {
            if (!since.concerns(logged) && !isInTable(logged)) {
                boolean other = table.find(logged.digestHi(), logged.digestLo(), found);
                logDamage.add(new Found(new VerifyReport.Damage("lookup table", "table", -1,
                        namespace(logged.namespace()), display(logged),
                        "the log has version " + Long.toUnsignedString(logged.version()) + ", the table has "
                                + (other ? "another place or version" : "none")),
                        new Subject.Slot(logged)));
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
        String key = "digest:" + Long.toHexString(entry.digestHi()) + ":" + Long.toHexString(entry.digestLo());
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
                entryDamage.add(new Found(new VerifyReport.Damage("entry", relative(e.file()), e.offsetBytes(),
                        namespace(entry.namespace()), key, String.valueOf(e.getMessage())), new Subject.Entry(entry)));
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
            entryDamage.add(new Found(new VerifyReport.Damage("group", DataFile.NAME, context.reader.lineFileOffset(0),
                    namespace(entry.namespace()), group, String.valueOf(e.getMessage())), new Subject.Entry(entry)));
        }
    }

    private String namespace(int number) {
        return table.namespaces().list().stream().filter(record -> record.number() == number).findFirst()
                .map(record -> Namespaces.info(record).fingerprint().display()).orElse("#" + number);
    }

    private static String display(EntryDescriptor entry) {
        return "digest:" + Long.toHexString(entry.digestHi()) + ":" + Long.toHexString(entry.digestLo());
    }

    private void addCheckpoint(HearthException.Corrupt e) {
        addLog(e, new Subject.CheckpointFile(String.valueOf(e.file().getFileName())));
    }

    private void addLog(HearthException.Corrupt e, Subject subject) {
        logDamage.add(new Found(new VerifyReport.Damage("log", relative(e.file()), e.offsetBytes(), "", "",
                String.valueOf(e.getMessage())), subject));
    }

    private String relative(Path file) {
        Path store = logFiles.directory().getParent();
        return store != null && file.startsWith(store) ? store.relativize(file).toString() : file.toString();
    }
}
