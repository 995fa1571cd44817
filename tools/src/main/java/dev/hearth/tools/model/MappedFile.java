package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A whole file, mapped read-only, with access that is checked against its size.
 *
 * <p>Safe for any thread; valid until its arena, which the opener owns, is closed. A file that is cut short after it
 * was mapped makes any access throw {@link InternalError}; {@link #changed} turns that into the typed error.
 */
final class MappedFile {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final MemorySegment bytes;

    private MappedFile(Path path, MemorySegment bytes) {
        this.path = path;
        this.bytes = bytes;
    }

    /**
     * Maps a regular file. Links in the path are followed unless an option says otherwise.
     *
     * @throws ModelFormatException if it is a directory, a FIFO, a device: opening those could block
     */
    static MappedFile map(Path path, Arena arena, OpenOption... options) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new ModelFormatException(path, "file", ModelFormatException.NO_OFFSET, "not a regular file");
        }
        Set<OpenOption> all = new HashSet<>(List.of(options));
        all.add(StandardOpenOption.READ);
        try (FileChannel channel = FileChannel.open(path, all)) {
            return new MappedFile(path, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
        }
    }

    /** Bytes that lie in memory, to be read as if they were a file. */
    static MappedFile ofMemory(String name, MemorySegment bytes) {
        return new MappedFile(Path.of(name), bytes);
    }

    Path path() {
        return path;
    }

    long size() {
        return bytes.byteSize();
    }

    /** Refuses a range that is not wholly inside the file. */
    void check(long offset, long length, String field) throws ModelFormatException {
        if (length < 0 || offset < 0 || offset > size() || length > size() - offset) {
            throw error(field, offset, "length " + Long.toUnsignedString(length) + " passes the end of the file at "
                    + size());
        }
    }

    int u8(long offset, String field) throws ModelFormatException {
        check(offset, 1, field);
        return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset));
    }

    int u16(long offset, String field) throws ModelFormatException {
        check(offset, Short.BYTES, field);
        return Short.toUnsignedInt(bytes.get(SHORT, offset));
    }

    int i32(long offset, String field) throws ModelFormatException {
        check(offset, Integer.BYTES, field);
        return bytes.get(INT, offset);
    }

    long u32(long offset, String field) throws ModelFormatException {
        return Integer.toUnsignedLong(i32(offset, field));
    }

    long i64(long offset, String field) throws ModelFormatException {
        check(offset, Long.BYTES, field);
        return bytes.get(LONG, offset);
    }

    /** A read-only view of a range. */
    MemorySegment slice(long offset, long length, String field) throws ModelFormatException {
        check(offset, length, field);
        return bytes.asSlice(offset, length);
    }

    /** Text of at most {@code maxBytes} bytes that must be valid UTF-8. */
    String utf8(long offset, long length, int maxBytes, String field) throws ModelFormatException {
        if (length < 0 || length > maxBytes) {
            throw error(field, offset,
                    "text of " + Long.toUnsignedString(length) + " bytes, at most " + maxBytes + " are supported");
        }
        check(offset, length, field);
        byte[] text = bytes.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(path, field, offset, "text that is not valid UTF-8", e);
        }
    }

    ModelFormatException error(String field, long offset, String found) {
        return new ModelFormatException(path, field, offset, found);
    }

    /** The error for a fault in the mapping: the file was cut short, or its storage cannot be read. */
    ModelFormatException changed(InternalError fault) {
        return new ModelFormatException(path, "file", ModelFormatException.NO_OFFSET,
                "became shorter or unreadable while it was read", fault);
    }
}
