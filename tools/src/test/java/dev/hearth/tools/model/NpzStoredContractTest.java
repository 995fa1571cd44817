package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The contract on npz with stored members, as {@code numpy.savez} writes it. */
class NpzStoredContractTest extends ModelFileContract {
    @Override
    Sample sample(Path folder) {
        Bytes a = new Bytes().f64(1, 2);
        Bytes b = new Bytes().u16(1).u16(2).u16(3);
        ZipBytes zip = new ZipBytes()
                .stored("layer/a.npy", NpyContractTest.array("<f8", "(2,)", a.array()).array())
                .stored("b.npy", NpyContractTest.array("<u2", "(3, 1)", b.array()).array())
                .stored("scalar.npy", NpyContractTest.array("|b1", "()", new byte[]{1}).array());
        return new Sample("weights.npz", "npz", new Bytes().raw(zip.array()),
                List.of(new Expected("layer/a", DType.F64, List.of(2L), a),
                        new Expected("b", DType.U16, List.of(3L, 1L), b),
                        new Expected("scalar", DType.BOOL, List.of(), new Bytes().raw(1))),
                Map.of());
    }
}
