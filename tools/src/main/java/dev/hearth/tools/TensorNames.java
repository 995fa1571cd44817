package dev.hearth.tools;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Names of tensors in files and keys in the store, one for one.
 *
 * <p>A key is the UTF-8 of the name. A key that no file could have as a name, because it is not UTF-8 or has control
 * characters, has the name {@code hex:} and its bytes in lower-case hexadecimal; and a name that is exactly such a text
 * is that key. So any namespace can be exported, and what was exported comes back under the keys it had.
 *
 * <p>Keys that start with {@link #RESERVED} hold what the tool keeps beside the tensors; they are no tensors.
 */
final class TensorNames {
    private static final String HEX = "hex:";
    /** What the tool's own keys start with: no name in a model file has a control character. */
    private static final byte[] RESERVED = "\0hearth.".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] METADATA = "\0hearth.metadata".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] REGISTRATION = "\0hearth.registration".getBytes(StandardCharsets.US_ASCII);

    private TensorNames() {}

    /** The key under which a namespace has the metadata of its files: {@code hex:006865617274682e6d65746164617461}. */
    static MemorySegment metadataKey() {
        return MemorySegment.ofArray(METADATA.clone());
    }

    /** The key under which a namespace has its {@link Registration}. */
    static MemorySegment registrationKey() {
        return MemorySegment.ofArray(REGISTRATION.clone());
    }

    /** Whether a key holds something of the tool's own and no tensor. */
    static boolean isReserved(byte[] key) {
        return key.length >= RESERVED.length && Arrays.equals(key, 0, RESERVED.length, RESERVED, 0, RESERVED.length);
    }

    /** The key of a tensor of this name; it may be too long for the store. */
    static MemorySegment key(String name) {
        return MemorySegment.ofArray(isHexName(name)
                ? HexFormat.of().parseHex(name, HEX.length(), name.length())
                : name.getBytes(StandardCharsets.UTF_8));
    }

    /** The name of the tensor under this key. */
    static String name(byte[] key) {
        return isPlain(key) ? new String(key, StandardCharsets.UTF_8) : HEX + HexFormat.of().formatHex(key);
    }

    /** As {@link #name(byte[])}. */
    static String name(MemorySegment key) {
        return name(key.toArray(ValueLayout.JAVA_BYTE));
    }

    /** Whether a key is a name as it stands: text, and not the hexadecimal of a key that is none. */
    private static boolean isPlain(byte[] key) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
            return !text.isEmpty() && text.chars().noneMatch(Character::isISOControl) && !isHexName(text);
        } catch (CharacterCodingException _) {
            return false;
        }
    }

    /** Whether a name stands for a key that is not plain. Each step halves the text, so this ends. */
    private static boolean isHexName(String name) {
        String digits = name.startsWith(HEX) ? name.substring(HEX.length()) : "";
        boolean isHex = !digits.isEmpty() && digits.length() % 2 == 0 && digits.equals(digits.toLowerCase(Locale.ROOT))
                && digits.chars().allMatch(HexFormat::isHexDigit);
        return isHex && !isPlain(HexFormat.of().parseHex(digits));
    }
}
