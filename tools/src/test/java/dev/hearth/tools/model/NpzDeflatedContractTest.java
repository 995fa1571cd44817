package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The contract on npz with deflated members, as {@code numpy.savez_compressed} writes it. */
class NpzDeflatedContractTest extends ModelFileContract {
    @Override
    Sample sample(Path folder) {
        Bytes a = new Bytes().f64(1, 2);
        Bytes b = new Bytes().raw(new byte[100]);
        ZipBytes zip = new ZipBytes()
                .deflated("a.npy", NpyContractTest.array("<f8", "(2,)", a.array()).array())
                .deflated("b.npy", NpyContractTest.array("|i1", "(100,)", b.array()).array());
        return new Sample("weights.npz", "npz", new Bytes().raw(zip.array()),
                List.of(new Expected("a", DType.F64, List.of(2L), a), new Expected("b", DType.I8, List.of(100L), b)),
                Map.of());
    }
}
