package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.engine.GroupCollect.Look;
import dev.hearth.store.engine.GroupCollect.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of one collection with a few commits: what was collected was current at one moment, and what is
 * said to be incomplete was so.
 *
 * <p>
 * The table of the model does what {@code TableReader} promises of a single lookup: it yields the newest published
 * version up to {@code last applied} at one instant. A commit takes the steps of {@code Applier}, one at a time. Before
 * each step of the reader any number of them is taken; all choices are tried.
 */
class GroupCollectModelTest {
    private static final int GONE = -1;
    private static final int MANIFEST = 0;

    /** One commit: the versions it puts by key; {@link #GONE} removes. Keys that it leaves alone are 0. */
    @SuppressWarnings("ArrayRecordComponent") // never written
    private record Commit(int... puts) {}

    /** Tries one choice after the other, as the digits of a number of mixed radix that counts up. */
    private static final class Choices {
        private final List<Integer> taken = new ArrayList<>();
        private final List<Integer> options = new ArrayList<>();
        private int position;

        int choose(int count) {
            if (position == taken.size()) {
                taken.add(0);
                options.add(count);
            }
            return taken.get(position++);
        }

        boolean next() {
            position = 0;
            while (!taken.isEmpty()) {
                int last = taken.size() - 1;
                if (taken.get(last) + 1 < options.get(last)) {
                    taken.set(last, taken.get(last) + 1);
                    return true;
                }
                taken.removeLast();
                options.removeLast();
            }
            return false;
        }
    }

    /** The table and its writer. */
    private static final class World {
        private final List<List<Integer>> published = new ArrayList<>();
        private final List<Runnable> steps = new ArrayList<>();
        private final List<int[]> states = new ArrayList<>();
        private int done;
        private int applied = 1;

        World(int keys, List<Commit> commits) {
            int[] state = new int[keys];
            for (int key = 0; key < keys; key++) {
                published.add(new ArrayList<>(List.of(1)));
                state[key] = 1;
            }
            states.add(state.clone());
            int version = 1;
            for (Commit commit : commits) {
                int now = ++version;
                for (int key = 0; key < keys; key++) {
                    int put = commit.puts[key];
                    if (put != 0) {
                        int index = key;
                        steps.add(() -> published.get(index).add(put == GONE ? -now : now));
                        state[key] = put == GONE ? GONE : now;
                    }
                }
                steps.add(() -> applied = now);
                for (int key = 0; key < keys; key++) {
                    if (commit.puts[key] != 0) {
                        int index = key;
                        steps.add(() -> published.get(index).removeIf(one -> Math.abs(one) < now));
                    }
                }
                states.add(state.clone());
            }
        }

        void advance(Choices choices) {
            for (int count = choices.choose(steps.size() - done + 1); count > 0; count--) {
                steps.get(done++).run();
            }
        }

        int find(int key) {
            int newest = published.get(key).stream().filter(one -> Math.abs(one) <= applied)
                    .max((a, b) -> Math.abs(a) - Math.abs(b)).orElse(GONE);
            return newest < 0 ? GONE : newest;
        }
    }

    /** A reader of all keys but the first, which is the manifest. */
    private static final class Reader implements GroupCollect.Keys {
        private final World world;
        private final Choices choices;
        private final int[] taken;
        private final int firstState;

        Reader(World world, Choices choices, int keys) {
            this.world = world;
            this.choices = choices;
            this.taken = new int[keys];
            world.advance(choices);
            firstState = world.applied - 1;
            taken[MANIFEST] = world.find(MANIFEST);
        }

        @Override
        public long lastApplied() {
            world.advance(choices);
            return world.applied;
        }

        @Override
        public boolean isSameManifest() {
            world.advance(choices);
            return world.find(MANIFEST) == taken[MANIFEST];
        }

        @Override
        public Look look(int key) {
            world.advance(choices);
            int found = world.find(key + 1);
            if (found == GONE) {
                return Look.ABSENT;
            }
            boolean same = taken[key + 1] == found;
            taken[key + 1] = found;
            return same ? Look.SAME : Look.TAKEN;
        }
    }

    private static Map<Outcome, Integer> explore(int keys, List<Commit> commits) {
        Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        Choices choices = new Choices();
        do {
            World world = new World(keys, commits);
            Reader reader = new Reader(world, choices, keys);
            int[] passes = {0};
            Outcome outcome = reader.taken[MANIFEST] == GONE
                    ? Outcome.REPLACED
                    : GroupCollect.collect(reader, keys - 1, () -> ++passes[0] < 4);
            List<int[]> possible = world.states.subList(reader.firstState, world.applied);
            if (outcome == Outcome.COLLECTED) {
                assertTrue(possible.stream().anyMatch(state -> Arrays.equals(state, reader.taken)),
                        () -> "collected " + Arrays.toString(reader.taken) + " by " + choices.taken);
            } else if (outcome == Outcome.INCOMPLETE) {
                assertTrue(possible.stream().anyMatch(state -> state[MANIFEST] == reader.taken[MANIFEST]
                        && Arrays.stream(state).anyMatch(version -> version == GONE)),
                        () -> "incomplete by " + choices.taken);
            }
            outcomes.merge(outcome, 1, Integer::sum);
        } while (choices.next());
        return outcomes;
    }

    @Test
    void collect_besideBatchesOfTheWholeGroup_isOfOneBatch() {
        Map<Outcome, Integer> outcomes = explore(3, List.of(new Commit(1, 1, 1), new Commit(1, 1, 1)));
        assertTrue(outcomes.getOrDefault(Outcome.COLLECTED, 0) > 1_000, outcomes.toString());
        assertTrue(outcomes.getOrDefault(Outcome.REPLACED, 0) > 1_000, outcomes.toString());
        assertEquals(0, outcomes.getOrDefault(Outcome.INCOMPLETE, 0), outcomes.toString());
    }

    @Test
    void collect_besidePutsOfSingleMembers_isASnapshot() {
        Map<Outcome, Integer> outcomes = explore(3, List.of(new Commit(0, 1, 0), new Commit(0, 0, 1)));
        assertTrue(outcomes.getOrDefault(Outcome.COLLECTED, 0) > 1_000, outcomes.toString());
        assertEquals(0, outcomes.getOrDefault(Outcome.REPLACED, 0), outcomes.toString());
        assertEquals(0, outcomes.getOrDefault(Outcome.INCOMPLETE, 0), outcomes.toString());
    }

    @Test
    void collect_besideThreePuts_isASnapshotAndEnds() {
        Map<Outcome, Integer> outcomes = explore(3,
                List.of(new Commit(0, 1, 0), new Commit(0, 0, 1), new Commit(0, 1, 0)));
        assertTrue(outcomes.getOrDefault(Outcome.COLLECTED, 0) > 1_000, outcomes.toString());
    }

    @Test
    void collect_besideRemovals_isIncompleteOnlyIfTheGroupWas() {
        Map<Outcome, Integer> removed = explore(3, List.of(new Commit(0, GONE, 0), new Commit(0, 1, 0)));
        assertTrue(removed.getOrDefault(Outcome.INCOMPLETE, 0) > 100, removed.toString());
        assertTrue(removed.getOrDefault(Outcome.COLLECTED, 0) > 100, removed.toString());
        Map<Outcome, Integer> replaced = explore(3, List.of(new Commit(1, GONE, 1), new Commit(1, 1, 1)));
        assertEquals(replaced.getOrDefault(Outcome.INCOMPLETE, 0) > 0, true, replaced.toString());
    }
}
