package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.evict.EvictionPolicy;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.segment.EntryMover;
import dev.hearth.store.segment.EntryPlace;
import dev.hearth.store.segment.EntryReader;
import dev.hearth.store.segment.SegmentStates.State;
import dev.hearth.store.segment.Written;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Takes segments of parameters back: moves what is live in them elsewhere, and releases them. Any thread, and several
 * processes at once; takes no lock but for the commits.
 *
 * <p>
 * <b>Nothing is lost to a death.</b> A segment is <i>frozen</i> first: reservations are closed, and then it is looked
 * for holds. A put, and a copy that is moved in, holds its segment from before its reservation until its record is
 * applied; so if there is no hold, all that can ever become visible there is, or is in the log and will be applied by
 * whoever takes the writer lock next, which is done once. From then on entries can only leave. Those that are there
 * come from the lookup table, not from the directory, of which lines may have been lost; a pass over the table that
 * may have left one out is repeated. They are copied and relocated: a record each that counts only if the entry still
 * is where it was, so that a put or remove in between wins. The segment is released when the table has none of them
 * there any more. Who dies before that leaves copies without a record, which are dead space, or a segment with fewer
 * live entries. Two processes that are at the same segment copy twice; of each entry one copy counts.
 *
 * <p>
 * <b>Nothing is lost to a power cut</b>, in any durability mode. Behind what the last sync mark speaks of, the log is
 * cut in front of the first record whose bytes are not there. So:
 * <ol>
 * <li>data is synced, then the relocations are committed: no record that is durable speaks of copies that are not,
 * whether recovery would doubt it or not;
 * <li>data is synced again, a mark is written, and the log is synced: now nothing up to the relocations is looked at
 * again, so that the log cannot be cut in front of them, whatever is missing. Without a mark it might be, for an
 * activation that was overwritten while the release of its segment was lost. Nor can the removals and overwritings be
 * lost because of which the rest was not copied;
 * <li>then the segment is released, and may be written anew. Before that the old copy is there.
 * </ol>
 * A segment in which nothing is live is released by the same order without the first step.
 *
 * <p>
 * <b>Readers never miss a parameter.</b> A relocation keeps the version and shows the new place before it takes away
 * the old one, so each lookup finds one of them, and the bytes of the old one stay until the release. A segment is
 * marked only once no live entry lies in it: who meets the mark, or the next generation, got the place from a lookup in
 * front of the relocation, and finds another place when he looks again, which is no miss. He would have to be overtaken
 * by eight moves of the same entry, each with its syncs, to give up.
 *
 * <p>
 * <b>Damage stays where it is.</b> A page or header that is not what was written ends the moving of its segment; the
 * damage is reported once. The segment is left alone until the entry is removed or overwritten.
 *
 * <p>
 * <b>It comes to an end.</b> Segments that are held are passed over. If there is no room to move on, what was moved
 * counts, and the rest stays; whoever needs room asks {@link MovePlan} first and gives up if it has no gain to offer.
 * One segment is left free by puts, for this. What is claimed for a move is its own until it is full, so that a segment
 * of which something is moved into the last free one is emptied and takes its place. A lock keeps two from needing that
 * one at the same time; its holder may be stopped, so it is waited for only within a limit.
 *
 * <p>
 * A parameter whose time is over is not moved, and ends with its segment.
 */
final class ParameterMoves {
    private static final int MOST_SCANS = 4;
    private final SweepParts parts;
    private final MarkSegments segments;
    private final LookupTable table;
    /** Of segments that cannot be moved an entry that is damaged. */
    private final Map<Integer, TableEntry> damaged = new ConcurrentHashMap<>();

    ParameterMoves(SweepParts parts) {
        this.parts = parts;
        this.segments = parts.segments();
        this.table = parts.store().table();
    }

    /** Where entries that are moved may not go. */
    record KeepOut(int from, int end) {
        static final KeepOut NOTHING = new KeepOut(0, 0);
    }

    /** A frozen segment and what became of it. */
    private static final class Victim {
        final int segment;
        final long generation;
        final long reservation;
        final boolean reopens;
        final List<TableEntry> entries = new ArrayList<>();
        final List<Written> copies = new ArrayList<>();
        final List<Intent> relocations = new ArrayList<>();
        /** Those of the entries that may end with the segment. */
        final BitSet expired = new BitSet();
        /** How many of the entries were looked at. */
        int next;
        boolean released;

        Victim(int segment, long generation, long reservation, boolean reopens) {
            this.segment = segment;
            this.generation = generation;
            this.reservation = reservation;
            this.reopens = reopens;
        }

        boolean isDone() {
            return next == entries.size();
        }

        SegmentReleases.Victim toRelease() {
            return new SegmentReleases.Victim(segment, generation, reservation, false, new int[0], false);
        }
    }

    /** Whether a segment could be moved as far as is known: sealed, not held, and nothing in it was found damaged. */
    boolean isMovable(int segment) {
        return segments.state(segment) == State.SEALED && segments.kind(segment) == Kind.PARAMETER
                && !segments.holds().seemsHeld(segment) && !hasDamage(segment);
    }

    private boolean hasDamage(int segment) {
        TableEntry entry = damaged.get(segment);
        if (entry != null && !isThere(entry, new TableEntry())) {
            damaged.remove(segment, entry);
            return false;
        }
        return entry != null;
    }

    private boolean isThere(TableEntry entry, TableEntry found) {
        return table.find(entry.digestHi(), entry.digestLo(), found) && found.version() == entry.version()
                && found.segment() == entry.segment() && found.generation() == entry.generation()
                && found.offsetUnits() == entry.offsetUnits();
    }

    /** Moves everything out of these segments and releases them; returns how many segments were released. */
    int move(List<Integer> chosen, Sweep sweep, KeepOut keepOut) {
        return run(chosen, sweep, victims -> moveAll(victims, sweep, keepOut));
    }

    /** Releases those of these segments in which nothing is live; returns how many segments were released. */
    int releaseEmpty(List<Integer> chosen, Sweep sweep) {
        return run(chosen, sweep,
                victims -> settle(victims.stream().filter(victim -> victim.entries.isEmpty()).toList(), sweep));
    }

    private int run(List<Integer> chosen, Sweep sweep, ToIntFunction<List<Victim>> work) {
        List<Victim> victims = new ArrayList<>();
        try {
            chosen.stream().map(this::freeze).filter(victim -> victim != null).forEach(victims::add);
            if (victims.isEmpty()) {
                return 0;
            }
            // What a process that died had committed there is applied.
            parts.committer().underLock(() -> {
            });
            list(victims);
            parts.steps().at(SweepStep.MOVE_FROZEN);
            return work.applyAsInt(victims);
        } finally {
            sweep.mover().share();
            victims.forEach(victim -> thaw(victim, sweep));
        }
    }

    private @Nullable Victim freeze(int segment) {
        long generation = segments.generation(segment);
        if (!isMovable(segment)) {
            return null;
        }
        boolean reopens = !segments.isClosed(segment);
        long reservation = parts.store().mark().segments().closeReservations(segment);
        Victim victim = new Victim(segment, generation, reservation, reopens);
        if (segments.generation(segment) != generation || segments.holds().isHeld(segment)) {
            reopen(victim);
            return null;
        }
        return victim;
    }

    /** Gives up what was not brought to its end. */
    private void thaw(Victim victim, Sweep sweep) {
        victim.copies.forEach(sweep.mover()::letGo);
        if (!victim.released) {
            reopen(victim);
        }
    }

    private void reopen(Victim victim) {
        if (victim.reopens) {
            boolean _ = parts.store().mark().segments().reopenReservations(victim.segment, victim.reservation);
        }
    }

    /** Notes all live entries of frozen segments, the largest first. */
    private void list(List<Victim> victims) {
        Map<Integer, Victim> bySegment = new HashMap<>();
        BitSet wanted = new BitSet();
        for (Victim victim : victims) {
            bySegment.put(victim.segment, victim);
            wanted.set(victim.segment);
        }
        boolean complete = false;
        for (int scan = 0; scan < MOST_SCANS && !complete; scan++) {
            complete = scan(bySegment, wanted);
        }
        if (!complete) {
            // Entries cross over all the time; nobody but the holder of the lock does that.
            parts.committer().underLock(() -> {
                boolean _ = scan(bySegment, wanted);
            });
        }
        for (Victim victim : victims) {
            victim.entries.sort(Comparator.comparingLong(TableEntry::extentBytes).reversed());
        }
    }

    private boolean scan(Map<Integer, Victim> bySegment, BitSet wanted) {
        bySegment.values().forEach(victim -> victim.entries.clear());
        return table.forEach(entry -> {
            if (wanted.get(entry.segment())) {
                Victim victim = bySegment.get(entry.segment());
                if (victim != null && victim.generation == entry.generation()) {
                    victim.entries.add(new TableEntry().from(entry));
                }
            }
        });
    }

    private int moveAll(List<Victim> victims, Sweep sweep, KeepOut keepOut) {
        EntryReader reader = new EntryReader(parts.store().data());
        List<Victim> copied = new ArrayList<>();
        int released = 0;
        boolean room = true;
        for (int i = 0; i < victims.size() && room; i++) {
            Victim victim = victims.get(i);
            room = copy(victim, reader, sweep.mover(), keepOut);
            if (!room && !copied.isEmpty()) {
                // What is released now makes room for the rest.
                released += settle(copied, sweep);
                copied.clear();
                room = copy(victim, reader, sweep.mover(), keepOut);
            }
            copied.add(victim);
        }
        return released + settle(copied, sweep);
    }

    /** Goes on copying what is in a segment; false if there is no room. */
    private boolean copy(Victim victim, EntryReader reader, EntryMover mover, KeepOut keepOut) {
        TableEntry found = new TableEntry();
        while (!victim.isDone()) {
            TableEntry entry = victim.entries.get(victim.next);
            if (isThere(entry, found)) {
                try {
                    EntryHeader header = reader.open(place(entry));
                    boolean expired = header.expiresAtMs() != 0 && header.expiresAtMs() <= parts.clockMs().getAsLong();
                    victim.expired.set(victim.next, expired);
                    if (!expired && !copy(victim, entry, header, mover, keepOut)) {
                        return false;
                    }
                } catch (HearthException.Corrupt e) {
                    damage(entry, e);
                    return true;
                } catch (HearthException.Full e) {
                    return false; // The disk is.
                }
            }
            victim.next++;
        }
        return true;
    }

    /** Where the table says that an entry lies. */
    static EntryPlace place(TableEntry entry) {
        return new EntryPlace().key(entry.digestHi(), entry.digestLo(), entry.kind())
                .extent(entry.segment(), entry.generation(), entry.offsetUnits(), entry.extentUnits())
                .content(entry.headerBytes(), entry.headerCrc(), entry.logicalBytes());
    }

    private boolean copy(Victim victim, TableEntry entry, EntryHeader header, EntryMover mover, KeepOut keepOut) {
        Written copy = mover.move(header, entry.version(), keepOut.from(), keepOut.end());
        if (copy == null) {
            return false;
        }
        victim.copies.add(copy);
        ReferenceMap references = parts.eviction().references();
        references.setReference(copy.entry().segment(), copy.entry().offsetUnits(),
                references.get(entry.segment(), entry.offsetUnits()) & EvictionPolicy.REFERENCE_MASK);
        // Parameters stay whether what they continue does or not.
        victim.relocations.add(new Intent.Relocate(copy.entry(), entry.segment(), entry.generation(),
                entry.offsetUnits(), Intent.Parent.NONE));
        return true;
    }

    private void damage(TableEntry entry, HearthException.Corrupt e) {
        // What another process released meanwhile is not damaged.
        if (isThere(entry, new TableEntry()) && damaged.put(entry.segment(), entry) == null) {
            parts.events().add(Counter.DAMAGE, 1);
            parts.events().report(e);
        }
    }

    /** Has the copies count, and releases the segments of which all was copied; returns how many were released. */
    private int settle(List<Victim> victims, Sweep sweep) {
        parts.steps().at(SweepStep.MOVE_COPIED);
        if (victims.stream().anyMatch(victim -> !victim.relocations.isEmpty())) {
            parts.durable().syncData();
            parts.steps().at(SweepStep.MOVE_SYNCED);
            victims.forEach(victim -> relocate(victim, sweep));
            parts.steps().at(SweepStep.MOVE_RELOCATED);
        }
        if (victims.stream().noneMatch(Victim::isDone)) {
            return 0;
        }
        parts.durable().syncAll();
        parts.steps().at(SweepStep.MOVE_DURABLE);
        int released = 0;
        for (Victim victim : victims) {
            int run = segments.runSegments(victim.segment);
            if (victim.isDone() && isEmpty(victim) && sweep.release(victim.toRelease())) {
                victim.released = true;
                sweep.clean(victim.segment);
                released += run;
            }
        }
        return released;
    }

    private void relocate(Victim victim, Sweep sweep) {
        long bytes = 0;
        for (Written copy : victim.copies) {
            bytes += copy.entry().extentBytes();
        }
        int[] moved = {0};
        boolean _ = Sweep.inChunks(victim.relocations, chunk -> {
            moved[0] += parts.committer().commit(chunk).changes();
            return true;
        });
        victim.copies.forEach(sweep.mover()::letGo);
        victim.copies.clear();
        victim.relocations.clear();
        parts.events().add(Counter.PARAMETERS_MOVED, moved[0]);
        parts.events().add(Counter.BYTES_MOVED, bytes);
        sweep.moved(moved[0], bytes);
    }

    /** Whether all that was in a frozen segment has left it, but for what has expired. */
    private boolean isEmpty(Victim victim) {
        TableEntry found = new TableEntry();
        for (int i = 0; i < victim.entries.size(); i++) {
            if (!victim.expired.get(i) && isThere(victim.entries.get(i), found)) {
                return false;
            }
        }
        return true;
    }
}
