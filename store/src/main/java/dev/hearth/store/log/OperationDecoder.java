package dev.hearth.store.log;

import static dev.hearth.store.log.OperationDescriptor.ALIGNMENT;
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
import static dev.hearth.store.log.OperationDescriptor.MAX_KEY_BYTES;
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
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the operations of a record. The checksum of the record was right, but that is no proof of its sense: every
 * length is checked before it is used, and memory is taken for what is there, not for what is claimed.
 */
final class OperationDecoder {
    private OperationDecoder() {}

    /**
     * Adds the operations between {@code start} and {@code end} to {@code target}.
     *
     * @param source  private memory
     * @param count   operations that the record claims to have
     * @param version version of the record
     * @return whether they were exactly these, and each in order
     */
    static boolean decode(MemorySegment source, long start, long end, int count, long version,
            List<LogOperation> target) {
        long at = start;
        for (int i = 0; i < count; i++) {
            if (end - at < HEADER_BYTES) {
                return false;
            }
            int lengthBytes = Short.toUnsignedInt(source.get(Bytes.SHORT, at + LENGTH_OFFSET));
            if (lengthBytes < HEADER_BYTES || lengthBytes % ALIGNMENT != 0 || lengthBytes > end - at) {
                return false;
            }
            LogOperation operation = operation(source, at, lengthBytes, version);
            if (operation == null) {
                return false;
            }
            target.add(operation);
            at += lengthBytes;
        }
        return at == end;
    }

    private static @Nullable LogOperation operation(MemorySegment source, long at, int lengthBytes, long version) {
        int argument = source.get(Bytes.INT, at + ARGUMENT_OFFSET);
        if (argument < 0) {
            return null;
        }
        return switch (Short.toUnsignedInt(source.get(Bytes.SHORT, at + TYPE_OFFSET))) {
            case PUT -> put(source, at, lengthBytes, argument, version);
            case REMOVE -> remove(source, at, lengthBytes, argument);
            case DEFINE_NAMESPACE -> define(source, at, lengthBytes, argument);
            case END_NAMESPACE -> lengthBytes == HEADER_BYTES ? new LogOperation.EndNamespace(argument) : null;
            case RELEASE_SEGMENT -> lengthBytes == RELEASE_BYTES
                    ? new LogOperation.ReleaseSegment(argument, source.get(Bytes.LONG, at + GENERATION_OFFSET))
                    : null;
            case RELOCATE -> relocate(source, at, lengthBytes, version);
            case EVICT -> lengthBytes == EVICT_BYTES
                    ? new LogOperation.Evict(source.get(Bytes.LONG, at + DIGEST_HI_OFFSET),
                            source.get(Bytes.LONG, at + DIGEST_LO_OFFSET), argument)
                    : null;
            case SYNC_MARK -> lengthBytes == HEADER_BYTES ? new LogOperation.SyncMark(argument) : null;
            default -> null;
        };
    }

    private static @Nullable LogOperation put(MemorySegment source, long at, int lengthBytes, int keyBytes,
            long version) {
        if (keyBytes < 1 || keyBytes > MAX_KEY_BYTES || lengthBytes != putBytes(keyBytes)
                || !EntryLayout.isValid(source, at + ENTRY_OFFSET)) {
            return null;
        }
        EntryDescriptor entry = EntryLayout.read(source, at + ENTRY_OFFSET);
        return entry.version() == version
                ? new LogOperation.Put(entry, copy(source, at + PUT_KEY_OFFSET, keyBytes))
                : null;
    }

    /** Only what was there can move. */
    private static @Nullable LogOperation relocate(MemorySegment source, long at, int lengthBytes, long version) {
        if (lengthBytes != RELOCATE_BYTES || !EntryLayout.isValid(source, at + ENTRY_OFFSET)) {
            return null;
        }
        EntryDescriptor entry = EntryLayout.read(source, at + ENTRY_OFFSET);
        return Long.compareUnsigned(entry.version(), version) <= 0 ? new LogOperation.Relocate(entry) : null;
    }

    private static @Nullable LogOperation remove(MemorySegment source, long at, int lengthBytes, int keyBytes) {
        if (keyBytes < 1 || keyBytes > MAX_KEY_BYTES || lengthBytes != removeBytes(keyBytes)) {
            return null;
        }
        int namespace = source.get(Bytes.INT, at + REMOVE_NAMESPACE_OFFSET);
        return namespace < 0
                ? null
                : new LogOperation.Remove(source.get(Bytes.LONG, at + DIGEST_HI_OFFSET),
                        source.get(Bytes.LONG, at + DIGEST_LO_OFFSET), namespace,
                        copy(source, at + REMOVE_KEY_OFFSET, keyBytes));
    }

    private static @Nullable LogOperation define(MemorySegment source, long at, int lengthBytes, int number) {
        if (lengthBytes < TEXT_OFFSET) {
            return null;
        }
        int nameBytes = Short.toUnsignedInt(source.get(Bytes.SHORT, at + NAME_BYTES_OFFSET));
        int revisionBytes = Short.toUnsignedInt(source.get(Bytes.SHORT, at + REVISION_BYTES_OFFSET));
        int fingerprintBytes = Short.toUnsignedInt(source.get(Bytes.SHORT, at + FINGERPRINT_BYTES_OFFSET));
        int textBytes = nameBytes + revisionBytes + fingerprintBytes;
        if (textBytes > MAX_TEXT_BYTES || lengthBytes != defineBytes(textBytes)) {
            return null;
        }
        long text = at + TEXT_OFFSET;
        return new LogOperation.DefineNamespace(number, text(source, text, nameBytes),
                text(source, text + nameBytes, revisionBytes),
                text(source, text + nameBytes + revisionBytes, fingerprintBytes));
    }

    static String text(MemorySegment source, long offset, int length) {
        return new String(source.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private static MemorySegment copy(MemorySegment source, long offset, int length) {
        return MemorySegment.ofArray(source.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)).asReadOnly();
    }
}
