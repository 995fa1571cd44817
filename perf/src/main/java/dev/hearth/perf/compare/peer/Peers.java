package dev.hearth.perf.compare.peer;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.EnvFlags;

/** The stores by name. */
public final class Peers {
    /** Hearth, values in place. */
    public static final String HEARTH = "hearth";
    /** Hearth, values encoded, next to no frames: every read decodes. */
    public static final String HEARTH_DECODING = "hearth-decoding";
    /** Hearth, values encoded, a frame for every page. */
    public static final String HEARTH_FRAMED = "hearth-framed";
    /** Hearth, values encoded, frames for half of the pages. */
    public static final String HEARTH_HALF_FRAMED = "hearth-half-framed";
    /** Hearth, values in place, each put durable. */
    public static final String HEARTH_COMMIT = "hearth-commit";
    /** LMDB, each transaction durable. */
    public static final String LMDB_SYNC = "lmdb-sync";
    /** LMDB without sync. */
    public static final String LMDB = "lmdb";
    /** LMDB without sync and writing through its mapping. */
    public static final String LMDB_WRITEMAP = "lmdb-writemap";
    /** RocksDB, log without sync. */
    public static final String ROCKSDB = "rocksdb";
    /** Chronicle Map with LZ4 values. */
    public static final String CHRONICLE = "chronicle";
    /** H2's MVStore. */
    public static final String MVSTORE = "mvstore";
    /** Ehcache off the heap. */
    public static final String EHCACHE = "ehcache";
    /** Ehcache on disk. */
    public static final String EHCACHE_DISK = "ehcache-disk";
    /** Caffeine on the heap. */
    public static final String CAFFEINE = "caffeine";
    /** Redis on loopback. */
    public static final String REDIS = "redis";
    /** A bare mapped file and a map of where values are. */
    public static final String FLOOR = "floor";
    /** Reading a file with pread. */
    public static final String PREAD = "pread";
    /** Writing a new file with pwrite. */
    public static final String PWRITE = "pwrite";
    /** Allocating a new file and copying into its mapping. */
    public static final String FALLOCATE = "fallocate+copy";

    private Peers() {}

    /** Opens a store. */
    public static Peer open(String name, PeerSetup setup) {
        return switch (name) {
            case HEARTH -> new HearthPeer(setup, HearthPeer.Variant.IN_PLACE);
            case HEARTH_DECODING -> new HearthPeer(setup, HearthPeer.Variant.encoded(0));
            case HEARTH_FRAMED -> new HearthPeer(setup, HearthPeer.Variant.encoded(4));
            case HEARTH_HALF_FRAMED -> new HearthPeer(setup, HearthPeer.Variant.encoded(0.5));
            case HEARTH_COMMIT -> new HearthPeer(setup, HearthPeer.Variant.DURABLE);
            case LMDB -> new LmdbPeer(setup, EnvFlags.MDB_NOSYNC);
            case LMDB_WRITEMAP -> new LmdbPeer(setup, EnvFlags.MDB_NOSYNC, EnvFlags.MDB_WRITEMAP);
            case LMDB_SYNC -> new LmdbPeer(setup);
            case ROCKSDB -> new RocksPeer(setup);
            case CHRONICLE -> new ChroniclePeer(setup);
            case MVSTORE -> new MvStorePeer(setup);
            case EHCACHE -> new EhcachePeer(setup, false);
            case EHCACHE_DISK -> new EhcachePeer(setup, true);
            case CAFFEINE -> new CaffeinePeer(setup);
            case REDIS -> new RedisPeer(setup);
            case FLOOR -> new FloorPeer(setup);
            case PREAD -> new PreadPeer(setup);
            case PWRITE -> new NewFilePeer(setup, false);
            case FALLOCATE -> new NewFilePeer(setup, true);
            default -> throw new IllegalArgumentException("peer=" + name);
        };
    }

    /** Whether a store can be measured on this machine. */
    public static boolean isAvailable(String name) {
        return !name.equals(REDIS) || RedisServer.isInstalled();
    }

    /** The name of the one file that holds the values of a store; null if others hold them, or parts of them. */
    public static @Nullable String valueFile(String name) {
        return name.startsWith(HEARTH) ? "data" : null;
    }

    /** Whether what a process puts is seen by that process alone. */
    public static boolean isPrivate(String name) {
        return List.of(EHCACHE, EHCACHE_DISK, CAFFEINE, FLOOR, MVSTORE, ROCKSDB).contains(name);
    }
}
