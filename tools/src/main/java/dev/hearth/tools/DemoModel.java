package dev.hearth.tools;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;

/** Where the build put what the demo shows the store with: a model, its tokenizer, and a runtime for it. */
final class DemoModel {
    private static final String NAME = "all-minilm-l6-v2.onnx";
    private static final String TOKENIZER_NAME = "all-minilm-l6-v2-tokenizer.json";
    private static final String RUNTIME_NAME = "onnxruntime";
    private static final String RUNTIME_LIBRARY = "libonnxruntime4j_jni.so";

    private DemoModel() {}

    /**
     * The model's file.
     *
     * @throws ToolFailure if it is not there
     */
    static Path locate() {
        Path model = folder().resolve(NAME);
        if (!Files.isRegularFile(model)) {
            throw ToolFailure.failed("the demo's model is missing: " + model + "; build again with: mvn package");
        }
        return model;
    }

    /** The file of the model's tokenizer; it may be missing. */
    static Path tokenizer() {
        return folder().resolve(TOKENIZER_NAME);
    }

    /** The class path entry of ONNX Runtime; it may be missing. */
    static Path runtime() {
        return folder().resolve(RUNTIME_NAME);
    }

    /** The folder of its native libraries for this machine; it may be missing. */
    static Path runtimeLibraries() {
        String machine = System.getProperty("os.arch").equals("aarch64") ? "linux-aarch64" : "linux-x64";
        return runtime().resolve("ai", "onnxruntime", "native", machine);
    }

    /** What is missing to run the model, or an empty text. */
    static String missingToRun() {
        if (!Files.isRegularFile(tokenizer())) {
            return tokenizer().toString();
        }
        Path library = runtimeLibraries().resolve(RUNTIME_LIBRARY);
        if (!Files.isRegularFile(library)) {
            return library.toString();
        }
        boolean built = DemoModel.class.getResource("/" + DemoWorker.MAIN_CLASS.replace('.', '/') + ".class") != null;
        return built ? "" : "the class " + DemoWorker.MAIN_CLASS;
    }

    /** Beside the tool's jar, or where the build would put it if the tool runs from its classes. */
    private static Path folder() {
        Path code = codePath();
        Path parent = code.getParent();
        Path home = Files.isDirectory(code) || parent == null ? code.resolveSibling("hearth") : parent;
        return home.resolve("demo");
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
