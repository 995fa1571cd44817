package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.ToolRunner.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo on a small model. */
@Tag("system")
@Timeout(1_500)
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
        assertEquals(0, count(temporary), "the store is gone");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1. ", "3. "})
    void demo_killed_leavesNothingBehind(String section) throws IOException, InterruptedException {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        List<String> command = DemoJvm.javaCommand();
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), HearthCli.class.getName(), "demo", "--model",
                        model().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("TMPDIR", temporary.toString());
        Process demo = builder.start();
        try (BufferedReader lines = demo.inputReader()) {
            String line = lines.readLine();
            while (line != null && !line.startsWith(section)) {
                line = lines.readLine();
            }
            assertNotNull(line, "the demo ended before section " + section);
        } finally {
            demo.destroyForcibly().waitFor();
        }
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(240);
        while (count(temporary) > 0) {
            assertTrue(System.nanoTime() < deadlineNanos, () -> "still there: " + temporary);
            Thread.sleep(20);
        }
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }

    @Test
    void demo_keepingTheStoreAndAsJson_leavesItForOtherCommandsAndIsOneObject() throws IOException {
        Path kept = folder.resolve("kept");
        Path model = model();
        Result result = new ToolRunner().run("demo", "--keep", kept.toString(), "--format", "json", "--model",
                model.toString());
        assertEquals(0, result.code(), result::toString);
        List<String> entries = ToolRunner.on(kept).ok("ls", "--namespace", "minilm", "--format", "json").lines();
        assertEquals(3 + 1, entries.size(), "the parameters and the model's metadata");
        assertEquals(ExitCode.USAGE,
                new ToolRunner().run("demo", "--keep", kept.toString(), "--model", model.toString()).code());

        assertEquals(1, result.lines().size(), result::out);
        assertEquals("true", ToolRunner.raw(result.out(), "allHeld"));
        assertEquals(3, result.number("parameters"));
        assertTrue(result.number("firstParameterNanos") > 0, result::out);
        assertEquals(7, result.out().split("\"held\":true", -1).length - 1, result::out);
        assertTrue(result.err().contains("   ok  "), result::err);
    }
}
