package dev.hearth.store;

import dev.hearth.codec.DType;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that makes two values interchangeable: the identity of a namespace. Immutable.
 *
 * <p>
 * Namespaces with equal names and any difference elsewhere are different namespaces, so a value of other weights, of
 * another precision or layout is never a hit.
 *
 * @param name     what people call it, such as the model; 1 to 255 bytes of UTF-8 without {@code @}, control characters
 * @param revision which one, such as a version or a hash of the weights; up to 255 bytes
 * @param parts    the other parts by name, such as {@code dtype}, {@code kvDtype}, {@code layout}, {@code pageTokens}
 */
public record Fingerprint(String name, String revision, Map<String, String> parts) {
    /** The longest name and the longest revision, in bytes of UTF-8. */
    public static final int MAX_NAME_BYTES = 255;
    /** The longest canonical text of the parts, in bytes of UTF-8. */
    public static final int MAX_PARTS_BYTES = 384;

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException names the part that is empty, too long, or has a character that is not allowed
     */
    public Fingerprint {
        requireText("name", name, 1);
        requireText("revision", revision, 0);
        if (name.indexOf('@') >= 0) {
            throw new IllegalArgumentException("name=" + name + " must not contain @");
        }
        parts = java.util.Collections.unmodifiableMap(new TreeMap<>(parts));
        parts.forEach((key, value) -> {
            requireText(key, value, 0);
            if (key.isEmpty() || key.indexOf('=') >= 0) {
                throw new IllegalArgumentException("part=" + key);
            }
        });
        int partsBytes = canonical(parts).getBytes(StandardCharsets.UTF_8).length;
        if (partsBytes > MAX_PARTS_BYTES) {
            throw new IllegalArgumentException("partsBytes=" + partsBytes + " maximum=" + MAX_PARTS_BYTES);
        }
    }

    private static void requireText(String part, String text, int minBytes) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < minBytes || bytes > MAX_NAME_BYTES) {
            throw new IllegalArgumentException(part + "=" + text + " bytes=" + bytes + " minimum=" + minBytes
                    + " maximum=" + MAX_NAME_BYTES);
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(part + " has a control character");
        }
    }

    /** The fingerprint that has only a name. */
    public static Fingerprint of(String name) {
        return new Fingerprint(name, "", Map.of());
    }

    /** The namespace's name and revision as the tool writes them: {@code NAME} or {@code NAME@REVISION}. */
    public String display() {
        return revision.isEmpty() ? name : name + "@" + revision;
    }

    /** The canonical text of the parts: {@code name=value} lines in the order of the names. */
    public String canonicalParts() {
        return canonical(parts);
    }

    private static String canonical(Map<String, String> parts) {
        StringBuilder text = new StringBuilder();
        parts.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString();
    }

    /** The fingerprint whose parts have this canonical text. */
    public static Fingerprint parse(String name, String revision, String canonicalParts) {
        Map<String, String> parts = new TreeMap<>();
        canonicalParts.lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("part=" + line);
            }
            parts.put(line.substring(0, equals), line.substring(equals + 1));
        });
        return new Fingerprint(name, revision, parts);
    }

    /** With this revision. */
    public Fingerprint revision(String newRevision) {
        return new Fingerprint(name, newRevision, parts);
    }

    /** With this hash or name of the weights. */
    public Fingerprint weights(String weights) {
        return with("weights", weights);
    }

    /** With this element type of the computation. */
    public Fingerprint dtype(DType dtype) {
        return with("dtype", dtype.name());
    }

    /** With this element type of keys and values. */
    public Fingerprint kvDtype(DType dtype) {
        return with("kvDtype", dtype.name());
    }

    /** With this layout of a block, such as {@code heads,tokens,channels}. */
    public Fingerprint layout(String layout) {
        return with("layout", layout);
    }

    /** With this number of tokens in a block. */
    public Fingerprint pageTokens(int pageTokens) {
        return with("pageTokens", Integer.toString(pageTokens));
    }

    /** With this split over devices, such as {@code tp=2,rank=0}. */
    public Fingerprint parallelism(String parallelism) {
        return with("parallelism", parallelism);
    }

    /** With a salt that keeps tenants apart. */
    public Fingerprint salt(String salt) {
        return with("salt", salt);
    }

    /** With one more part of the caller's own. */
    public Fingerprint with(String part, String value) {
        Map<String, String> more = new TreeMap<>(parts);
        more.put(part, value);
        return new Fingerprint(name, revision, more);
    }
}
