package dev.hearth.tools.convert;

import dev.hearth.codec.DType;

/** What floating-point tensors can be turned into. Integers, truth values and packed types are always left alone. */
public enum Conversion {
    /** bfloat16: the range of a float, 8 binary places. */
    BF16(DType.BF16, "bf16"),
    /** IEEE half: 11 binary places, up to 65,504. */
    FP16(DType.F16, "fp16"),
    /** Eight-bit integers with a scale for each row: see {@link RowScales}. */
    INT8(DType.I8, "int8-row");

    private final DType dtype;
    private final String part;

    Conversion(DType dtype, String part) {
        this.dtype = dtype;
        this.part = part;
    }

    /** The type that elements get. */
    public DType dtype() {
        return dtype;
    }

    /** What a namespace's fingerprint says of the conversion: another rule would be another text. */
    public String part() {
        return part;
    }

    /** Whether elements of a type are converted: F64, F32, F16 and BF16, unless they are of the wanted type already. */
    public boolean converts(DType from) {
        return from != dtype && switch (from) {
            case F64, F32, F16, BF16 -> true;
            default -> false;
        };
    }
}
