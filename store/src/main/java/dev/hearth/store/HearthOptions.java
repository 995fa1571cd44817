package dev.hearth.store;

import dev.hearth.codec.Compression;

/**
 * How a store is opened, and what it is like if that creates it. The sizes are fixed at creation: attaching to an
 * existing store takes them from there, and they are not compared.
 *
 * @param access        whether the store may be created, and written to
 * @param capacityBytes size of the data file; a multiple of the segment size
 * @param segmentBytes  unit of giving out and taking back space, a power of two; 0 for capacity / 512, from 256 KiB to
 * 64 MiB
 * @param pageBytes     unit of encoding, checksum and loading; a power of two from 4 KiB to 1 MiB
 * @param maxEntries    the most entries; 0 for one per 64 KiB of capacity, from 65,536
 * @param durability    what an acknowledged put survives; fixed at creation
 * @param compression   level for compact values that do not ask for another
 * @param lockTimeoutMs how long a writer waits for the writer lock before {@code HearthException.Busy}
 * @param eviction      which activations go first when room is needed; fixed at creation
 * @param frameBytes    memory for decoded pages, shared by all processes; 0 for an eighth of the capacity, from 16
 * MiB to 1 GiB. Whoever attaches first after everybody left decides
 * @param trackLeases   whether to record where leases were taken and to report those that were never closed; costs a
 * stack trace for each
 * @param syncIntervalMs how often this attachment sees to it that a store of durability {@code INTERVAL} is synced; if
 * several are attached, the shortest counts
 */
public record HearthOptions(Access access, long capacityBytes, long segmentBytes, int pageBytes, long maxEntries,
        Durability durability, Compression compression, long lockTimeoutMs, Eviction eviction, long frameBytes,
        boolean trackLeases, long syncIntervalMs) {
    /** Smallest and largest page. */
    public static final int MIN_PAGE_BYTES = 4 << 10;
    /** Largest page. */
    public static final int MAX_PAGE_BYTES = 1 << 20;
    /** Smallest segment. */
    public static final long MIN_SEGMENT_BYTES = 256 << 10;
    /** Largest segment. */
    public static final long MAX_SEGMENT_BYTES = 64 << 20;
    /** Most segments of a store. */
    public static final long MAX_SEGMENTS = 1 << 20;
    /** Least memory for decoded pages. */
    public static final long MIN_FRAME_BYTES = 1 << 20;
    /** Most memory for decoded pages. */
    public static final long MAX_FRAME_BYTES = 1L << 40;
    /** Longest interval between two syncs: an hour. */
    public static final long MAX_SYNC_INTERVAL_MS = 3_600_000;
    /** Most entries of a store. */
    public static final long MAX_ENTRIES = 1L << 30;

    /** What an attachment may do. */
    public enum Access {
        /** Read and write; create the store if there is none. */
        CREATE,
        /** Read and write an existing store. */
        ATTACH,
        /** Read an existing store and write nothing at all, not even a process slot. */
        READ_ONLY
    }

    /**
     * Checks every option by itself and all together.
     *
     * @throws IllegalArgumentException names the option, its value and its limits
     */
    public HearthOptions {
        require(syncIntervalMs >= 1 && syncIntervalMs <= MAX_SYNC_INTERVAL_MS,
                "syncIntervalMs=" + syncIntervalMs + " must be from 1 to " + MAX_SYNC_INTERVAL_MS);
        require(lockTimeoutMs >= 0, "lockTimeoutMs=" + lockTimeoutMs);
        require(frameBytes == 0 || (frameBytes >= MIN_FRAME_BYTES && frameBytes <= MAX_FRAME_BYTES),
                "frameBytes=" + frameBytes + " must be from " + MIN_FRAME_BYTES + " to " + MAX_FRAME_BYTES);
        require(pageBytes >= MIN_PAGE_BYTES && pageBytes <= MAX_PAGE_BYTES && Integer.bitCount(pageBytes) == 1,
                "pageBytes=" + pageBytes + " must be a power of two from " + MIN_PAGE_BYTES + " to " + MAX_PAGE_BYTES);
        require(capacityBytes >= 4 * MIN_SEGMENT_BYTES && capacityBytes <= 1L << 46,
                "capacityBytes=" + capacityBytes + " must be from " + 4 * MIN_SEGMENT_BYTES + " to " + (1L << 46));
        long segment = segmentBytes == 0 ? defaultSegmentBytes(capacityBytes, pageBytes) : segmentBytes;
        require(segment >= MIN_SEGMENT_BYTES && segment <= MAX_SEGMENT_BYTES && Long.bitCount(segment) == 1,
                "segmentBytes=" + segment + " must be a power of two from " + MIN_SEGMENT_BYTES + " to "
                        + MAX_SEGMENT_BYTES);
        require(segment >= 2L * pageBytes,
                "segmentBytes=" + segment + " must be at least two pages, pageBytes=" + pageBytes);
        require(capacityBytes / segment >= 4 && capacityBytes / segment <= MAX_SEGMENTS, "capacityBytes="
                + capacityBytes + " must be from 4 to " + MAX_SEGMENTS + " segments, segmentBytes=" + segment);
        require(maxEntries == 0 || (maxEntries >= 16 && maxEntries <= MAX_ENTRIES),
                "maxEntries=" + maxEntries + " must be from 16 to " + MAX_ENTRIES);
    }

    /** Size of the data file: whole segments. */
    @Override
    public long capacityBytes() {
        return Math.floorDiv(capacityBytes, segmentBytes()) * segmentBytes();
    }

    /** Segment size, the one that fits the capacity if none was asked for. */
    @Override
    public long segmentBytes() {
        return segmentBytes == 0 ? defaultSegmentBytes(capacityBytes, pageBytes) : segmentBytes;
    }

    /** The most entries, the number that fits the capacity if none was asked for. */
    @Override
    public long maxEntries() {
        return maxEntries == 0 ? Math.clamp(capacityBytes >> 16, 65_536, MAX_ENTRIES) : maxEntries;
    }

    /** Memory for decoded pages, the amount that fits the capacity if none was asked for. */
    @Override
    public long frameBytes() {
        return frameBytes == 0 ? Math.clamp(capacityBytes / 8, 16L << 20, 1L << 30) : frameBytes;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private static long defaultSegmentBytes(long capacityBytes, int pageBytes) {
        long target = Math.clamp(Long.highestOneBit(Math.max(1, capacityBytes / 512)), MIN_SEGMENT_BYTES,
                MAX_SEGMENT_BYTES);
        return Math.max(target, 2L * pageBytes);
    }

    /** A store of 16 GiB with pages of 64 KiB, created if there is none. */
    public static HearthOptions defaults() {
        return new HearthOptions(Access.CREATE, 16L << 30, 0, 64 << 10, 0, Durability.PROCESS, Compression.BALANCED,
                10_000, Eviction.CLOCK, 0, false, 1_000);
    }

    /** These options with another access. */
    public HearthOptions access(Access newAccess) {
        return new HearthOptions(newAccess, capacityBytes, segmentBytes, pageBytes, maxEntries, durability,
                compression, lockTimeoutMs, eviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with another capacity. */
    public HearthOptions capacityBytes(long newCapacityBytes) {
        return new HearthOptions(access, newCapacityBytes, segmentBytes, pageBytes, maxEntries, durability,
                compression, lockTimeoutMs, eviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with another segment size. */
    public HearthOptions segmentBytes(long newSegmentBytes) {
        return new HearthOptions(access, capacityBytes, newSegmentBytes, pageBytes, maxEntries, durability,
                compression, lockTimeoutMs, eviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with another page size. */
    public HearthOptions pageBytes(int newPageBytes) {
        return new HearthOptions(access, capacityBytes, segmentBytes, newPageBytes, maxEntries, durability,
                compression, lockTimeoutMs, eviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with room for another number of entries. */
    public HearthOptions maxEntries(long newMaxEntries) {
        return new HearthOptions(access, capacityBytes, segmentBytes, pageBytes, newMaxEntries, durability,
                compression, lockTimeoutMs, eviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with another durability. */
    public HearthOptions durability(Durability newDurability) {
        return new HearthOptions(access, capacityBytes, segmentBytes, pageBytes, maxEntries, newDurability,
                compression, lockTimeoutMs, eviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with another default level of compression. */
    public HearthOptions compression(Compression newCompression) {
        return new HearthOptions(access, capacityBytes, segmentBytes, pageBytes, maxEntries, durability,
                newCompression, lockTimeoutMs, eviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with another limit of waiting for the writer lock. */
    public HearthOptions lockTimeoutMs(long newLockTimeoutMs) {
        return new HearthOptions(access, capacityBytes, segmentBytes, pageBytes, maxEntries, durability,
                compression, newLockTimeoutMs, eviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with another order of eviction. */
    public HearthOptions eviction(Eviction newEviction) {
        return new HearthOptions(access, capacityBytes, segmentBytes, pageBytes, maxEntries, durability,
                compression, lockTimeoutMs, newEviction, frameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with another amount of memory for decoded pages. */
    public HearthOptions frameBytes(long newFrameBytes) {
        return new HearthOptions(access, capacityBytes, segmentBytes, pageBytes, maxEntries, durability,
                compression, lockTimeoutMs, eviction, newFrameBytes, trackLeases, syncIntervalMs);
    }

    /** These options with leases tracked, or not. */
    public HearthOptions trackLeases(boolean newTrackLeases) {
        return new HearthOptions(access, capacityBytes, segmentBytes, pageBytes, maxEntries, durability,
                compression, lockTimeoutMs, eviction, frameBytes, newTrackLeases, syncIntervalMs);
    }

    /** These options with another interval between syncs. */
    public HearthOptions syncIntervalMs(long newSyncIntervalMs) {
        return new HearthOptions(access, capacityBytes, segmentBytes, pageBytes, maxEntries, durability,
                compression, lockTimeoutMs, eviction, frameBytes, trackLeases, newSyncIntervalMs);
    }
}
