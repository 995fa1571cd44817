package dev.hearth.store.engine;

import dev.hearth.store.table.StressKeys;

/** A group of two members in a table of its own, the writer of its batches, and one who collects it. */
public final class StressGroup {
    private static final int MEMBERS = 2;
    private final StressKeys keys = new StressKeys(1 + MEMBERS);

    /** Commits a version of the manifest and of all members. */
    public void replace(int version) {
        keys.commit(version, 0);
    }

    /** Commits a version of the members, which leaves the manifest. */
    public void rewrite(int version) {
        keys.commit(version, 1);
    }

    /** The versions of both members at one moment: the first ten times. -1 if the group was replaced, -2 if absent. */
    public int collect() {
        Collector collector = new Collector();
        return switch (GroupCollect.collect(collector, MEMBERS, () -> true)) {
            case COLLECTED -> 10 * collector.taken[0] + collector.taken[1];
            case REPLACED -> -1;
            case INCOMPLETE, GIVEN_UP -> -2;
        };
    }

    private final class Collector implements GroupCollect.Keys {
        private final int manifest = keys.find(0);
        private final int[] taken = new int[MEMBERS];

        @Override
        public long lastApplied() {
            return keys.lastApplied();
        }

        @Override
        public boolean isSameManifest() {
            return keys.find(0) == manifest;
        }

        @Override
        public GroupCollect.Look look(int key) {
            int version = keys.find(1 + key);
            boolean same = version == taken[key];
            taken[key] = version;
            return version == 0
                    ? GroupCollect.Look.ABSENT
                    : same ? GroupCollect.Look.SAME : GroupCollect.Look.TAKEN;
        }
    }
}
