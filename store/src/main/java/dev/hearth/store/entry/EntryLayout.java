package dev.hearth.store.entry;

import dev.hearth.codec.MaskedCrc32c;
import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of an {@link EntryDescriptor} in log records, checkpoints and the persistent index. Little-endian,
 * unaligned.
 *
 * <pre>
 * offset length
 *      0      8  digestHi
 *      8      8  digestLo
 *     16      8  version
 *     24      8  generation
 *     32      4  segment
 *     36      4  namespace
 *     40      4  offsetUnits      units of 64 bytes
 *     44      4  directoryIndex
 *     48      4  extentUnits      units of 64 bytes
 *     52      2  headerBytes
 *     54      2  flags            1 contiguous, 2 has expiry, 4 batch member, 8 continues another, 16 manifest
 *     56      8  logicalBytes
 *     64      4  headerCrc        CRC32C of the entry header
 *     68      1  kind             1 parameter, 2 activation
 *     69      1  storage          1 in place, 2 compact
 *     70      1  dtype
 *     71      5  zero
 *     76      4  masked CRC32C of bytes 0 to 75
 * </pre>
 *
 * <p>
 * Masked ({@link MaskedCrc32c}), because records of the log and blocks of checkpoints have a CRC32C of their own, which
 * would not tell one whole descriptor from another.
 */
public final class EntryLayout {
    /** Bytes of a descriptor. */
    public static final int BYTES = 80;
    static final int DIGEST_HI = 0;
    static final int DIGEST_LO = DIGEST_HI + 8;
    static final int VERSION = DIGEST_LO + 8;
    static final int GENERATION = VERSION + 8;
    static final int SEGMENT = GENERATION + 8;
    static final int NAMESPACE = SEGMENT + 4;
    static final int OFFSET_UNITS = NAMESPACE + 4;
    static final int DIRECTORY_INDEX = OFFSET_UNITS + 4;
    static final int EXTENT_UNITS = DIRECTORY_INDEX + 4;
    static final int HEADER_BYTES = EXTENT_UNITS + 4;
    static final int FLAGS = HEADER_BYTES + 2;
    static final int LOGICAL_BYTES = FLAGS + 2;
    static final int HEADER_CRC = LOGICAL_BYTES + 8;
    static final int KIND = HEADER_CRC + 4;
    static final int STORAGE = KIND + 1;
    static final int DTYPE = STORAGE + 1;
    static final int ZERO = DTYPE + 1;
    static final int CRC = ZERO + 5;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** Takes encoded descriptors. */
    @FunctionalInterface
    public interface Sink {
        /** Takes the one at {@code offset} of private memory, which is good until this returns. */
        void accept(MemorySegment memory, long offset);
    }

    /** Has encoded descriptors. */
    @FunctionalInterface
    public interface Source {
        /** Hands over each. */
        void forEach(Sink sink);
    }

    private EntryLayout() {}

    /** Writes {@code entry} with its checksum at {@code offset} of private memory. */
    public static void write(EntryDescriptor entry, MemorySegment target, long offset) {
        target.set(LONG, offset + DIGEST_HI, entry.digestHi());
        target.set(LONG, offset + DIGEST_LO, entry.digestLo());
        target.set(LONG, offset + VERSION, entry.version());
        target.set(LONG, offset + GENERATION, entry.generation());
        target.set(INT, offset + SEGMENT, entry.segment());
        target.set(INT, offset + NAMESPACE, entry.namespace());
        target.set(INT, offset + OFFSET_UNITS, entry.offsetUnits());
        target.set(INT, offset + DIRECTORY_INDEX, entry.directoryIndex());
        target.set(INT, offset + EXTENT_UNITS, entry.extentUnits());
        target.set(SHORT, offset + HEADER_BYTES, (short) entry.headerBytes());
        target.set(SHORT, offset + FLAGS, (short) entry.flags());
        target.set(LONG, offset + LOGICAL_BYTES, entry.logicalBytes());
        target.set(INT, offset + HEADER_CRC, entry.headerCrc());
        target.set(BYTE, offset + KIND, (byte) entry.kind().id());
        target.set(BYTE, offset + STORAGE, (byte) entry.storage().id());
        target.set(BYTE, offset + DTYPE, (byte) entry.dtypeId());
        target.asSlice(offset + ZERO, CRC - ZERO).fill((byte) 0);
        target.set(INT, offset + CRC, crc(target, offset));
    }

    /** Whether the checksum of the descriptor at {@code offset} of private memory is right and its fields in range. */
    public static boolean isValid(MemorySegment source, long offset) {
        int kind = source.get(BYTE, offset + KIND);
        int storage = source.get(BYTE, offset + STORAGE);
        return source.get(INT, offset + CRC) == crc(source, offset) && (kind == 1 || kind == 2)
                && (storage == 1 || storage == 2) && source.get(INT, offset + SEGMENT) >= 0
                && source.get(INT, offset + NAMESPACE) >= 0 && source.get(INT, offset + DIRECTORY_INDEX) >= 0
                && source.get(LONG, offset + LOGICAL_BYTES) >= 0;
    }

    /** Reads the descriptor at {@code offset}; call {@link #isValid} first. */
    public static EntryDescriptor read(MemorySegment source, long offset) {
        return new EntryDescriptor(source.get(LONG, offset + DIGEST_HI), source.get(LONG, offset + DIGEST_LO),
                source.get(LONG, offset + VERSION), source.get(LONG, offset + GENERATION),
                source.get(INT, offset + SEGMENT), source.get(INT, offset + NAMESPACE),
                source.get(INT, offset + OFFSET_UNITS), source.get(INT, offset + DIRECTORY_INDEX),
                source.get(INT, offset + EXTENT_UNITS), Short.toUnsignedInt(source.get(SHORT, offset + HEADER_BYTES)),
                Short.toUnsignedInt(source.get(SHORT, offset + FLAGS)), source.get(LONG, offset + LOGICAL_BYTES),
                source.get(INT, offset + HEADER_CRC), Kind.byId(source.get(BYTE, offset + KIND)),
                Storage.byId(source.get(BYTE, offset + STORAGE)),
                Byte.toUnsignedInt(source.get(BYTE, offset + DTYPE)));
    }

    /** Upper half of the digest of the descriptor at {@code offset}. */
    public static long digestHi(MemorySegment source, long offset) {
        return source.get(LONG, offset + DIGEST_HI);
    }

    /** Lower half of it. */
    public static long digestLo(MemorySegment source, long offset) {
        return source.get(LONG, offset + DIGEST_LO);
    }

    /** Its version. */
    public static long version(MemorySegment source, long offset) {
        return source.get(LONG, offset + VERSION);
    }

    /** Generation of its segment. */
    public static long generation(MemorySegment source, long offset) {
        return source.get(LONG, offset + GENERATION);
    }

    /** Its segment in the lower half, its namespace in the upper. */
    public static long segmentAndNamespace(MemorySegment source, long offset) {
        return source.get(LONG, offset + SEGMENT);
    }

    /** Start of its extent, in units. */
    public static int offsetUnits(MemorySegment source, long offset) {
        return source.get(INT, offset + OFFSET_UNITS);
    }

    /** Length of its extent, in units. */
    public static int extentUnits(MemorySegment source, long offset) {
        return source.get(INT, offset + EXTENT_UNITS);
    }

    /** Length of its value. */
    public static long logicalBytes(MemorySegment source, long offset) {
        return source.get(LONG, offset + LOGICAL_BYTES);
    }

    /** Checksum of its header. */
    public static int headerCrc(MemorySegment source, long offset) {
        return source.get(INT, offset + HEADER_CRC);
    }

    /** Length of its header. */
    public static int headerBytes(MemorySegment source, long offset) {
        return Short.toUnsignedInt(source.get(SHORT, offset + HEADER_BYTES));
    }

    /** Its flags. */
    public static int flags(MemorySegment source, long offset) {
        return Short.toUnsignedInt(source.get(SHORT, offset + FLAGS));
    }

    /** Number of its kind. */
    public static int kindId(MemorySegment source, long offset) {
        return source.get(BYTE, offset + KIND);
    }

    /** Number of how it is stored. */
    public static int storageId(MemorySegment source, long offset) {
        return source.get(BYTE, offset + STORAGE);
    }

    private static int crc(MemorySegment memory, long offset) {
        CRC32C crc = new CRC32C();
        crc.update(memory.asSlice(offset, CRC).asByteBuffer());
        return MaskedCrc32c.mask((int) crc.getValue());
    }
}
