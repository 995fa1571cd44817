package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LoggedNamespace;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.segment.DirectoryReader;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.segment.Run;
import dev.hearth.store.table.TableEntry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of what the lookup table has, where the log ends: for when the log is damaged in front of that, and the
 * table, which saw all of it in this boot, is all that still knows. One thread, one use.
 *
 * <p>
 * The table does not have all that a checkpoint says of an entry; the rest is in its header and in the directory of its
 * segment. All of it is read in one hold of the writer lock, about a second for a million entries: there is no other
 * moment to speak of, since no log tells what came between. The log goes on in another file before, behind which nobody
 * meets the damage any more; and data is synced before the checkpoint is written, as always.
 */
final class TableCheckpoint {
    private final View view;
    private final Repairer.Parts parts;
    private final Map<Place, EntryDescriptor> entries = new HashMap<>();
    private final TableEntry found = new TableEntry();
    private List<LoggedNamespace> namespaces = List.of();
    private @Nullable LogTail end;
    private int inTable;

    private record Place(int segment, int offsetUnits) {}

    TableCheckpoint(View view, Repairer.Parts parts) {
        this.view = view;
        this.parts = parts;
    }

    /** Whether one was written; not if the log cannot go on. */
    boolean write() {
        try {
            goOnInAnotherFile();
            parts.committer().underLock(this::collect);
        } catch (HearthException.Corrupt e) {
            parts.events().report(e);
            return false;
        }
        LogTail position = end;
        if (position == null) {
            return false;
        }
        view.data().sync();
        long version = Checkpoint.writeAll(view.logFiles(), view.settings(), namespaces, entries.values(), position);
        parts.store().mark().words().set(MarkWord.CHECKPOINT_VERSION, version);
        return true;
    }

    /** Whoever follows the log reads files from their start, and would come to the damage again and again. */
    private void goOnInAnotherFile() {
        long through = view.lastApplied().getAsLong();
        view.data().sync();
        parts.committer().underLock(parts.log()::leaveFile);
        long _ = parts.committer().commit(List.of(new Intent.Mark(through))).result();
    }

    private void collect() {
        LogTail tail = new MarkState(parts.store().mark().words()).tail();
        LogScan scan = LogReader.scan(view.logFiles(), view.settings(), tail, transaction -> {
        });
        if (!scan.clean() || !scan.tail().equals(tail)) {
            return;
        }
        Map<Integer, Long> generations = new TreeMap<>();
        boolean _ = view.table().forEach(entry -> {
            // What a released segment still holds leaves entry by entry behind its release.
            if (parts.segments().generation(entry.segment()) == entry.generation()) {
                generations.put(entry.segment(), entry.generation());
                inTable++;
            }
        });
        DirectoryReader directory = new DirectoryReader(view.data());
        generations.forEach((segment, generation) -> {
            Run run = new Run(segment, parts.segments().runSegments(segment), generation,
                    parts.segments().kind(segment));
            directory.walk(run, 0, parts.segments().reservedLines(segment), (line, header, headerCrc) -> {
                if (header != null && isThere(header, headerCrc)) {
                    entries.put(new Place(segment, header.offsetUnits()), describe(header, line));
                }
                return true;
            });
        });
        namespaces = view.table().namespaces().list().stream().map(namespace -> new LoggedNamespace(namespace.number(),
                namespace.name(), namespace.revision(), namespace.fingerprint(), namespace.definedAt(), 0)).toList();
        end = tail;
    }

    private boolean isThere(EntryHeader header, int headerCrc) {
        return view.table().find(header.digestHi(), header.digestLo(), found) && found.segment() == header.segment()
                && found.generation() == header.generation() && found.offsetUnits() == header.offsetUnits()
                && found.headerCrc() == headerCrc;
    }

    private EntryDescriptor describe(EntryHeader header, int line) {
        return new EntryDescriptor(header.digestHi(), header.digestLo(), found.version(), header.generation(),
                header.segment(), header.namespace(), header.offsetUnits(), line, header.extentUnits(),
                found.headerBytes(), header.flags(), header.logicalBytes(), found.headerCrc(), header.kind(),
                header.storage(), header.spec().dtype().id());
    }

    /** What it is, for a report. */
    String text() {
        int missing = inTable - entries.size();
        return "checkpoint written from the lookup table, because the log is damaged in front of it: entries="
                + entries.size() + (missing == 0 ? "" : " withDamagedHeaderOrLine=" + missing);
    }
}
