package dev.hearth.store.engine;

import dev.hearth.store.Progress;
import dev.hearth.store.RepairReport;
import dev.hearth.store.VerifyReport;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.segment.Run;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and checks everything, then drops what cannot be saved and makes anew what can be told from something whole.
 * One thread, one use; others go on reading and writing meanwhile.
 *
 * <p>
 * The log decides: what it says and table, directories or segment headers do not, is written into them again; an entry
 * whose bytes are damaged leaves by a record of its own, so that everybody who follows the log hears of it. Everything
 * is looked at again under the writer lock before it is touched. The log itself is never changed here. Where it is
 * damaged, the table decides, which has seen all of it in this boot: a new checkpoint has what is in it, so that the
 * damage is in front of what anybody reads again. If that cannot be written, records are lost, and what to do about it
 * is for a person to decide.
 */
final class Repairer {
    private static final int DROPS_PER_COMMIT = 64;
    private static final int SLOTS_PER_HOLD = 1_024;
    private final View view;
    private final Parts parts;
    private final List<VerifyReport.Damage> dropped = new ArrayList<>();
    private final List<String> rebuilt = new ArrayList<>();
    private final List<VerifyReport.Damage> left = new ArrayList<>();
    private final TableEntry found = new TableEntry();

    /**
     * What is repaired, and through what.
     *
     * @param store     the open files
     * @param segments  the segments of the data file
     * @param releases  says what is still there
     * @param committer the way into the log
     * @param log       what the committer appends to
     * @param events    hears of what was done
     */
    record Parts(Store store, MarkSegments segments, SegmentReleases releases, Committer committer, LogWriter log,
            EventCounters events) {}

    Repairer(View view, Parts parts) {
        this.view = view;
        this.parts = parts;
    }

    RepairReport run(Progress progress) {
        Verifier verifier = view.verifier();
        VerifyReport verified = verifier.run(progress);
        List<Verifier.Found> all = verifier.found();
        if (all.stream().anyMatch(one -> one.subject() instanceof Verifier.Subject.Log)) {
            dropEntries(all);
            all = behindTheDamage(all);
        } else {
            // Damaged slots go first: what the log has of them is then missing, and is put back.
            restoreSlots(all, verifier.comparedThrough());
            dropEntries(all);
        }
        restoreHeaders(all);
        restoreLines(all);
        dropCheckpoints(all);
        for (Verifier.Found one : all) {
            if (one.subject() instanceof Verifier.Subject.Log
                    || one.subject() instanceof Verifier.Subject.Namespace) {
                left.add(one.damage());
            }
        }
        parts.committer().syncIfPromised();
        if (!rebuilt.isEmpty() || !dropped.isEmpty()) {
            rebuildIndex();
        }
        dropped.forEach(damage -> parts.events().report("repair: dropped " + damage.namespace() + " " + damage.key()
                + ": " + damage.detail()));
        rebuilt.forEach(text -> parts.events().report("repair: " + text));
        left.forEach(damage -> parts.events().report("repair: left as it is: " + damage.detail()));
        return new RepairReport(verified, dropped, rebuilt, left);
    }

    /**
     * What is to be done where the log says nothing of what came behind its damage, so that not even what it does say
     * counts against the table: writes down what the table has, and compares with that.
     */
    private List<Verifier.Found> behindTheDamage(List<Verifier.Found> all) {
        TableCheckpoint checkpoint = new TableCheckpoint(view, parts);
        if (checkpoint.write()) {
            rebuilt.add(checkpoint.text());
            return checkedAgain();
        }
        return all.stream().filter(one -> one.subject() instanceof Verifier.Subject.Log).toList();
    }

    private void restoreSlots(List<Verifier.Found> all, long comparedThrough) {
        List<Verifier.Found> slots =
                all.stream().filter(one -> one.subject() instanceof Verifier.Subject.Slot).toList();
        if (slots.isEmpty()) {
            return;
        }
        recount();
        LoggedChanges since = new LoggedChanges();
        try (LogFollower follower = view.follow(comparedThrough + 1)) {
            for (int from = 0; from < slots.size(); from += SLOTS_PER_HOLD) {
                List<Verifier.Found> some = slots.subList(from, Math.min(slots.size(), from + SLOTS_PER_HOLD));
                parts.committer().underLock(() -> restoreSome(some, follower, since));
            }
        }
        recount();
    }

    /** Damaged slots are taken out; they say nothing that the log does not. */
    private void recount() {
        parts.committer().underLock(() -> {
            long taken = view.table().recount();
            if (taken > 0) {
                rebuilt.add("damaged slots taken out of the table: slots=" + taken);
            }
        });
    }

    private void restoreSome(List<Verifier.Found> slots, LogFollower follower, LoggedChanges since) {
        long applied = view.lastApplied().getAsLong();
        for (LogTransaction next = follower.next(applied); next != null; next = follower.next(applied)) {
            since.visit(next);
        }
        int restored = 0;
        for (Verifier.Found one : slots) {
            if (one.subject() instanceof Verifier.Subject.Slot(EntryDescriptor logged) && !since.concerns(logged)
                    && !isInTable(logged)) {
                boolean done = !follower.behind() && parts.releases().isThere(logged) && restore(logged);
                restored += done ? 1 : 0;
                if (!done) {
                    left.add(one.damage());
                }
            }
        }
        if (restored > 0) {
            rebuilt.add("entries put back into the table from the log: entries=" + restored);
        }
    }

    /** Under the lock nothing is on its way, so the newest version in the table is what everybody sees. */
    private boolean restore(EntryDescriptor logged) {
        LookupTable table = view.table();
        if (table.lookupForUpdate(logged.digestHi(), logged.digestLo(), found)) {
            // Another place under the same version, or a version that the log does not know.
            boolean _ = table.drop(found.digestHi(), found.digestLo(), found.segment(), found.generation());
        }
        table.insert(logged);
        table.settle(logged.digestHi(), logged.digestLo());
        return isInTable(logged);
    }

    private boolean isInTable(EntryDescriptor logged) {
        return view.table().find(logged.digestHi(), logged.digestLo(), found) && found.version() == logged.version()
                && found.segment() == logged.segment() && found.generation() == logged.generation()
                && found.offsetUnits() == logged.offsetUnits();
    }

    private void restoreHeaders(List<Verifier.Found> all) {
        for (Verifier.Found one : all) {
            if (one.subject() instanceof Verifier.Subject.Header header) {
                EntryDescriptor logged = header.logged();
                parts.committer().underLock(() -> {
                    if (isInTable(logged) && parts.releases().isThere(logged)) {
                        int run = parts.segments().runSegments(logged.segment());
                        view.data().writeHeader(new Run(logged.segment(), run, logged.generation(), logged.kind()));
                        rebuilt.add("header of a segment: segment=" + logged.segment());
                    }
                });
            }
        }
        if (all.stream().anyMatch(one -> one.subject() instanceof Verifier.Subject.Header)) {
            // Without a header the directory was not looked at.
            restoreLines(checkedAgain());
        }
    }

    private List<Verifier.Found> checkedAgain() {
        Verifier again = view.verifier();
        again.compareOnly();
        return again.found();
    }

    private void restoreLines(List<Verifier.Found> all) {
        int lines = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(16, 8);
            for (Verifier.Found one : all) {
                if (one.subject() instanceof Verifier.Subject.Line lost) {
                    EntryDescriptor logged = lost.logged();
                    parts.committer().underLock(() -> {
                        if (isInTable(logged) && parts.releases().isThere(logged)) {
                            view.data().writeDirectoryLine(logged,
                                    parts.segments().runSegments(logged.segment()), line);
                        }
                    });
                    lines++;
                }
            }
        }
        if (lines > 0) {
            rebuilt.add("lines in the directories of segments: lines=" + lines);
        }
    }

    private void dropEntries(List<Verifier.Found> all) {
        List<Intent> drops = new ArrayList<>();
        List<VerifyReport.Damage> dropping = new ArrayList<>();
        for (Verifier.Found one : all) {
            if (one.subject() instanceof Verifier.Subject.Entry damaged) {
                drops.add(Intent.DropDamaged.of(damaged.entry()));
                dropping.add(one.damage());
            }
        }
        for (int from = 0; from < drops.size(); from += DROPS_PER_COMMIT) {
            int to = Math.min(drops.size(), from + DROPS_PER_COMMIT);
            int gone = parts.committer().commit(List.copyOf(drops.subList(from, to))).changes();
            parts.events().add(Counter.EVICTIONS, gone);
            dropped.addAll(dropping.subList(from, to));
        }
    }

    /** One that is damaged is of no use as long as there is another, or the whole log. */
    private void dropCheckpoints(List<Verifier.Found> all) {
        for (Verifier.Found one : all) {
            if (one.subject() instanceof Verifier.Subject.CheckpointFile file) {
                if (isReplaceable()) {
                    view.logFiles().delete(file.name());
                    rebuilt.add("damaged checkpoint removed, the next one takes its place: file=log/" + file.name());
                } else {
                    left.add(one.damage());
                }
            }
        }
    }

    private boolean isReplaceable() {
        try (Checkpoint other = Checkpoint.latest(view.logFiles(), view.settings(), _ -> {
        })) {
            List<Integer> numbers = LogFiles.numbers(view.logFiles());
            return other != null || (!numbers.isEmpty() && numbers.getFirst() == 1);
        }
    }

    private void rebuildIndex() {
        parts.committer().underLock(() -> {
            parts.store().mark().words().set(MarkWord.INDEX_GENERATION, 0);
            parts.store().mark().words().set(MarkWord.LAST_INDEXED, 0);
        });
        rebuilt.add("persistent index: its next generation is built in the background");
    }
}
