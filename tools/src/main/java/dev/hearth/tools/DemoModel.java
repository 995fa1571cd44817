package dev.hearth.tools;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;

/** Where the build put the model that the demo imports. */
final class DemoModel {
    private static final String NAME = "all-minilm-l6-v2.onnx";

    private DemoModel() {}

    /**
     * The model's file: beside the tool's jar, or where the build would put it if the tool runs from its classes.
     *
     * @throws ToolFailure if it is not there
     */
    static Path locate() {
        Path code = codePath();
        Path parent = code.getParent();
        Path home = Files.isDirectory(code) || parent == null ? code.resolveSibling("hearth") : parent;
        Path model = home.resolve("demo").resolve(NAME);
        if (!Files.isRegularFile(model)) {
            throw ToolFailure.failed("the demo's model is missing: " + model + "; build again with: mvn package");
        }
        return model;
    }

    private static Path codePath() {
        try {
            CodeSource source = DemoModel.class.getProtectionDomain().getCodeSource();
            return Path.of(source.getLocation().toURI()).toAbsolutePath();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the tool's code has no place", e);
        }
    }
}
