package dev.hearth.store.segment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Compares the key of an entry that is stored with another one, where it lies: what a put that replaces an entry has to
 * know, without reading the rest of the header. Any thread; the caller leaves the entry as it is meanwhile, or takes a
 * wrong answer.
 */
public final class StoredKey {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private StoredKey() {}

    /**
     * Whether the header at a place has certainly this key; false also if there is no header, or a damaged one.
     *
     * @param offsetUnits where the extent of the entry starts in its segment
     * @param headerBytes length of its header
     */
    public static boolean isAt(DataFile data, int segment, int offsetUnits, int headerBytes, byte[] key) {
        MemorySegment memory = data.memory();
        long at = data.geometry().start(segment) + Integer.toUnsignedLong(offsetUnits) * Extent.UNIT_BYTES;
        if (segment < 0 || headerBytes < EntryHeaderDescriptor.FIXED_BYTES
                || at > data.geometry().capacityBytes() - headerBytes) {
            return false;
        }
        try {
            int rank = Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, at + EntryHeaderDescriptor.RANK));
            int keyBytes = Short.toUnsignedInt(memory.get(SHORT, at + EntryHeaderDescriptor.KEY_BYTES));
            int from = EntryHeaderDescriptor.FIXED_BYTES + Long.BYTES * rank
                    + Short.toUnsignedInt(memory.get(SHORT, at + EntryHeaderDescriptor.ATTRIBUTES_BYTES));
            return keyBytes == key.length && from + keyBytes <= headerBytes && MemorySegment.mismatch(memory, at + from,
                    at + from + keyBytes, MemorySegment.ofArray(key), 0, keyBytes) < 0;
        } catch (InternalError e) {
            return false; // The file was cut: whoever reads all of the header says so.
        }
    }
}
