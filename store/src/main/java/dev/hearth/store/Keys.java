package dev.hearth.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Keys as text and as bytes. A key is a byte string of 1 to {@value #MAX_BYTES} bytes. */
public final class Keys {
    /** The longest key. */
    public static final int MAX_BYTES = 1_024;
    private static final String HEX = "hex:";

    private Keys() {}

    /** The key with the bytes of this text in UTF-8. */
    public static MemorySegment utf8(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The key that a person writes: UTF-8, or {@code hex:} and hexadecimal digits.
     *
     * @throws IllegalArgumentException if what follows {@code hex:} is not pairs of hexadecimal digits
     */
    public static MemorySegment parse(String text) {
        if (!text.startsWith(HEX)) {
            return utf8(text);
        }
        try {
            return MemorySegment.ofArray(HexFormat.of().parseHex(text, HEX.length(), text.length()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("key=" + text + " is not hexadecimal: " + e.getMessage(), e);
        }
    }

    /** The key as a person reads it, and as {@link #parse} takes it: UTF-8 if it is printable, else {@code hex:}. */
    public static String display(byte[] key) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
            boolean printable = text.codePoints().noneMatch(c -> Character.isISOControl(c)
                    || Character.getType(c) == Character.FORMAT || Character.getType(c) == Character.UNASSIGNED);
            if (printable && !text.startsWith(HEX)) {
                return text;
            }
        } catch (CharacterCodingException e) {
            return HEX + HexFormat.of().formatHex(key);
        }
        return HEX + HexFormat.of().formatHex(key);
    }

    /** A copy that all threads may read, and that stays. */
    static MemorySegment copy(MemorySegment key) {
        return MemorySegment.ofArray(key.toArray(ValueLayout.JAVA_BYTE)).asReadOnly();
    }

    /**
     * Returns {@code key}, checked.
     *
     * @throws IllegalArgumentException if it has no bytes or more than {@value #MAX_BYTES}
     */
    public static MemorySegment require(MemorySegment key) {
        long keyBytes = key.byteSize();
        if (keyBytes < 1 || keyBytes > MAX_BYTES) {
            throw new IllegalArgumentException("keyBytes=" + keyBytes + " minimum=1 maximum=" + MAX_BYTES);
        }
        return key;
    }
}
