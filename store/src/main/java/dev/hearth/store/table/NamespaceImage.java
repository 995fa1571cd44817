package dev.hearth.store.table;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The immutable part of a namespace record in private memory: made of texts, or copied from the table and checked. */
final class NamespaceImage {
    private static final int LINE_BYTES = NamespaceDescriptor.TOTALS_OFFSET - NamespaceDescriptor.NUMBER_OFFSET;
    private static final int TEXT_BYTES = NamespaceDescriptor.RECORD_BYTES - NamespaceDescriptor.NAME_OFFSET;

    private final MemorySegment image = MemorySegment.ofArray(new long[NamespaceDescriptor.RECORD_BYTES / Long.BYTES]);

    private NamespaceImage() {}

    /**
     * A sealed image.
     *
     * @throws IllegalArgumentException if a text is too long or the name empty
     */
    static NamespaceImage of(int number, String name, String revision, String fingerprint, long version) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("name=" + name);
        }
        NamespaceImage made = new NamespaceImage();
        made.image.set(Words.INT_LAYOUT, NamespaceDescriptor.NUMBER_OFFSET, number);
        made.setText("name", name, NamespaceDescriptor.NAME_OFFSET, NamespaceDescriptor.NAME_BYTES_OFFSET,
                NamespaceDescriptor.MAX_NAME_BYTES);
        made.setText("revision", revision, NamespaceDescriptor.REVISION_OFFSET,
                NamespaceDescriptor.REVISION_BYTES_OFFSET, NamespaceDescriptor.MAX_REVISION_BYTES);
        made.setText("fingerprint", fingerprint, NamespaceDescriptor.FINGERPRINT_OFFSET,
                NamespaceDescriptor.FINGERPRINT_BYTES_OFFSET, NamespaceDescriptor.MAX_FINGERPRINT_BYTES);
        made.image.set(Words.INT_LAYOUT, NamespaceDescriptor.CRC_OFFSET, made.crc(version));
        return made;
    }

    /** What the record at {@code offset} holds now; unchecked. */
    static NamespaceImage copyOf(MemorySegment records, long offset) {
        NamespaceImage copy = new NamespaceImage();
        MemorySegment.copy(records, offset, copy.image, 0, NamespaceDescriptor.RECORD_BYTES);
        return copy;
    }

    /** Writes all but the ready word, the ended-at words and the totals. */
    void writeTo(MemorySegment records, long offset, Steps steps) {
        long line = NamespaceDescriptor.NUMBER_OFFSET;
        MemorySegment.copy(image, line, records, offset + line, LINE_BYTES);
        steps.stored();
        long texts = NamespaceDescriptor.NAME_OFFSET;
        MemorySegment.copy(image, texts, records, offset + texts, TEXT_BYTES);
        steps.stored();
    }

    /** The namespace, if this is what was written for it and {@code version}; else null. */
    @Nullable
    NamespaceRecord decode(int number, long version) {
        int nameBytes = length(NamespaceDescriptor.NAME_BYTES_OFFSET);
        int revisionBytes = length(NamespaceDescriptor.REVISION_BYTES_OFFSET);
        int fingerprintBytes = length(NamespaceDescriptor.FINGERPRINT_BYTES_OFFSET);
        if (nameBytes > NamespaceDescriptor.MAX_NAME_BYTES || revisionBytes > NamespaceDescriptor.MAX_REVISION_BYTES
                || fingerprintBytes > NamespaceDescriptor.MAX_FINGERPRINT_BYTES
                || image.get(Words.INT_LAYOUT, NamespaceDescriptor.NUMBER_OFFSET) != number
                || image.get(Words.INT_LAYOUT, NamespaceDescriptor.CRC_OFFSET) != crc(version)) {
            return null;
        }
        return new NamespaceRecord(number, text(NamespaceDescriptor.NAME_OFFSET, nameBytes),
                text(NamespaceDescriptor.REVISION_OFFSET, revisionBytes),
                text(NamespaceDescriptor.FINGERPRINT_OFFSET, fingerprintBytes), version);
    }

    private void setText(String what, String text, int offset, int lengthOffset, int maxBytes) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > maxBytes) {
            throw new IllegalArgumentException(what + "Bytes=" + bytes.length + " max=" + maxBytes);
        }
        image.set(Words.SHORT_LAYOUT, lengthOffset, (short) bytes.length);
        MemorySegment.copy(bytes, 0, image, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    /** The version is part of the checksum, so that a record is not taken for the one that stood there before. */
    private int crc(long version) {
        byte[] bytes = image.toArray(ValueLayout.JAVA_BYTE);
        CRC32C crc = new CRC32C();
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (version >>> shift));
        }
        crc.update(bytes, NamespaceDescriptor.NUMBER_OFFSET,
                NamespaceDescriptor.CRC_OFFSET - NamespaceDescriptor.NUMBER_OFFSET);
        crc.update(bytes, NamespaceDescriptor.NAME_OFFSET, TEXT_BYTES);
        return (int) crc.getValue();
    }

    private int length(int lengthOffset) {
        return Short.toUnsignedInt(image.get(Words.SHORT_LAYOUT, lengthOffset));
    }

    private String text(int offset, int length) {
        byte[] bytes = image.toArray(ValueLayout.JAVA_BYTE);
        return new String(Arrays.copyOfRange(bytes, offset, offset + length), StandardCharsets.UTF_8);
    }
}
