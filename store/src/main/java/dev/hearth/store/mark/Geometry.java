package dev.hearth.store.mark;

import dev.hearth.codec.MaskedCrc32c;
import dev.hearth.store.HearthException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What is fixed when a store is created: identity, sizes, and how its numbers are made.
 *
 * <p>
 * It is repeated in the headers of log files and segments, so that a lost mark file can be rebuilt.
 *
 * @param uuid          identity of the store; a copy has the same
 * @param capacityBytes length of the data file: a multiple of the segment size
 * @param segmentBytes  the unit in which space is given out: a power of two from 64 KiB to 1 GiB
 * @param pageBytes     the unit in which values are encoded and read: a power of two from 4 KiB to 1 MiB
 * @param maxEntries    for how many entries the lookup table is made
 * @param slotCount     how many attachments there can be at a time
 * @param holdStripes   over how many counters a process spreads its holds of a segment: a power of two
 * @param digestSeedHi  upper half of the key of the digests
 * @param digestSeedLo  lower half
 * @param compressionId how values are encoded by default; numbered by whoever encodes
 * @param durabilityId  what a commit survives; numbered by whoever commits
 * @param evictionId    which activations give way first; numbered by whoever evicts
 * @param createdAtMs   when it was created, in milliseconds since 1970
 */
public record Geometry(UUID uuid, long capacityBytes, long segmentBytes, int pageBytes, long maxEntries, int slotCount,
        int holdStripes, long digestSeedHi, long digestSeedLo, int compressionId, int durabilityId, int evictionId,
        long createdAtMs) {
    /** Length of the encoded form. */
    public static final int BYTES = GeometryDescriptor.BYTES;
    /** Page size if none is asked for. */
    public static final int DEFAULT_PAGE_BYTES = 64 << 10;
    /** Number of slots if none is asked for. */
    public static final int DEFAULT_SLOT_COUNT = 128;
    /** Number of stripes if none is asked for. */
    public static final int DEFAULT_HOLD_STRIPES = 16;
    /** Two open segments, one to move entries into, and one that can be freed. */
    public static final int FEWEST_SEGMENTS = 4;

    private static final long SMALLEST_SEGMENT_BYTES = 64L << 10;
    private static final long LARGEST_SEGMENT_BYTES = 1L << 30;
    private static final long MOST_SEGMENTS = 1L << 24;
    private static final long MOST_ENTRIES = 1L << 32;
    private static final int MOST_SLOTS = 1024;
    private static final int MOST_STRIPES = 64;

    /** Refuses what no store can have, naming the value. */
    public Geometry {
        checkPower("segmentBytes", segmentBytes, SMALLEST_SEGMENT_BYTES, LARGEST_SEGMENT_BYTES);
        checkPower("pageBytes", pageBytes, 4 << 10, 1 << 20);
        checkRange("segmentBytes (at least two pages)", segmentBytes, 2L * pageBytes, LARGEST_SEGMENT_BYTES);
        checkRange("capacityBytes", capacityBytes, FEWEST_SEGMENTS * segmentBytes, MOST_SEGMENTS * segmentBytes);
        if (capacityBytes % segmentBytes != 0) {
            throw new IllegalArgumentException(
                    "capacityBytes=" + capacityBytes + " is not a multiple of segmentBytes=" + segmentBytes);
        }
        checkRange("maxEntries", maxEntries, 1, MOST_ENTRIES);
        checkRange("slotCount", slotCount, 1, MOST_SLOTS);
        checkPower("holdStripes", holdStripes, 1, MOST_STRIPES);
        checkRange("compressionId", compressionId, 0, 255);
        checkRange("durabilityId", durabilityId, 0, 255);
        checkRange("evictionId", evictionId, 0, 255);
        checkRange("createdAtMs", createdAtMs, 0, Long.MAX_VALUE);
    }

    /** The segment size a store of this capacity has if none is asked for: about 1/512, from 256 KiB to 64 MiB. */
    public static long defaultSegmentBytes(long capacityBytes) {
        return Math.clamp(Long.highestOneBit(capacityBytes / 512), 256L << 10, 64L << 20);
    }

    /** The least capacity, not less than asked for, that is made of whole segments and enough of them. */
    public static long roundCapacity(long capacityBytes, long segmentBytes) {
        checkPower("segmentBytes", segmentBytes, SMALLEST_SEGMENT_BYTES, LARGEST_SEGMENT_BYTES);
        checkRange("capacityBytes", capacityBytes, 1, MOST_SEGMENTS * segmentBytes);
        long segments = (capacityBytes + segmentBytes - 1) / segmentBytes;
        return Math.max(segments, FEWEST_SEGMENTS) * segmentBytes;
    }

    /** Into how many segments the data file is divided. */
    public int segmentCount() {
        return (int) (capacityBytes / segmentBytes);
    }

    /** The encoded form: {@value GeometryDescriptor#BYTES} bytes that carry their own checksum. */
    public byte[] encode() {
        byte[] bytes = new byte[BYTES];
        MemorySegment to = MemorySegment.ofArray(bytes);
        putInt(to, GeometryDescriptor.FORMAT, GeometryDescriptor.FORMAT_VERSION);
        putInt(to, GeometryDescriptor.LENGTH, BYTES);
        putLong(to, GeometryDescriptor.UUID_HI, uuid.getMostSignificantBits());
        putLong(to, GeometryDescriptor.UUID_LO, uuid.getLeastSignificantBits());
        putLong(to, GeometryDescriptor.CAPACITY_BYTES, capacityBytes);
        putLong(to, GeometryDescriptor.SEGMENT_BYTES, segmentBytes);
        putLong(to, GeometryDescriptor.MAX_ENTRIES, maxEntries);
        putInt(to, GeometryDescriptor.PAGE_BYTES, pageBytes);
        putInt(to, GeometryDescriptor.SLOT_COUNT, slotCount);
        putInt(to, GeometryDescriptor.HOLD_STRIPES, holdStripes);
        putInt(to, GeometryDescriptor.COMPRESSION_ID, compressionId);
        putInt(to, GeometryDescriptor.DURABILITY_ID, durabilityId);
        putInt(to, GeometryDescriptor.EVICTION_ID, evictionId);
        putLong(to, GeometryDescriptor.SEED_HI, digestSeedHi);
        putLong(to, GeometryDescriptor.SEED_LO, digestSeedLo);
        putLong(to, GeometryDescriptor.CREATED_AT_MS, createdAtMs);
        putInt(to, GeometryDescriptor.CRC, crc(bytes));
        return bytes;
    }

    /**
     * Reads the encoded form out of {@code file}, where it starts at {@code offsetBytes}.
     *
     * @throws HearthException.Incompatible if it is of another format
     * @throws HearthException.Corrupt      if it is not what was written, or not a geometry a store can have
     */
    public static Geometry decode(byte[] bytes, Path file, long offsetBytes) {
        if (bytes.length < BYTES) {
            throw new HearthException.Corrupt("geometry", file, offsetBytes, BYTES + " bytes", bytes.length + " bytes");
        }
        MemorySegment from = MemorySegment.ofArray(bytes);
        int format = getInt(from, GeometryDescriptor.FORMAT);
        if (format != GeometryDescriptor.FORMAT_VERSION && format != 0) {
            throw new HearthException.Incompatible(file, format, GeometryDescriptor.FORMAT_VERSION);
        }
        int crc = crc(bytes);
        if (format == 0 || getInt(from, GeometryDescriptor.CRC) != crc) {
            throw new HearthException.Corrupt("geometry", file, offsetBytes, "crc " + Integer.toHexString(crc),
                    "crc " + Integer.toHexString(getInt(from, GeometryDescriptor.CRC)));
        }
        try {
            return read(from);
        } catch (IllegalArgumentException e) {
            throw new HearthException.Corrupt("geometry", file, offsetBytes, "a possible geometry", e.toString());
        }
    }

    private static Geometry read(MemorySegment from) {
        UUID uuid = new UUID(getLong(from, GeometryDescriptor.UUID_HI), getLong(from, GeometryDescriptor.UUID_LO));
        return new Geometry(uuid, getLong(from, GeometryDescriptor.CAPACITY_BYTES),
                getLong(from, GeometryDescriptor.SEGMENT_BYTES), getInt(from, GeometryDescriptor.PAGE_BYTES),
                getLong(from, GeometryDescriptor.MAX_ENTRIES), getInt(from, GeometryDescriptor.SLOT_COUNT),
                getInt(from, GeometryDescriptor.HOLD_STRIPES), getLong(from, GeometryDescriptor.SEED_HI),
                getLong(from, GeometryDescriptor.SEED_LO), getInt(from, GeometryDescriptor.COMPRESSION_ID),
                getInt(from, GeometryDescriptor.DURABILITY_ID), getInt(from, GeometryDescriptor.EVICTION_ID),
                getLong(from, GeometryDescriptor.CREATED_AT_MS));
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(Arrays.copyOf(bytes, GeometryDescriptor.CRC));
        return MaskedCrc32c.mask((int) crc.getValue());
    }

    private static void putLong(MemorySegment to, int offset, long value) {
        to.set(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(Words.LONG.order()), offset, value);
    }

    private static long getLong(MemorySegment from, int offset) {
        return from.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(Words.LONG.order()), offset);
    }

    private static void putInt(MemorySegment to, int offset, int value) {
        to.set(ValueLayout.JAVA_INT_UNALIGNED.withOrder(Words.LONG.order()), offset, value);
    }

    private static int getInt(MemorySegment from, int offset) {
        return from.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(Words.LONG.order()), offset);
    }

    private static void checkRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + "=" + value + " is not in " + least + ".." + most);
        }
    }

    private static void checkPower(String name, long value, long least, long most) {
        checkRange(name, value, least, most);
        if (Long.bitCount(value) != 1) {
            throw new IllegalArgumentException(name + "=" + value + " is not a power of two");
        }
    }
}
