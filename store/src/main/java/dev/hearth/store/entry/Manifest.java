package dev.hearth.store.entry;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;

/**
 * The keys of a group, as the value of an entry has them that is found under the name of the group. Little-endian,
 * unaligned.
 *
 * <pre>
 * offset length
 *      0      8  magic "HEARTHGR"
 *      8      4  format version, 1
 *     12      4  number of keys n, below 2^31
 *     16      8  length of all of this
 *     24      8  bytes of the values of the members when they were committed
 *     32      8  zero
 *     40      …  n keys in the order in which they were put: each u16 length, 1 to 1,024, then its bytes
 * </pre>
 *
 * <p>
 * It has no checksum of its own: like any value it lies in pages that have one. Reading relies on nothing but that the
 * memory stays: what is out of range is refused, and nothing is allocated before the length that was claimed is known
 * to be there. Any thread, as far as the memory allows it.
 */
public final class Manifest {
    /** Bytes in front of the keys. */
    public static final int HEADER_BYTES = 40;
    static final long MAGIC_VALUE = magic();
    static final int FORMAT_VALUE = 1;
    static final int MAGIC = 0;
    static final int FORMAT = MAGIC + 8;
    static final int COUNT = FORMAT + 4;
    static final int LENGTH = COUNT + 4;
    static final int MEMBER_BYTES = LENGTH + 8;
    static final int ZERO = MEMBER_BYTES + 8;
    static final int KEYS = ZERO + 8;
    private static final int MAX_KEY_BYTES = 1_024;
    private static final int MAX_BYTES = Integer.MAX_VALUE - 16;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment value;
    /** Where each key starts, and behind the last one where another would. */
    private final long[] starts;

    private Manifest(MemorySegment value, long[] starts) {
        this.value = value;
        this.starts = starts;
    }

    private static long magic() {
        long magic = 0;
        for (int i = 7; i >= 0; i--) {
            magic = magic << 8 | "HEARTHGR".charAt(i);
        }
        return magic;
    }

    /**
     * The value of a manifest of these keys, whose values have {@code memberBytes} together.
     *
     * @throws IllegalArgumentException if the keys are more than an array can hold
     */
    public static MemorySegment write(List<byte[]> keys, long memberBytes) {
        long lengthBytes = KEYS;
        for (byte[] key : keys) {
            lengthBytes += Short.BYTES + key.length;
        }
        if (lengthBytes > MAX_BYTES) {
            throw new IllegalArgumentException("manifestBytes=" + lengthBytes + " maximum=" + MAX_BYTES);
        }
        MemorySegment value = MemorySegment.ofArray(new byte[Math.toIntExact(lengthBytes)]);
        value.set(LONG, MAGIC, MAGIC_VALUE);
        value.set(INT, FORMAT, FORMAT_VALUE);
        value.set(INT, COUNT, keys.size());
        value.set(LONG, LENGTH, lengthBytes);
        value.set(LONG, MEMBER_BYTES, memberBytes);
        long at = KEYS;
        for (byte[] key : keys) {
            value.set(SHORT, at, (short) key.length);
            MemorySegment.copy(key, 0, value, ValueLayout.JAVA_BYTE, at + Short.BYTES, key.length);
            at += Short.BYTES + key.length;
        }
        return value;
    }

    /**
     * Reads all of a value.
     *
     * @throws IllegalArgumentException if it is no manifest: says what of it is wrong
     */
    public static Manifest read(MemorySegment value) {
        require(value.byteSize() >= KEYS && value.get(LONG, MAGIC) == MAGIC_VALUE, "magic");
        require(value.get(INT, FORMAT) == FORMAT_VALUE, "format version");
        int count = value.get(INT, COUNT);
        require(value.get(LONG, LENGTH) == value.byteSize(), "length");
        require(value.get(LONG, MEMBER_BYTES) >= 0, "bytes of members");
        require(count >= 0 && count <= (value.byteSize() - KEYS) / (Short.BYTES + 1), "number of keys");
        long[] starts = new long[count + 1];
        long at = KEYS;
        for (int i = 0; i < count; i++) {
            require(at + Short.BYTES <= value.byteSize(), "key");
            int keyBytes = Short.toUnsignedInt(value.get(SHORT, at));
            starts[i] = at + Short.BYTES;
            at += Short.BYTES + keyBytes;
            require(keyBytes >= 1 && keyBytes <= MAX_KEY_BYTES && at <= value.byteSize(), "key");
        }
        require(at == value.byteSize(), "bytes behind the keys");
        starts[count] = at + Short.BYTES;
        return new Manifest(value, starts);
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalArgumentException("manifest field=" + what);
        }
    }

    /** How many keys. */
    public int size() {
        return starts.length - 1;
    }

    /** One of the keys, where it lies. */
    public MemorySegment key(int index) {
        Objects.checkIndex(index, size());
        return value.asSlice(starts[index], starts[index + 1] - Short.BYTES - starts[index]);
    }

    /** What the values of the members came to when they were committed. */
    public long memberBytes() {
        return value.get(LONG, MEMBER_BYTES);
    }
}
