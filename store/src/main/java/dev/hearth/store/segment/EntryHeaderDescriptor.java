package dev.hearth.store.segment;

import dev.hearth.codec.Crc32c;
import dev.hearth.codec.DType;
import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of an {@link EntryHeader} at the start of an extent. Little-endian; 8-byte aligned.
 *
 * <pre>
 * offset length
 *      0      4  magic "HENT"
 *      4      2  format version, 2
 *      6      2  length of the header in bytes, a multiple of 8: all of this table
 *      8     16  digest, upper half first
 *     24      8  generation of the segment
 *     32      4  segment
 *     36      4  namespace
 *     40      4  offset of the extent in the segment, units of 64 bytes
 *     44      4  length of the extent, units of 64 bytes
 *     48      8  length of the value
 *     56      8  offset of the first page from the start of the extent
 *     64      8  expiry time, ms since 1970; 0 never
 *     72      8  recompute cost, ns; 0 unknown
 *     80      4  page size
 *     84      1  kind
 *     85      1  storage
 *     86      1  dtype
 *     87      1  rank
 *     88      1  priority
 *     89      1  number of attributes
 *     90      2  flags, as in the entry descriptor
 *     92      2  length of the key
 *     94      2  length of the attributes
 *     96      4  CRC32C of the header with these four bytes zero
 *    100      4  zero
 *    104     16  digest of the entry that this one continues, upper half first; zero if it continues none
 *    120  8 * r  shape, outermost dimension first
 *      …      …  attributes: each u8 length of the name, name, u16 length of the value, value
 *      …      …  key
 *      …      …  zero up to the length of the header
 * </pre>
 */
public final class EntryHeaderDescriptor {
    /** Format version of entry headers. */
    public static final int FORMAT = 2;
    static final int MAGIC_VALUE = 'H' | 'E' << 8 | 'N' << 16 | 'T' << 24;
    static final int MAGIC = 0;
    static final int FORMAT_VERSION = MAGIC + 4;
    static final int HEADER_BYTES = FORMAT_VERSION + 2;
    static final int DIGEST_HI = HEADER_BYTES + 2;
    static final int DIGEST_LO = DIGEST_HI + 8;
    static final int GENERATION = DIGEST_LO + 8;
    static final int SEGMENT = GENERATION + 8;
    static final int NAMESPACE = SEGMENT + 4;
    static final int OFFSET_UNITS = NAMESPACE + 4;
    static final int EXTENT_UNITS = OFFSET_UNITS + 4;
    static final int LOGICAL_BYTES = EXTENT_UNITS + 4;
    static final int DATA_OFFSET = LOGICAL_BYTES + 8;
    static final int EXPIRES_AT = DATA_OFFSET + 8;
    static final int RECOMPUTE_COST = EXPIRES_AT + 8;
    static final int PAGE_BYTES = RECOMPUTE_COST + 8;
    static final int KIND = PAGE_BYTES + 4;
    static final int STORAGE = KIND + 1;
    static final int DTYPE = STORAGE + 1;
    static final int RANK = DTYPE + 1;
    static final int PRIORITY = RANK + 1;
    static final int ATTRIBUTE_COUNT = PRIORITY + 1;
    static final int FLAGS = ATTRIBUTE_COUNT + 1;
    static final int KEY_BYTES = FLAGS + 2;
    static final int ATTRIBUTES_BYTES = KEY_BYTES + 2;
    static final int CRC = ATTRIBUTES_BYTES + 2;
    static final int ZERO = CRC + 4;
    static final int PARENT_HI = ZERO + 4;
    static final int PARENT_LO = PARENT_HI + 8;
    static final int SHAPE = PARENT_LO + 8;
    /** Bytes of a header without shape, attributes and key. */
    public static final int FIXED_BYTES = SHAPE;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private EntryHeaderDescriptor() {}

    /** Length of the header of an entry, a multiple of 8. */
    public static int headerBytes(int rank, Map<String, String> attributes, long keyBytes) {
        return Math.toIntExact((SHAPE + 8L * rank + attributesBytes(attributes) + keyBytes + 7) & -8L);
    }

    private static int attributesBytes(Map<String, String> attributes) {
        int bytes = 0;
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            bytes += 3 + utf8(attribute.getKey()).length + utf8(attribute.getValue()).length;
        }
        return bytes;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Writes a header at {@code at} of private memory and returns its checksum. */
    public static int write(EntryHeader header, MemorySegment target, long at, Crc32c crc) {
        int rank = header.spec().shape().size();
        int headerBytes = headerBytes(rank, header.attributes(), header.key().length);
        MemorySegment out = target.asSlice(at, headerBytes);
        out.fill((byte) 0);
        writeFixed(header, out, headerBytes);
        for (int i = 0; i < rank; i++) {
            out.set(LONG, SHAPE + 8L * i, header.spec().shape().get(i));
        }
        int position = writeAttributes(header.attributes(), out, SHAPE + 8 * rank);
        MemorySegment.copy(header.key(), 0, out, BYTE, position, header.key().length);
        int checksum = crc.of(out, 0, headerBytes);
        out.set(INT, CRC, checksum);
        return checksum;
    }

    private static void writeFixed(EntryHeader header, MemorySegment out, int headerBytes) {
        out.set(INT, MAGIC, MAGIC_VALUE);
        out.set(SHORT, FORMAT_VERSION, (short) FORMAT);
        out.set(SHORT, HEADER_BYTES, (short) headerBytes);
        out.set(LONG, DIGEST_HI, header.digestHi());
        out.set(LONG, DIGEST_LO, header.digestLo());
        out.set(LONG, GENERATION, header.generation());
        out.set(INT, SEGMENT, header.segment());
        out.set(INT, NAMESPACE, header.namespace());
        out.set(INT, OFFSET_UNITS, header.offsetUnits());
        out.set(INT, EXTENT_UNITS, header.extentUnits());
        out.set(LONG, LOGICAL_BYTES, header.logicalBytes());
        out.set(LONG, DATA_OFFSET, header.dataOffsetBytes());
        out.set(LONG, EXPIRES_AT, header.expiresAtMs());
        out.set(LONG, RECOMPUTE_COST, header.recomputeCostNs());
        out.set(INT, PAGE_BYTES, header.pageBytes());
        out.set(BYTE, KIND, (byte) header.kind().id());
        out.set(BYTE, STORAGE, (byte) header.storage().id());
        out.set(BYTE, DTYPE, (byte) header.spec().dtype().id());
        out.set(BYTE, RANK, (byte) header.spec().shape().size());
        out.set(BYTE, PRIORITY, (byte) header.priority());
        out.set(BYTE, ATTRIBUTE_COUNT, (byte) header.attributes().size());
        out.set(LONG, PARENT_HI, header.parentHi());
        out.set(LONG, PARENT_LO, header.parentLo());
        out.set(SHORT, FLAGS, (short) header.flags());
        out.set(SHORT, KEY_BYTES, (short) header.key().length);
        out.set(SHORT, ATTRIBUTES_BYTES, (short) attributesBytes(header.attributes()));
    }

    private static int writeAttributes(Map<String, String> attributes, MemorySegment out, int start) {
        int position = start;
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            byte[] name = utf8(attribute.getKey());
            byte[] value = utf8(attribute.getValue());
            out.set(BYTE, position, (byte) name.length);
            MemorySegment.copy(name, 0, out, BYTE, position + 1, name.length);
            out.set(SHORT, position + 1 + name.length, (short) value.length);
            MemorySegment.copy(value, 0, out, BYTE, position + 3 + name.length, value.length);
            position += 3 + name.length + value.length;
        }
        return position;
    }

    /**
     * Checksum of the header of {@code headerBytes} at the start of private memory; the memory is as before afterwards.
     */
    static int checksum(MemorySegment header, int headerBytes, Crc32c crc) {
        int stored = header.get(INT, CRC);
        header.set(INT, CRC, 0);
        int checksum = crc.of(header, 0, headerBytes);
        header.set(INT, CRC, stored);
        return checksum;
    }

    /** The checksum that the header says it has. */
    static int storedChecksum(MemorySegment header) {
        return header.get(INT, CRC);
    }

    /** Upper half of the digest in a header whose checksum is right. */
    static long digestHi(MemorySegment header) {
        return header.get(LONG, DIGEST_HI);
    }

    /** Lower half of it. */
    static long digestLo(MemorySegment header) {
        return header.get(LONG, DIGEST_LO);
    }

    /** The expiry time of a header whose checksum is right. */
    static long expiresAtMs(MemorySegment header) {
        return header.get(LONG, EXPIRES_AT);
    }

    /**
     * Reads a header whose checksum is right, from private memory of exactly its length.
     *
     * @throws IllegalArgumentException if a field is out of range: says which
     */
    public static EntryHeader read(MemorySegment in) {
        int headerBytes = Math.toIntExact(in.byteSize());
        require(in.get(INT, MAGIC) == MAGIC_VALUE, "magic");
        require(Short.toUnsignedInt(in.get(SHORT, FORMAT_VERSION)) == FORMAT, "format version");
        require(Short.toUnsignedInt(in.get(SHORT, HEADER_BYTES)) == headerBytes, "header length");
        int rank = Byte.toUnsignedInt(in.get(BYTE, RANK));
        int keyBytes = Short.toUnsignedInt(in.get(SHORT, KEY_BYTES));
        int attributesBytes = Short.toUnsignedInt(in.get(SHORT, ATTRIBUTES_BYTES));
        require(rank <= TensorSpec.MAX_RANK, "rank");
        require(((SHAPE + 8 * rank + attributesBytes + keyBytes + 7) & -8) == headerBytes, "lengths");
        byte[] key = new byte[keyBytes];
        MemorySegment.copy(in, BYTE, SHAPE + 8L * rank + attributesBytes, key, 0, keyBytes);
        return new EntryHeader(in.get(LONG, DIGEST_HI), in.get(LONG, DIGEST_LO), in.get(LONG, GENERATION),
                in.get(INT, SEGMENT), in.get(INT, NAMESPACE), in.get(INT, OFFSET_UNITS), in.get(INT, EXTENT_UNITS),
                in.get(INT, PAGE_BYTES), in.get(LONG, LOGICAL_BYTES), in.get(LONG, DATA_OFFSET),
                in.get(LONG, EXPIRES_AT), in.get(LONG, RECOMPUTE_COST), Byte.toUnsignedInt(in.get(BYTE, PRIORITY)),
                Kind.byId(in.get(BYTE, KIND)), Storage.byId(in.get(BYTE, STORAGE)),
                Short.toUnsignedInt(in.get(SHORT, FLAGS)), readSpec(in, rank),
                readAttributes(in, SHAPE + 8 * rank, attributesBytes), in.get(LONG, PARENT_HI), in.get(LONG, PARENT_LO),
                key);
    }

    private static TensorSpec readSpec(MemorySegment in, int rank) {
        List<Long> shape = new ArrayList<>(rank);
        for (int i = 0; i < rank; i++) {
            shape.add(in.get(LONG, SHAPE + 8L * i));
        }
        return new TensorSpec(DType.byId(Byte.toUnsignedInt(in.get(BYTE, DTYPE))), shape);
    }

    private static Map<String, String> readAttributes(MemorySegment in, int start, int lengthBytes) {
        int count = Byte.toUnsignedInt(in.get(BYTE, ATTRIBUTE_COUNT));
        if (count == 0 && lengthBytes == 0) {
            return Map.of();
        }
        Map<String, String> attributes = new TreeMap<>();
        int position = start;
        int end = start + lengthBytes;
        for (int i = 0; i < count; i++) {
            require(position + 1 <= end, "attributes");
            int nameBytes = Byte.toUnsignedInt(in.get(BYTE, position));
            require(position + 3 + nameBytes <= end, "attributes");
            String name = text(in, position + 1, nameBytes);
            int valueBytes = Short.toUnsignedInt(in.get(SHORT, position + 1 + nameBytes));
            require(position + 3 + nameBytes + valueBytes <= end, "attributes");
            attributes.put(name, text(in, position + 3 + nameBytes, valueBytes));
            position += 3 + nameBytes + valueBytes;
        }
        require(position == end, "attributes");
        return attributes;
    }

    private static String text(MemorySegment in, int position, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        MemorySegment.copy(in, BYTE, position, bytes, 0, lengthBytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void require(boolean condition, String field) {
        if (!condition) {
            throw new IllegalArgumentException("entry header field=" + field);
        }
    }
}
