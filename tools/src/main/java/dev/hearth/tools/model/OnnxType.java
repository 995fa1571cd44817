package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import org.jspecify.annotations.Nullable;

/**
 * The element types of ONNX: {@code TensorProto.DataType} and where values lie that are not in {@code raw_data}.
 *
 * <p>Types that Hearth cannot name are carried as untyped blocks of whole bytes. Text and complex numbers are not here:
 * they are refused by name.
 */
enum OnnxType {
    FLOAT(1, DType.F32, 32, OnnxType.FLOAT_DATA),
    UINT8(2, DType.U8, 8, OnnxType.INT32_DATA),
    INT8(3, DType.I8, 8, OnnxType.INT32_DATA),
    UINT16(4, DType.U16, 16, OnnxType.INT32_DATA),
    INT16(5, DType.I16, 16, OnnxType.INT32_DATA),
    INT32(6, DType.I32, 32, OnnxType.INT32_DATA),
    INT64(7, DType.I64, 64, OnnxType.INT64_DATA),
    BOOL(9, DType.BOOL, 8, OnnxType.INT32_DATA),
    FLOAT16(10, DType.F16, 16, OnnxType.INT32_DATA),
    DOUBLE(11, DType.F64, 64, OnnxType.DOUBLE_DATA),
    UINT32(12, DType.U32, 32, OnnxType.UINT64_DATA),
    UINT64(13, DType.U64, 64, OnnxType.UINT64_DATA),
    BFLOAT16(16, DType.BF16, 16, OnnxType.INT32_DATA),
    FLOAT8E4M3FN(17, DType.F8_E4M3, 8, OnnxType.INT32_DATA),
    FLOAT8E4M3FNUZ(18, DType.UNTYPED, 8, OnnxType.INT32_DATA),
    FLOAT8E5M2(19, DType.F8_E5M2, 8, OnnxType.INT32_DATA),
    FLOAT8E5M2FNUZ(20, DType.UNTYPED, 8, OnnxType.INT32_DATA),
    UINT4(21, DType.UNTYPED, 4, OnnxType.INT32_DATA),
    INT4(22, DType.UNTYPED, 4, OnnxType.INT32_DATA),
    FLOAT4E2M1(23, DType.F4, 4, OnnxType.INT32_DATA),
    FLOAT8E8M0(24, DType.F8_E8M0, 8, OnnxType.INT32_DATA),
    UINT2(25, DType.UNTYPED, 2, OnnxType.INT32_DATA),
    INT2(26, DType.UNTYPED, 2, OnnxType.INT32_DATA);

    /** Numbers of the fields of {@code TensorProto} that hold values. */
    static final int FLOAT_DATA = 4;
    static final int INT32_DATA = 5;
    static final int STRING_DATA = 6;
    static final int INT64_DATA = 7;
    static final int DOUBLE_DATA = 10;
    static final int UINT64_DATA = 11;

    private static final int STRING = 8;
    private static final int COMPLEX64 = 14;
    private static final int COMPLEX128 = 15;

    final int code;
    final DType dtype;
    final int bits;
    /** The number of the field for values. */
    final int valuesField;

    OnnxType(int code, DType dtype, int bits, int valuesField) {
        this.code = code;
        this.dtype = dtype;
        this.bits = bits;
        this.valuesField = valuesField;
    }

    /** Bytes that one value of {@link #valuesField} stands for: an element, or a byte of packed elements. */
    int valueBytes() {
        return Math.max(1, bits / 8);
    }

    /** The smallest run of elements of whole bytes. */
    TensorInfo.Block block() {
        return new TensorInfo.Block(name(), Math.max(1, 8 / bits), valueBytes());
    }

    /** The type of a code, or null if there is none that is supported. */
    static @Nullable OnnxType of(long code) {
        for (OnnxType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }

    /** What to call a code that {@link #of} does not know. */
    static String describe(long code) {
        if (code == STRING) {
            return "STRING";
        }
        if (code == COMPLEX64) {
            return "COMPLEX64";
        }
        return code == COMPLEX128 ? "COMPLEX128" : Long.toString(code);
    }

    /** The name of a field that holds values. */
    static String fieldName(int valuesField) {
        return switch (valuesField) {
            case FLOAT_DATA -> "float_data";
            case INT32_DATA -> "int32_data";
            case STRING_DATA -> "string_data";
            case INT64_DATA -> "int64_data";
            case DOUBLE_DATA -> "double_data";
            case UINT64_DATA -> "uint64_data";
            default -> throw new IllegalArgumentException("valuesField=" + valuesField);
        };
    }
}
