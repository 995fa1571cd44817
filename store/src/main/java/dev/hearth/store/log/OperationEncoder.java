package dev.hearth.store.log;

import static dev.hearth.store.log.OperationDescriptor.ARGUMENT_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.DEFINE_NAMESPACE;
import static dev.hearth.store.log.OperationDescriptor.DIGEST_HI_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.DIGEST_LO_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.END_NAMESPACE;
import static dev.hearth.store.log.OperationDescriptor.ENTRY_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.EVICT;
import static dev.hearth.store.log.OperationDescriptor.EVICT_BYTES;
import static dev.hearth.store.log.OperationDescriptor.FINGERPRINT_BYTES_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.GENERATION_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.HEADER_BYTES;
import static dev.hearth.store.log.OperationDescriptor.LENGTH_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.MAX_TEXT_BYTES;
import static dev.hearth.store.log.OperationDescriptor.NAME_BYTES_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.PUT;
import static dev.hearth.store.log.OperationDescriptor.PUT_KEY_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.RELEASE_BYTES;
import static dev.hearth.store.log.OperationDescriptor.RELEASE_SEGMENT;
import static dev.hearth.store.log.OperationDescriptor.RELOCATE;
import static dev.hearth.store.log.OperationDescriptor.RELOCATE_BYTES;
import static dev.hearth.store.log.OperationDescriptor.REMOVE;
import static dev.hearth.store.log.OperationDescriptor.REMOVE_KEY_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.REMOVE_NAMESPACE_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.REVISION_BYTES_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.SYNC_MARK;
import static dev.hearth.store.log.OperationDescriptor.TEXT_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.TYPE_OFFSET;
import static dev.hearth.store.log.OperationDescriptor.defineBytes;
import static dev.hearth.store.log.OperationDescriptor.putBytes;
import static dev.hearth.store.log.OperationDescriptor.removeBytes;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Writes operations as bytes; every method returns the bytes written, which the caller has made room for. */
final class OperationEncoder {
    private OperationEncoder() {}

    static int put(MemorySegment target, long offset, EntryDescriptor entry, MemorySegment key) {
        int keyBytes = (int) key.byteSize();
        int lengthBytes = putBytes(keyBytes);
        header(target, offset, PUT, lengthBytes, keyBytes);
        EntryLayout.write(entry, target, offset + ENTRY_OFFSET);
        copyPadded(key, target, offset + PUT_KEY_OFFSET, offset + lengthBytes);
        return lengthBytes;
    }

    static int remove(MemorySegment target, long offset, long digestHi, long digestLo, int namespace,
            MemorySegment key) {
        int keyBytes = (int) key.byteSize();
        int lengthBytes = removeBytes(keyBytes);
        header(target, offset, REMOVE, lengthBytes, keyBytes);
        target.set(Bytes.LONG, offset + DIGEST_HI_OFFSET, digestHi);
        target.set(Bytes.LONG, offset + DIGEST_LO_OFFSET, digestLo);
        target.set(Bytes.LONG, offset + REMOVE_NAMESPACE_OFFSET, Integer.toUnsignedLong(namespace));
        copyPadded(key, target, offset + REMOVE_KEY_OFFSET, offset + lengthBytes);
        return lengthBytes;
    }

    /** The three texts of a namespace as bytes, in the order in which they are written. */
    static byte[][] texts(LogOperation.DefineNamespace define) {
        byte[][] texts = {define.name().getBytes(StandardCharsets.UTF_8),
                define.revision().getBytes(StandardCharsets.UTF_8),
                define.fingerprint().getBytes(StandardCharsets.UTF_8)};
        int total = texts[0].length + texts[1].length + texts[2].length;
        if (total > MAX_TEXT_BYTES) {
            throw new IllegalArgumentException("namespaceTextBytes=" + total + " limit=" + MAX_TEXT_BYTES);
        }
        return texts;
    }

    static int define(MemorySegment target, long offset, int number, byte[][] texts) {
        int textBytes = texts[0].length + texts[1].length + texts[2].length;
        int lengthBytes = defineBytes(textBytes);
        header(target, offset, DEFINE_NAMESPACE, lengthBytes, number);
        target.set(Bytes.LONG, offset + lengthBytes - 8, 0);
        target.set(Bytes.SHORT, offset + NAME_BYTES_OFFSET, (short) texts[0].length);
        target.set(Bytes.SHORT, offset + REVISION_BYTES_OFFSET, (short) texts[1].length);
        target.set(Bytes.INT, offset + FINGERPRINT_BYTES_OFFSET, texts[2].length);
        long at = offset + TEXT_OFFSET;
        for (byte[] text : texts) {
            MemorySegment.copy(text, 0, target, Bytes.BYTE, at, text.length);
            at += text.length;
        }
        return lengthBytes;
    }

    static int endNamespace(MemorySegment target, long offset, int number) {
        return header(target, offset, END_NAMESPACE, HEADER_BYTES, number);
    }

    static int release(MemorySegment target, long offset, int segment, long generation) {
        target.set(Bytes.LONG, offset + GENERATION_OFFSET, generation);
        return header(target, offset, RELEASE_SEGMENT, RELEASE_BYTES, segment);
    }

    static int relocate(MemorySegment target, long offset, EntryDescriptor entry) {
        EntryLayout.write(entry, target, offset + ENTRY_OFFSET);
        return header(target, offset, RELOCATE, RELOCATE_BYTES, 0);
    }

    static int evict(MemorySegment target, long offset, long digestHi, long digestLo, int namespace) {
        target.set(Bytes.LONG, offset + DIGEST_HI_OFFSET, digestHi);
        target.set(Bytes.LONG, offset + DIGEST_LO_OFFSET, digestLo);
        return header(target, offset, EVICT, EVICT_BYTES, namespace);
    }

    static int syncMark(MemorySegment target, long offset, int behind) {
        return header(target, offset, SYNC_MARK, HEADER_BYTES, behind);
    }

    private static int header(MemorySegment target, long offset, int type, int lengthBytes, int argument) {
        target.set(Bytes.SHORT, offset + TYPE_OFFSET, (short) type);
        target.set(Bytes.SHORT, offset + LENGTH_OFFSET, (short) lengthBytes);
        target.set(Bytes.INT, offset + ARGUMENT_OFFSET, argument);
        return lengthBytes;
    }

    private static void copyPadded(MemorySegment key, MemorySegment target, long start, long end) {
        // The buffer holds older records: the last word is cleared first, so that the padding is zero.
        target.set(Bytes.LONG, end - 8, 0);
        MemorySegment.copy(key, 0, target, start, key.byteSize());
    }
}
