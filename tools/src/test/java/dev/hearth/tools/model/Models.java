package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests of model files have in common. */
final class Models {
    private Models() {}

    static ModelFile open(Path folder, String name, Bytes content) throws IOException {
        return ModelFiles.open(Files.write(folder.resolve(name), content.array()));
    }

    static ModelFormatException refused(Path folder, String name, Bytes content) throws IOException {
        Path path = Files.write(folder.resolve(name), content.array());
        return assertThrows(ModelFormatException.class, () -> ModelFiles.open(path).close());
    }

    static byte[] bytes(ModelTensor tensor) throws IOException {
        return tensor.data().toArray(ValueLayout.JAVA_BYTE);
    }

    static ModelTensor tensor(ModelFile model, String name) {
        return model.tensors().stream().filter(tensor -> tensor.name().equals(name)).findFirst().orElseThrow();
    }
}
