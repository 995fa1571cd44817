package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.table.LookupTable;
import java.lang.foreign.Arena;

/**
 * A lookup table of a process's own, built from checkpoint and log, that follows the log. Any thread may find in it
 * while another one lets it follow.
 */
final class PrivateTable implements AutoCloseable {
    private final Arena arena;
    private final ColdStart.PrivateVersion applied = new ColdStart.PrivateVersion();
    private final LookupTable table;
    private final ReleasedSegments released;
    private final Applier applier;
    private final LogFollower follower;

    private PrivateTable(Arena arena, StoreDirectory logFiles, LogSettings settings, Geometry geometry) {
        this.arena = arena;
        table = LookupTable.formatZeroed(arena.allocate(LookupTable.requiredBytes(geometry.maxEntries()), 4096),
                geometry.maxEntries(), geometry.digestSeedLo(), geometry.uuid().getMostSignificantBits(),
                geometry.uuid().getLeastSignificantBits(), applied.word);
        released = new ReleasedSegments(geometry.segmentCount());
        applier = new Applier(table, applied, entry -> {
        }, released);
        Replay.Outcome outcome = new Replay(logFiles, settings, table, applied, damaged -> {
        }, new Replay.Observer() {
            @Override
            public void applied(LogOperation operation) {
                released.observe(operation);
            }
        }).run(-1L, Replay.Acceptance.ALL);
        if (outcome.scan().stop() == LogScan.Stop.DAMAGED_WITH_VALID_TAIL_BEHIND) {
            throw new HearthException.Corrupt("log", logFiles.directory().resolve(outcome.scan().stopFile()),
                    outcome.scan().stopOffset(), "records up to the end", outcome.scan().reason());
        }
        follower = LogReader.follow(logFiles, settings, applied.get() + 1);
    }

    static PrivateTable build(StoreDirectory logFiles, LogSettings settings, Geometry geometry) {
        Arena arena = Arena.ofShared();
        boolean built = false;
        try {
            PrivateTable table = new PrivateTable(arena, logFiles, settings, geometry);
            built = true;
            return table;
        } finally {
            if (!built) {
                arena.close();
            }
        }
    }

    LookupTable table() {
        return table;
    }

    /**
     * Whether what lies in this generation of a segment is still there. Its release is in the log before anything is
     * written over it, so the log is looked at again.
     */
    boolean isCurrent(int segment, long generation) {
        refresh();
        return !released.isReleased(segment, generation);
    }

    long lastApplied() {
        return applied.get();
    }

    /** Applies what was committed since. */
    synchronized void refresh() {
        for (LogTransaction next = follower.next(); next != null; next = follower.next()) {
            applier.apply(next.version(), next.operations());
        }
        if (follower.behind()) {
            throw new HearthException.Closed(
                    "read-only attachment fell behind the log, which was cut short by checkpoints:"
                            + " it has to be opened again");
        }
    }

    @Override
    public void close() {
        follower.close();
        arena.close();
    }
}
