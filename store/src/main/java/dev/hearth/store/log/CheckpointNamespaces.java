package dev.hearth.store.log;

import static dev.hearth.store.log.CheckpointDescriptor.DEFINED_VERSION_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.ENDED_VERSION_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FINGERPRINT_BYTES_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.HEADER_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.MAX_NAMESPACE_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.NAMESPACE_CRC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.NAMESPACE_LENGTH_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.NAMESPACE_NUMBER_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.NAME_BYTES_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.REVISION_BYTES_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.SECTION_ALIGNMENT;
import static dev.hearth.store.log.CheckpointDescriptor.TEXT_OFFSET;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Reads and writes the namespaces of a checkpoint. */
final class CheckpointNamespaces {
    private CheckpointNamespaces() {}

    /** Writes the section behind the header of {@code file} and returns its length. */
    static int write(StoreFile file, LogSettings settings, long version, Collection<LoggedNamespace> namespaces,
            TotalCrc total) {
        Checksums checksums = new Checksums(settings.uuid());
        long at = HEADER_BYTES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment record = arena.allocate(MAX_NAMESPACE_BYTES, 8);
            for (LoggedNamespace namespace : namespaces) {
                record.fill((byte) 0);
                int lengthBytes = encode(namespace, record);
                int crc = checksums.block(version, at, record.asByteBuffer(), NAMESPACE_NUMBER_OFFSET, lengthBytes);
                record.set(Bytes.INT, NAMESPACE_CRC_OFFSET, crc);
                total.add(crc);
                file.write(at, record.asSlice(0, lengthBytes));
                at += lengthBytes;
            }
        }
        long end = Bytes.align(at, SECTION_ALIGNMENT);
        LogFileMaker.fill(file, at, end);
        return Math.toIntExact(end - HEADER_BYTES);
    }

    private static int encode(LoggedNamespace namespace, MemorySegment record) {
        byte[][] texts = OperationEncoder.texts(new LogOperation.DefineNamespace(namespace.number(), namespace.name(),
                namespace.revision(), namespace.fingerprint()));
        record.set(Bytes.INT, NAMESPACE_NUMBER_OFFSET, namespace.number());
        record.set(Bytes.SHORT, NAME_BYTES_OFFSET, (short) texts[0].length);
        record.set(Bytes.SHORT, REVISION_BYTES_OFFSET, (short) texts[1].length);
        record.set(Bytes.SHORT, FINGERPRINT_BYTES_OFFSET, (short) texts[2].length);
        record.set(Bytes.LONG, DEFINED_VERSION_OFFSET, namespace.definedVersion());
        record.set(Bytes.LONG, ENDED_VERSION_OFFSET, namespace.endedVersion());
        int at = TEXT_OFFSET;
        for (byte[] text : texts) {
            MemorySegment.copy(text, 0, record, Bytes.BYTE, at, text.length);
            at += text.length;
        }
        int lengthBytes = (int) Bytes.align(at, OperationDescriptor.ALIGNMENT);
        record.set(Bytes.INT, NAMESPACE_LENGTH_OFFSET, lengthBytes);
        return lengthBytes;
    }

    /** Reads and checks the section that {@code header} describes. */
    static List<LoggedNamespace> read(StoreFile file, CheckpointHeader header, TotalCrc total) {
        Checksums checksums = new Checksums(header.uuid());
        List<LoggedNamespace> namespaces = new ArrayList<>();
        long at = HEADER_BYTES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment record = arena.allocate(MAX_NAMESPACE_BYTES, 8);
            for (int i = 0; i < header.namespaceCount(); i++) {
                long left = header.blocksOffset() - at;
                long read = file.read(at, record.asSlice(0, Math.min(left, record.byteSize())));
                int lengthBytes = read < TEXT_OFFSET ? 0 : record.get(Bytes.INT, NAMESPACE_LENGTH_OFFSET);
                if (lengthBytes < TEXT_OFFSET || lengthBytes > read
                        || lengthBytes % OperationDescriptor.ALIGNMENT != 0) {
                    throw new Corrupt("checkpoint namespace", file.path(), at, "a length up to " + read,
                            "" + lengthBytes);
                }
                int crc = checksums.block(header.position().lastVersion(), at, record.asByteBuffer(),
                        NAMESPACE_NUMBER_OFFSET, lengthBytes);
                int stored = record.get(Bytes.INT, NAMESPACE_CRC_OFFSET);
                if (crc != stored) {
                    throw new Corrupt("checkpoint namespace", file.path(), at, "crc " + Integer.toHexString(crc),
                            "crc " + Integer.toHexString(stored));
                }
                namespaces.add(decode(file, at, record, lengthBytes));
                total.add(stored);
                at += lengthBytes;
            }
        }
        return namespaces;
    }

    private static LoggedNamespace decode(StoreFile file, long at, MemorySegment record, int lengthBytes) {
        int nameBytes = Short.toUnsignedInt(record.get(Bytes.SHORT, NAME_BYTES_OFFSET));
        int revisionBytes = Short.toUnsignedInt(record.get(Bytes.SHORT, REVISION_BYTES_OFFSET));
        int fingerprintBytes = Short.toUnsignedInt(record.get(Bytes.SHORT, FINGERPRINT_BYTES_OFFSET));
        long textEnd = TEXT_OFFSET + (long) nameBytes + revisionBytes + fingerprintBytes;
        if (Bytes.align(textEnd, OperationDescriptor.ALIGNMENT) != lengthBytes) {
            throw new Corrupt("checkpoint namespace", file.path(), at,
                    "texts of " + (lengthBytes - TEXT_OFFSET) + " bytes",
                    (textEnd - TEXT_OFFSET) + " bytes");
        }
        return new LoggedNamespace(record.get(Bytes.INT, NAMESPACE_NUMBER_OFFSET),
                OperationDecoder.text(record, TEXT_OFFSET, nameBytes),
                OperationDecoder.text(record, TEXT_OFFSET + nameBytes, revisionBytes),
                OperationDecoder.text(record, TEXT_OFFSET + nameBytes + revisionBytes, fingerprintBytes),
                record.get(Bytes.LONG, DEFINED_VERSION_OFFSET), record.get(Bytes.LONG, ENDED_VERSION_OFFSET));
    }
}
