package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.ToolRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo on a small model. */
@Tag("system")
@Timeout(180)
final class DemoCommandTest {
    @TempDir
    private Path folder;

    private Path model() throws IOException {
        return Files.write(folder.resolve("small.onnx"),
                new TinyOnnx().floats("first", 1_000_000, 0).floats("second", 1_500_000, 1).longs("third", 1, 2)
                        .model());
    }

    @Test
    void demo_onASoundStore_holdsEveryCheck() throws IOException {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Result result =
                new ToolRunner().with("TMPDIR", temporary.toString()).run("demo", "--model", model().toString());
        assertEquals(0, result.code(), result::toString);
        assertEquals(7, result.lines().stream().filter(line -> line.startsWith("   ok  ")).count(), result::out);
        assertTrue(result.out().contains("3 of 3 have the SHA-256 they have in the model file"), result::out);
        assertTrue(result.out().contains("exit code 137"), result::out);
        assertTrue(result.out().contains("the half revision is not there: 0 of 3 parameters, 0 namespaces"),
                result::out);
        try (Stream<Path> files = Files.list(temporary)) {
            assertEquals(0, files.count(), "the store is gone");
        }
    }

    @Test
    void demo_keepingTheStore_leavesItForOtherCommands() throws IOException {
        Path kept = folder.resolve("kept");
        Path model = model();
        Result result = new ToolRunner().run("demo", "--keep", kept.toString(), "--model", model.toString());
        assertEquals(0, result.code(), result::toString);
        List<String> entries = ToolRunner.on(kept).ok("ls", "--namespace", "minilm", "--format", "json").lines();
        assertEquals(3 + 1, entries.size(), "the parameters and the model's metadata");
        assertEquals(ExitCode.USAGE,
                new ToolRunner().run("demo", "--keep", kept.toString(), "--model", model.toString()).code());
    }
}
