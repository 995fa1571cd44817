package dev.hearth.perf.compare;

import static dev.hearth.perf.compare.peer.Peers.CAFFEINE;
import static dev.hearth.perf.compare.peer.Peers.CHRONICLE;
import static dev.hearth.perf.compare.peer.Peers.EHCACHE;
import static dev.hearth.perf.compare.peer.Peers.FALLOCATE;
import static dev.hearth.perf.compare.peer.Peers.FLOOR;
import static dev.hearth.perf.compare.peer.Peers.HEARTH;
import static dev.hearth.perf.compare.peer.Peers.HEARTH_COMMIT;
import static dev.hearth.perf.compare.peer.Peers.HEARTH_DECODING;
import static dev.hearth.perf.compare.peer.Peers.HEARTH_FRAMED;
import static dev.hearth.perf.compare.peer.Peers.LMDB;
import static dev.hearth.perf.compare.peer.Peers.LMDB_SYNC;
import static dev.hearth.perf.compare.peer.Peers.LMDB_WRITEMAP;
import static dev.hearth.perf.compare.peer.Peers.MVSTORE;
import static dev.hearth.perf.compare.peer.Peers.PWRITE;
import static dev.hearth.perf.compare.peer.Peers.REDIS;
import static dev.hearth.perf.compare.peer.Peers.ROCKSDB;

import java.util.ArrayList;
import java.util.List;

/**
 * What is measured, and what it should come to. Every cell tells a part of the story that no other tells; together they
 * are fewer than forty.
 */
final class Cells {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private static final Scenario SMALL_VALUES = Scenario.of("4 KiB x 100,000", 4 * KIB, 100_000);
    private static final Scenario BLOCKS = Scenario.of("64 KiB x 4,000", 64 * KIB, 4_000);
    private static final Scenario PUTS = Scenario.of("4 KiB x 20,000, replaced", 4 * KIB, 20_000).spare(64L * MIB);
    private static final Scenario DURABLE_PUTS = Scenario.of("4 KiB x 5,000, replaced, durable", 4 * KIB, 5_000)
            .spare(64L * MIB);
    private static final Scenario BIG_PUTS = Scenario.of("1 MiB, new", MIB, 1).spare(1_024L * MIB);
    private static final Scenario IMPORTS = Scenario.of("4 KiB x 20,000, imported", 4 * KIB, 20_000);
    private static final Scenario CACHE = Scenario.of("4 KiB x 50,000, room for half, 2 processes", 4 * KIB, 50_000)
            .evicts().processes(2);
    private static final Scenario EMBEDDINGS = Scenario.of("1.5 KiB x 1,000,000", 1_536, 1_000_000);
    private static final Scenario WEIGHTS = Scenario.of("64 MiB x 16", 64 * MIB, 16);

    private Cells() {}

    /** Another goal for what a cell measured anyhow. */
    record Again(String metric, String title, String of, Goal goal) {}

    /** The cells of a run. */
    static List<Cell> all(boolean full) {
        List<Cell> cells = new ArrayList<>(List.of(
                Cell.of("hit.4k", "hit in place, 4 KiB, uniform", SMALL_VALUES, Work.HIT, Goal.atLeast(5, LMDB), HEARTH,
                        LMDB, ROCKSDB, CHRONICLE, MVSTORE, EHCACHE, CAFFEINE, FLOOR),
                Cell.of("miss.4k", "miss, 4 KiB", SMALL_VALUES, Work.MISS, Goal.ofOwn(0.667, "hit.4k"), HEARTH, LMDB,
                        ROCKSDB, CHRONICLE, MVSTORE, EHCACHE, CAFFEINE, FLOOR),
                Cell.of("read.4k", "hit copied, 4 KiB", SMALL_VALUES, Work.READ, Goal.none(LMDB), HEARTH, LMDB, ROCKSDB,
                        CHRONICLE, MVSTORE, EHCACHE, CAFFEINE, FLOOR),
                Cell.of("hit.4k.2threads", "hit in place, 4 KiB, 2 threads", SMALL_VALUES, Work.HIT, Goal.none(LMDB),
                        HEARTH, LMDB, CAFFEINE, FLOOR).threads(2),
                Cell.of("hit.64k", "hit in place, 64 KiB", BLOCKS, Work.HIT, Goal.atLeast(100, REDIS), HEARTH, LMDB,
                        ROCKSDB, CHRONICLE, FLOOR, REDIS),
                Cell.of("read.64k", "hit copied, 64 KiB raw", BLOCKS, Work.READ, Goal.atLeast(0.9, FLOOR), HEARTH, LMDB,
                        ROCKSDB, CHRONICLE, FLOOR, REDIS),
                Cell.of("hit.64k.framed", "hit, 64 KiB encoded, in a frame", BLOCKS, Work.HIT,
                        Goal.ofOwn(0.5, "hit.64k"), HEARTH_FRAMED),
                Cell.of("read.64k.decoded", "hit copied, 64 KiB encoded, decoding", BLOCKS, Work.READ,
                        Goal.atLeast(0.4, FLOOR), HEARTH_DECODING, LMDB, CHRONICLE, FLOOR),
                Cell.of("put.4k", "put, 4 KiB, PROCESS", PUTS, Work.PUT, Goal.atLeast(3, LMDB), HEARTH, LMDB,
                        LMDB_WRITEMAP, ROCKSDB, CHRONICLE, MVSTORE),
                Cell.of("put.4k.commit", "put, 4 KiB, durable before it returns", DURABLE_PUTS, Work.PUT,
                        Goal.none(LMDB_SYNC), HEARTH_COMMIT, LMDB_SYNC),
                Cell.of("put.4k.commit.8threads", "put, 4 KiB, durable before it returns, 8 threads", DURABLE_PUTS,
                        Work.PUT, Goal.atLeast(3, LMDB_SYNC), HEARTH_COMMIT, LMDB_SYNC).threads(8),
                Cell.of("put.1m", "put, 1 MiB raw", BIG_PUTS, Work.ADD, Goal.atLeast(0.7, Goal.BEST), HEARTH, PWRITE,
                        FALLOCATE),
                Cell.of("import.4k", "batch import, 4 KiB", IMPORTS, Work.IMPORT, Goal.none(LMDB), HEARTH, LMDB,
                        LMDB_WRITEMAP, ROCKSDB, MVSTORE, CHRONICLE),
                Cell.of("mixed.4k", "90/10, Zipf, evicting, 2 processes", CACHE, Work.MIXED,
                        Goal.atLeast(3, Goal.BEST), HEARTH, EHCACHE, CAFFEINE, REDIS).zipf()));
        if (full) {
            cells.addAll(List.of(
                    Cell.of("hit.1536", "hit in place, 1.5 KiB x 1,000,000", EMBEDDINGS, Work.HIT,
                            Goal.atLeast(4, LMDB), HEARTH, LMDB, CHRONICLE, FLOOR),
                    Cell.of("read.64m.2threads", "64 MiB copied, raw, 2 threads", WEIGHTS, Work.READ,
                            Goal.atLeast(0.8, FLOOR), HEARTH, LMDB, FLOOR).threads(2),
                    Cell.of("hit.4k.zipf", "hit in place, 4 KiB, Zipf", SMALL_VALUES, Work.HIT, Goal.none(LMDB), HEARTH,
                            LMDB, CAFFEINE, FLOOR).zipf(),
                    hitsOf("hit.entries.1k", 1_000), hitsOf("hit.entries.100k", 100_000),
                    hitsOf("hit.entries.10m", 10_000_000), hitsBy(2), hitsBy(4), hitsBy(8)));
        }
        return cells;
    }

    private static Cell hitsOf(String metric, long entries) {
        return Cell.of(metric, String.format(java.util.Locale.ROOT, "hit in place, 64 B x %,d", entries),
                Scenario.of("64 B x " + entries, 64, entries), Work.HIT, Goal.none(LMDB), HEARTH, LMDB);
    }

    private static Cell hitsBy(int processes) {
        return Cell.of("hit.processes." + processes, "hit in place, 4 KiB, " + processes + " processes",
                Scenario.of("4 KiB x 20,000, " + processes + " processes", 4 * KIB, 20_000).processes(processes),
                Work.HIT, Goal.none(LMDB), HEARTH, LMDB);
    }

    /** More goals for the same measurements. */
    static List<Again> again() {
        return List.of(
                new Again("hit.4k.floor", "the same, beside a bare mapping", "hit.4k", Goal.atLeast(0.5, FLOOR)),
                new Again("read.64k.redis", "hit copied, 64 KiB, beside Redis", "read.64k", Goal.atLeast(10, REDIS)),
                new Again("put.4k.writemap", "put, 4 KiB, beside LMDB's write map", "put.4k",
                        Goal.atLeast(0.7, LMDB_WRITEMAP)),
                new Again("hit.1536.chronicle", "the same, beside getUsing", "hit.1536", Goal.atLeast(4, CHRONICLE)));
    }

    /** Numbers of entries in stores that new processes attach to. */
    static List<Long> attachEntries(boolean full) {
        return full ? List.of(1_000L, 100_000L, 1_000_000L, 10_000_000L) : List.of(1_000L, 1_000_000L);
    }

    /** Capacities, in blocks, at which a trace is replayed. */
    static List<Integer> replayBlocks(boolean full) {
        return full ? List.of(1_000, 5_000, 10_000, 20_000) : List.of(10_000);
    }

    /** The cell whose allocation is told in a row of its own. */
    static String allocationOf() {
        return "hit.4k";
    }
}
