package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.model.ModelFile;
import dev.hearth.tools.model.ModelFiles;
import dev.hearth.tools.model.ModelTensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real model through the store and back, and files that are larger than memory. */
@Timeout(300)
final class ModelTransferTest {
    private static final long LARGE_BYTES = 192 << 20;

    @TempDir
    private Path folder;

    /** all-MiniLM-L6-v2 as exported by PyTorch, from the artifact on the class path of the tests. */
    private Path miniLm() throws IOException {
        Path onnx = folder.resolve("model.onnx");
        try (InputStream model = Objects.requireNonNull(
                ModelTransferTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx"), "the artifact")) {
            Files.copy(model, onnx);
        }
        return onnx;
    }

    @Test
    void realModel_fromOnnxToSafetensorsAndBack_isEqualBitForBit() throws IOException {
        Path onnx = miniLm();
        ToolRunner tool = ToolRunner.on(folder.resolve("store"));
        Path first = folder.resolve("first.safetensors");
        Path second = folder.resolve("second.safetensors");
        tool.ok("import", onnx.toString(), "--namespace", "minilm@onnx", "--capacity", "512M");
        tool.ok("export", first.toString(), "--namespace", "minilm@onnx");
        tool.ok("import", first.toString(), "--namespace", "minilm@safetensors", "--storage", "compact");
        tool.ok("export", second.toString(), "--namespace", "minilm@safetensors");
        assertEquals(-1, Files.mismatch(first, second), "the second export");
        try (ModelFile expected = ModelFiles.open(onnx); ModelFile actual = ModelFiles.open(second)) {
            assertEquals(expected.metadata(), Map.copyOf(actual.metadata()));
            Map<String, ModelTensor> byName = actual.tensors().stream()
                    .collect(Collectors.toMap(ModelTensor::name, Function.identity()));
            assertEquals(expected.tensors().size(), byName.size());
            assertEquals(102, byName.size());
            for (ModelTensor tensor : expected.tensors()) {
                ModelTensor other = Objects.requireNonNull(byName.get(tensor.name()), tensor.name());
                assertEquals(tensor.info(), other.info());
                assertEquals(-1, tensor.data().mismatch(other.data()), tensor.name());
            }
        }
        assertEquals("0 sound", verify(tool), "the store");
    }

    private static String verify(ToolRunner tool) {
        ToolRunner.Result result = tool.run("verify", "--quiet");
        return result.code() + " " + result.lines().getLast();
    }

    /** A safetensors file of one tensor, as a file with a hole that takes no space. */
    private Path sparse(long tensorBytes) throws IOException {
        String header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[" + tensorBytes / 4096 + ",1024],\"data_offsets\":[0,"
                + tensorBytes + "]}}";
        Path file = folder.resolve("large.safetensors");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer start = ByteBuffer.allocate(8 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
            start.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII)).flip();
            int headerBytes = channel.write(start);
            assertEquals(1, channel.write(ByteBuffer.wrap(new byte[]{0x3f}), headerBytes + tensorBytes - 1));
        }
        return file;
    }

    /** Runs the tool in a JVM whose heap and direct memory are a fraction of the file. */
    private static void runSmall(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agentlib") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-Xmx40m", "-XX:MaxDirectMemorySize=40m", "-cp", System.getProperty("java.class.path"),
                HearthCli.class.getName()));
        command.addAll(List.of(args));
        Process tool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(tool.waitFor(300, TimeUnit.SECONDS), "the tool ended");
        assertEquals(0, tool.exitValue(), () -> String.join(" ", args) + "\n" + out);
    }

    @Test
    void largeFile_importedConvertedAndExported_needsLittleMemory() throws Exception {
        Path file = sparse(LARGE_BYTES);
        String store = folder.resolve("store").toString();
        runSmall("import", file.toString(), "--namespace", "m@exact", "--store", store, "--capacity", "512M");
        runSmall("import", file.toString(), "--namespace", "m@lossy", "--store", store, "--as", "int8");
        Path out = folder.resolve("out.safetensors");
        runSmall("export", out.toString(), "--namespace", "m@exact", "--store", store);
        try (ModelFile expected = ModelFiles.open(file); ModelFile actual = ModelFiles.open(out)) {
            assertEquals(expected.tensors().getFirst().info(), actual.tensors().getFirst().info());
            assertEquals(-1, expected.tensors().getFirst().data().mismatch(actual.tensors().getFirst().data()));
        }
    }
}
