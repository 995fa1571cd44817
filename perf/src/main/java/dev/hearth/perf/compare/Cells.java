package dev.hearth.perf.compare;

import static dev.hearth.perf.compare.peer.Peers.CAFFEINE;
import static dev.hearth.perf.compare.peer.Peers.CHRONICLE;
import static dev.hearth.perf.compare.peer.Peers.EHCACHE;
import static dev.hearth.perf.compare.peer.Peers.EHCACHE_DISK;
import static dev.hearth.perf.compare.peer.Peers.FALLOCATE;
import static dev.hearth.perf.compare.peer.Peers.FLOOR;
import static dev.hearth.perf.compare.peer.Peers.HEARTH;
import static dev.hearth.perf.compare.peer.Peers.HEARTH_COMMIT;
import static dev.hearth.perf.compare.peer.Peers.HEARTH_DECODING;
import static dev.hearth.perf.compare.peer.Peers.HEARTH_FRAMED;
import static dev.hearth.perf.compare.peer.Peers.HEARTH_HALF_FRAMED;
import static dev.hearth.perf.compare.peer.Peers.LMDB;
import static dev.hearth.perf.compare.peer.Peers.LMDB_SYNC;
import static dev.hearth.perf.compare.peer.Peers.LMDB_WRITEMAP;
import static dev.hearth.perf.compare.peer.Peers.MVSTORE;
import static dev.hearth.perf.compare.peer.Peers.PREAD;
import static dev.hearth.perf.compare.peer.Peers.PWRITE;
import static dev.hearth.perf.compare.peer.Peers.REDIS;
import static dev.hearth.perf.compare.peer.Peers.ROCKSDB;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What is measured, and what it should come to. Every cell tells a part of the story that no other tells; together they
 * are at most forty, with the capacities at which a trace is replayed. A cell that has more than one goal has a row for
 * each.
 */
final class Cells {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;
    private static final int TINY_BYTES = 64;
    private static final long MANY = 1_000_000;
    private static final long MOST = 10_000_000;

    private static final Scenario SMALL_VALUES = Scenario.of("4 KiB x 100,000", 4 * KIB, 100_000);
    private static final Scenario BLOCKS = Scenario.of("64 KiB x 4,000", 64 * KIB, 4_000);
    private static final Scenario RANGES = Scenario.of("1 MiB x 256", MIB, 256);
    private static final Scenario PUTS = Scenario.of("4 KiB x 20,000, replaced", 4 * KIB, 20_000).spare(64L * MIB);
    private static final Scenario DURABLE_PUTS = Scenario.of("4 KiB x 5,000 on disk, replaced, durable", 4 * KIB, 5_000)
            .spare(64L * MIB).disk();
    private static final Scenario BIG_PUTS = Scenario.of("1 MiB, new", MIB, 1).spare(1_536L * MIB);
    private static final Scenario IMPORTS = Scenario.of("4 KiB x 20,000, imported", 4 * KIB, 20_000);
    private static final Scenario CACHE = Scenario.of("4 KiB x 50,000, room for half, 2 processes", 4 * KIB, 50_000)
            .evicts().processes(2);
    private static final Scenario COLD = Scenario.of("64 KiB x 4,096 on disk", 64 * KIB, 4_096).disk();
    private static final Scenario EMBEDDINGS = Scenario.of("1.5 KiB x 1,000,000", 1_536, 1_000_000);
    private static final Scenario WEIGHTS = Scenario.of("64 MiB x 16", 64 * MIB, 16);
    private static final Scenario COLD_WEIGHTS = Scenario.of("64 MiB x 16 on disk", 64 * MIB, 16).disk();

    private Cells() {}

    /** The cells of a run. Those whose goals are taken against others come behind them. */
    static List<Cell> all(boolean full) {
        List<Cell> cells = new ArrayList<>();
        cells.addAll(hits());
        cells.addAll(blocks());
        cells.addAll(puts());
        cells.addAll(starts(full));
        if (full) {
            cells.addAll(more());
        }
        return cells;
    }

    private static List<Cell> hits() {
        return List.of(
                Cell.of("hit.4k", "hit in place, 4 KiB, uniform", SMALL_VALUES, Work.HIT, Goal.atLeast(5, LMDB), HEARTH,
                        LMDB, ROCKSDB, CHRONICLE, MVSTORE, EHCACHE, CAFFEINE, FLOOR),
                Cell.of("compute.4k", "getOrCompute of what is there, 4 KiB", SMALL_VALUES, Work.COMPUTE,
                        Goal.ofOwn(1 / 1.2, "hit.4k"), HEARTH),
                Cell.of("miss.4k", "miss, 4 KiB", SMALL_VALUES, Work.MISS, Goal.ofOwn(1 / 1.5, "hit.4k"), HEARTH, LMDB,
                        ROCKSDB, CHRONICLE, MVSTORE, EHCACHE, CAFFEINE, FLOOR),
                Cell.of("read.4k", "hit copied, 4 KiB", SMALL_VALUES, Work.READ, Goal.none(LMDB), HEARTH, LMDB, ROCKSDB,
                        CHRONICLE, MVSTORE, EHCACHE, CAFFEINE, FLOOR),
                Cell.of("hit.4k.2threads", "hit in place, 4 KiB, 2 threads", SMALL_VALUES, Work.HIT, Goal.none(LMDB),
                        HEARTH, LMDB, CAFFEINE, FLOOR).threads(2));
    }

    private static List<Cell> blocks() {
        return List.of(
                Cell.of("hit.64k", "hit in place, 64 KiB", BLOCKS, Work.HIT, Goal.atLeast(100, REDIS), HEARTH, LMDB,
                        ROCKSDB, CHRONICLE, FLOOR, REDIS),
                Cell.of("read.64k", "hit copied, 64 KiB raw", BLOCKS, Work.READ, Goal.atLeast(0.9, FLOOR), HEARTH, LMDB,
                        ROCKSDB, CHRONICLE, FLOOR, REDIS),
                Cell.of("hit.64k.framed", "hit, 64 KiB encoded, in a frame", BLOCKS, Work.HIT,
                        Goal.ofOwn(0.5, "hit.64k"), HEARTH_FRAMED),
                Cell.of("read.64k.decoded", "hit copied, 64 KiB encoded, decoding", BLOCKS, Work.READ,
                        Goal.atLeast(0.4, FLOOR), HEARTH_DECODING, LMDB, CHRONICLE, FLOOR),
                Cell.of("read.64k.decoded.2threads", "the same with 2 threads", BLOCKS, Work.READ,
                        Goal.kept(0.9, FLOOR, "read.64k.decoded"), HEARTH_DECODING, FLOOR).threads(2),
                Cell.of("read.64k.half", "hit copied, 64 KiB encoded, frames for half", BLOCKS, Work.READ,
                        Goal.none(LMDB), HEARTH_HALF_FRAMED, LMDB, CHRONICLE, FLOOR),
                Cell.of("range.1m", "4 KiB out of 1 MiB", RANGES, Work.RANGE, Goal.none(LMDB), HEARTH, HEARTH_DECODING,
                        LMDB, ROCKSDB, FLOOR, REDIS),
                Cell.of("cold.64k", "copied, 64 KiB raw, cold, from disk, median of 200", COLD, Work.COLD_READ,
                        Goal.atLeast(1 / 1.1, PREAD), HEARTH, LMDB, ROCKSDB, PREAD));
    }

    private static List<Cell> puts() {
        return List.of(
                Cell.of("put.4k", "put, 4 KiB, PROCESS", PUTS, Work.PUT, Goal.atLeast(3, LMDB), HEARTH, LMDB,
                        LMDB_WRITEMAP, ROCKSDB, CHRONICLE, MVSTORE),
                Cell.of("put.4k.commit", "put, 4 KiB, durable on disk before it returns", DURABLE_PUTS, Work.PUT,
                        Goal.none(LMDB_SYNC), HEARTH_COMMIT, LMDB_SYNC),
                Cell.of("put.4k.commit.8threads", "put, 4 KiB, durable on disk before it returns, 8 threads",
                        DURABLE_PUTS, Work.PUT, Goal.atLeast(3, LMDB_SYNC), HEARTH_COMMIT, LMDB_SYNC).threads(8),
                Cell.of("put.1m", "put, 1 MiB raw", BIG_PUTS, Work.ADD, Goal.atLeast(0.7, Goal.BEST), HEARTH, PWRITE,
                        FALLOCATE),
                Cell.of("import.4k", "batch import, 4 KiB", IMPORTS, Work.IMPORT, Goal.none(LMDB), HEARTH, LMDB,
                        LMDB_WRITEMAP, ROCKSDB, MVSTORE, CHRONICLE),
                Cell.of("mixed.4k", "90/10, Zipf, evicting, 2 processes", CACHE, Work.MIXED,
                        Goal.atLeast(3, Goal.BEST), HEARTH, EHCACHE, EHCACHE_DISK, CAFFEINE, REDIS).zipf());
    }

    /** Stores of more and more entries. */
    private static List<Cell> starts(boolean full) {
        List<Cell> cells = new ArrayList<>();
        cells.addAll(entries(1_000, full, Goal.atLeast(1, LMDB), HEARTH, LMDB));
        Goal constant = Goal.ofOwn(1 / 1.2, "attach.1000");
        if (full) {
            cells.addAll(entries(100_000, true, Goal.atLeast(1, LMDB), HEARTH, LMDB, ROCKSDB, CHRONICLE, MVSTORE,
                    EHCACHE_DISK));
        } else {
            cells.addAll(entries(MANY, false, constant, HEARTH, LMDB));
        }
        Scenario many = tiny(MANY);
        cells.add(Cell.of("rebuild.table", "lookup table made anew, 1,000,000 entries, each", many, Work.REBUILD_TABLE,
                Goal.atMost(1_000), HEARTH));
        cells.add(Cell.of("rebuild.index", "index made anew, 1,000,000 entries, each", many, Work.REBUILD_INDEX,
                Goal.atMost(1_000), HEARTH));
        if (full) {
            cells.addAll(entries(MOST, true, constant, HEARTH, LMDB));
        }
        return cells;
    }

    private static Scenario tiny(long entries) {
        return Scenario.of(String.format(Locale.ROOT, "64 B x %,d", entries), TINY_BYTES, entries);
    }

    private static List<Cell> entries(long entries, boolean hits, Goal goal, String... peers) {
        Scenario scenario = tiny(entries);
        List<Cell> cells = new ArrayList<>();
        if (hits) {
            cells.add(Cell.of("hit.entries." + entries, "hit in place, " + scenario.name(), scenario, Work.HIT,
                    Goal.none(LMDB), HEARTH, LMDB));
        }
        cells.add(Cell.of("attach." + entries,
                String.format(Locale.ROOT, "new JVM to first hit, %,d entries", entries), scenario, Work.ATTACH, goal,
                peers));
        return cells;
    }

    private static List<Cell> more() {
        return List.of(
                Cell.of("hit.1536", "hit in place, 1.5 KiB x 1,000,000", EMBEDDINGS, Work.HIT, Goal.atLeast(4, LMDB),
                        HEARTH, LMDB, CHRONICLE, FLOOR),
                Cell.of("hit.4k.zipf", "hit in place, 4 KiB, Zipf", SMALL_VALUES, Work.HIT, Goal.none(LMDB), HEARTH,
                        LMDB, CAFFEINE, FLOOR).zipf(),
                Cell.of("load.1g", "1 GiB loaded, raw, 2 threads, each 64 MiB", WEIGHTS, Work.LOAD,
                        Goal.atLeast(0.8, FLOOR), HEARTH, LMDB, FLOOR).threads(2),
                Cell.of("load.1g.cold", "1 GiB loaded, encoded, cold, from disk, 2 threads, each 64 MiB", COLD_WEIGHTS,
                        Work.COLD_LOAD, Goal.atLeast(1, PREAD), HEARTH_DECODING, HEARTH, PREAD).threads(2),
                hitsBy(1), hitsBy(2), hitsBy(4), hitsBy(8));
    }

    private static Cell hitsBy(int processes) {
        String many = processes == 1 ? "1 process" : processes + " processes";
        return Cell.of("hit.processes." + processes, "hit in place, 4 KiB, " + many,
                Scenario.of("4 KiB x 20,000, " + many, 4 * KIB, 20_000).processes(processes), Work.HIT, Goal.none(LMDB),
                HEARTH, LMDB);
    }

    /** The same cell under other goals. */
    static List<Cell> again(Cell cell) {
        return switch (cell.metric()) {
            case "hit.4k" -> List.of(cell.again("hit.4k.floor", "the same, beside a bare mapping",
                    Goal.atLeast(0.5, FLOOR)));
            case "read.64k" -> List.of(cell.again("read.64k.redis", "the same, beside Redis",
                    Goal.atLeast(10, REDIS)));
            case "put.4k" -> List.of(cell.again("put.4k.writemap", "the same, beside LMDB's write map",
                    Goal.atLeast(0.7, LMDB_WRITEMAP)));
            case "hit.1536" -> List.of(cell.again("hit.1536.chronicle", "the same, beside getUsing",
                    Goal.atLeast(4, CHRONICLE)));
            default -> List.of();
        };
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
