package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import org.jspecify.annotations.Nullable;

/**
 * The element types of GGUF, {@code ggml_type}: the plain ones with their dtype, the quantised ones with elements and
 * bytes of a block.
 *
 * <p>Codes that are missing were withdrawn from the format.
 */
enum GgufType {
    F32(0, DType.F32),
    F16(1, DType.F16),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q8_1(9, 32, 36),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, DType.I8),
    I16(25, DType.I16),
    I32(26, DType.I32),
    I64(27, DType.I64),
    F64(28, DType.F64),
    IQ1_M(29, 256, 56),
    BF16(30, DType.BF16),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17),
    NVFP4(40, 64, 36);

    final int code;
    final DType dtype;
    final int blockElements;
    final int blockBytes;

    GgufType(int code, DType dtype) {
        this.code = code;
        this.dtype = dtype;
        this.blockElements = 1;
        this.blockBytes = dtype.bits() / 8;
    }

    GgufType(int code, int blockElements, int blockBytes) {
        this.code = code;
        this.dtype = DType.UNTYPED;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** The type of a code, or null if there is none that is known. */
    static @Nullable GgufType of(long code) {
        for (GgufType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }
}
