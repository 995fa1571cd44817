package dev.hearth.codec;

import java.util.Locale;
import java.util.Optional;

/**
 * The element type of a tensor, named as safetensors names it, or {@link #UNTYPED} for plain bytes.
 *
 * <p>Ids are part of stored formats: they are never reused or renumbered, and 0 is invalid.
 */
public enum DType {
    BOOL(1, 8),
    U8(2, 8),
    I8(3, 8),
    F8_E5M2(4, 8),
    F8_E4M3(5, 8),
    I16(6, 16),
    U16(7, 16),
    F16(8, 16),
    BF16(9, 16),
    I32(10, 32),
    U32(11, 32),
    F32(12, 32),
    F64(13, 64),
    I64(14, 64),
    U64(15, 64),
    F4(16, 4),
    F6_E2M3(17, 6),
    F6_E3M2(18, 6),
    F8_E8M0(19, 8),
    /** Bytes of which nothing is known; counted in elements of eight bits. */
    UNTYPED(20, 8);

    private static final DType[] BY_ID = new DType[21];

    static {
        for (DType dtype : values()) {
            BY_ID[dtype.id] = dtype;
        }
    }

    private final int id;
    private final int bits;

    DType(int id, int bits) {
        this.id = id;
        this.bits = bits;
    }

    /** The stable id, from 1 to 255. */
    public int id() {
        return id;
    }

    /** The bits of one element; below eight for the packed types. */
    public int bits() {
        return bits;
    }

    /**
     * The type with a stored id.
     *
     * @throws IllegalArgumentException if no type has it
     */
    public static DType byId(int id) {
        if (id < 1 || id >= BY_ID.length) {
            throw new IllegalArgumentException("unknown dtype id=" + id);
        }
        return BY_ID[id];
    }

    /** The type of a safetensors name, in any case; empty if there is none. */
    public static Optional<DType> byName(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        for (DType dtype : values()) {
            if (dtype.name().equals(upper)) {
                return Optional.of(dtype);
            }
        }
        return Optional.empty();
    }
}
