package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes what continues some entries out of the store, wherever it lies, so that they may go themselves: the last resort
 * of eviction, because all directories of activations have to be read for it. One thread, once.
 *
 * <p>
 * The entries are watched first, and then looked for in the directories by what names them as its parent; what is found
 * is watched, too, until a walk finds nothing that was not watched before it began. Whatever is committed, or moved, to
 * continue a watched entry from then on is noted there, and neither that entry nor what it continues is dropped then.
 * While they are watched all of them stay protected, also if this process ends.
 */
final class Descendants {
    private static final int MOST_WALKS = 8;
    private final SweepParts parts;
    private final SegmentWalk walk;
    private final Map<Intent.Parent, Spot> watched = new LinkedHashMap<>();

    /** Where an entry lies. */
    private record Spot(Intent.Parent digest, int segment, long generation, int offsetUnits) {
        static Spot of(EntryHeader entry) {
            return new Spot(new Intent.Parent(entry.digestHi(), entry.digestLo()), entry.segment(),
                    entry.generation(), entry.offsetUnits());
        }

        Intent.Drop drop() {
            return new Intent.Drop(digest.hi(), digest.lo(), new SegmentReleases.Victim(segment, generation, 0, false,
                    new int[]{offsetUnits}, true));
        }
    }

    Descendants(SweepParts parts, SegmentWalk walk) {
        this.parts = parts;
        this.walk = walk;
    }

    /** Drops what continues {@code entries}; false if something came in between, so that not all of it went. */
    boolean drop(Collection<EntryHeader> entries) {
        if (entries.isEmpty()) {
            return true;
        }
        List<Spot> roots = entries.stream().map(Spot::of).toList();
        watch(roots);
        for (int walks = 0; walks < MOST_WALKS; walks++) {
            List<Spot> found = find(roots);
            if (seal(found)) {
                continue;
            }
            List<Spot> unwatched = found.stream().filter(spot -> !spot.equals(watched.get(spot.digest))).toList();
            if (unwatched.isEmpty()) {
                return dropLeavesFirst(found);
            }
            watch(unwatched);
        }
        return false;
    }

    /** What was watched and is still there stays, and is what it was before to the hand. */
    void giveUp() {
        List<Intent> noted = new ArrayList<>();
        for (Intent.Parent digest : watched.keySet()) {
            noted.add(new Intent.Continued(digest, Intent.Continued.SOMEWHERE));
        }
        Sweep.inChunks(noted, chunk -> {
            parts.committer().commit(chunk);
            return true;
        });
    }

    private void watch(List<Spot> spots) {
        List<Intent> watches = new ArrayList<>();
        for (Spot spot : spots) {
            watched.put(spot.digest, spot);
            watches.add(new Intent.Watch(spot.digest));
        }
        Sweep.inChunks(watches, chunk -> {
            parts.committer().commit(chunk);
            return true;
        });
    }

    /**
     * What continues {@code roots}, and what continues that, and so on, in the segment itself, too: no entry before one
     * that it continues. A root is among it if it continues another one, be it by way of entries elsewhere.
     */
    private List<Spot> find(List<Spot> roots) {
        Map<Intent.Parent, List<Spot>> children = new HashMap<>();
        MarkSegments segments = parts.segments();
        for (int other = 0; other < segments.count(); other++) {
            State state = segments.state(other);
            if (segments.kind(other) == Kind.ACTIVATION
                    && (state == State.SEALED || state == State.MARKED || state == State.OPEN)) {
                walk.continuations(other, entry -> children
                        .computeIfAbsent(new Intent.Parent(entry.parentHi(), entry.parentLo()), p -> new ArrayList<>())
                        .add(Spot.of(entry)));
            }
        }
        Map<Intent.Parent, Spot> found = new LinkedHashMap<>();
        Deque<Spot> open = new ArrayDeque<>(roots);
        while (!open.isEmpty()) {
            for (Spot child : children.getOrDefault(open.remove().digest, List.of())) {
                if (found.putIfAbsent(child.digest, child) == null) {
                    open.add(child);
                }
            }
        }
        return inOrder(found, children);
    }

    /** Those first that continue nothing in {@code found}. */
    private static List<Spot> inOrder(Map<Intent.Parent, Spot> found, Map<Intent.Parent, List<Spot>> children) {
        Map<Intent.Parent, Spot> first = new LinkedHashMap<>(found);
        found.keySet().forEach(digest -> children.getOrDefault(digest, List.of()).forEach(
                child -> first.remove(child.digest)));
        Map<Intent.Parent, Spot> ordered = new LinkedHashMap<>(first);
        Deque<Spot> open = new ArrayDeque<>(first.values());
        while (!open.isEmpty()) {
            for (Spot child : children.getOrDefault(open.remove().digest, List.of())) {
                if (ordered.putIfAbsent(child.digest, child) == null) {
                    open.add(child);
                }
            }
        }
        // A circle has no first one.
        found.forEach(ordered::putIfAbsent);
        return List.copyOf(ordered.values());
    }

    /** What comes into an open segment beside an entry is not noted there; whether one had to be closed. */
    private boolean seal(List<Spot> found) {
        boolean sealed = false;
        for (Spot spot : found) {
            if (parts.segments().state(spot.segment) == State.OPEN) {
                sealed |= parts.segments().seal(Kind.ACTIVATION, spot.segment);
            }
        }
        return sealed;
    }

    private boolean dropLeavesFirst(List<Spot> found) {
        List<Intent.Drop> drops = found.reversed().stream().map(Spot::drop).toList();
        return Sweep.inChunks(drops, chunk -> {
            int dropped = parts.committer().commit(List.of(new Intent.DropAll(chunk))).changes();
            parts.events().add(Counter.EVICTIONS, dropped);
            return dropped == chunk.size();
        });
    }
}
