package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The contract on npy version 1.0, written after the documentation of {@code numpy.lib.format}. */
class NpyContractTest extends ModelFileContract {
    /** An array's file: magic, version, length, the dictionary filled up to a multiple of 64 with a line's end. */
    static Bytes array(String descr, String shape, byte[] values) {
        StringBuilder header = new StringBuilder("{'descr': '" + descr + "', 'fortran_order': False, 'shape': "
                + shape + ", }");
        while ((header.length() + 11) % 64 != 0) {
            header.append(' ');
        }
        header.append('\n');
        return new Bytes().raw(0x93).text("NUMPY").raw(1, 0).u16(header.length()).text(header.toString())
                .raw(values);
    }

    @Override
    Sample sample(Path folder) {
        Bytes values = new Bytes().f32(1, 2, 3, 4, 5, 6);
        return new Sample("weights.npy", "npy", array("<f4", "(2, 3)", values.array()),
                List.of(new Expected("weights", DType.F32, List.of(2L, 3L), values)), Map.of());
    }
}
