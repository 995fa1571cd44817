package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.ToolRunner.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model files into the store. */
final class ImportCommandTest {
    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();
    private Path model = Path.of("");

    @BeforeEach
    void writeModel() throws IOException {
        tool = ToolRunner.on(folder.resolve("store"));
        model = write("model.onnx",
                new TinyOnnx().floats("weight", 3, 1).floats("bias", 100_000, -5).longs("ids", 7, 8));
    }

    private Path write(String name, TinyOnnx onnx) throws IOException {
        return Files.write(folder.resolve(name), onnx.model());
    }

    private Result importModel(String namespace, String... more) {
        String[] args = {"import", model.toString(), "--namespace", namespace, "--capacity", "64M"};
        String[] all = Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return tool.run(all);
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void model_imported_isThereTensorByTensor() {
        assertEquals(0, importModel("m").code());
        ByteBuffer weight = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).putFloat(2).putFloat(3);
        assertEquals(weight.rewind(), ByteBuffer.wrap(tool.ok("get", "weight", "--namespace", "m").bytes()));
        assertEquals(400_000, tool.ok("get", "bias", "--namespace", "m").bytes().length);
        List<String> entries = tool.ok("ls", "--format", "json").lines();
        assertEquals(3, entries.size());
        assertTrue(entries.get(0).contains("\"kind\":\"parameter\",\"storage\":\"in-place\",\"dtype\":\"F32\","
                + "\"shape\":[100000],"), entries.get(0));
        assertTrue(entries.get(1).contains("\"dtype\":\"I64\",\"shape\":[2],"), entries.get(1));
    }

    @Test
    void revision_notGiven_isTheFilesSha256() throws Exception {
        String revision = sha256(Files.readAllBytes(model));
        assertTrue(importModel("m").out().contains("\nnamespace m@" + revision + "\n"));
        tool.ok("get", "weight", "--namespace", "m@" + revision);
        assertTrue(importModel("m@mine").out().contains("\nnamespace m@mine\n"));
        tool.ok("get", "weight", "--namespace", "m@mine");
    }

    @Test
    void revision_ofSeveralFiles_isTheSha256OfTheirs() throws Exception {
        Path second = write("second.onnx", new TinyOnnx().longs("more", 1));
        byte[] both = HexFormat.of().parseHex(sha256(Files.readAllBytes(model)) + sha256(Files.readAllBytes(second)));
        Result result = importModel("m", second.toString());
        assertTrue(result.out().contains("\nnamespace m@" + sha256(both) + "\n"), result::toString);
        assertEquals(4, tool.ok("ls", "--format", "json").lines().size());
    }

    @Test
    void import_isOneVersion() {
        String version = ToolRunner.raw(importModel("m", "--format", "json").out(), "version");
        for (String entry : tool.ok("ls", "--format", "json").lines()) {
            assertEquals(version, ToolRunner.raw(entry, "version"));
        }
    }

    @Test
    void import_done_saysHowMuchOfEachTypeAndHowFast() {
        Result json = importModel("m", "--format", "json");
        assertEquals(3, json.number("tensors"));
        assertEquals(400_028, json.number("logicalBytes"));
        assertTrue(json.out().contains("\"dtypes\":[{\"dtype\":\"F32\",\"tensors\":2,\"logicalBytes\":400012,"),
                json.out());
        assertTrue(json.number("storedBytes") >= 400_028, json.out());
        assertTrue(json.number("bytesPerSecond") > 0, json.out());
        List<String> table = importModel("m").lines();
        assertTrue(table.get(0).matches("dtype +tensors +logicalBytes +storedBytes +rate"), table.get(0));
        assertTrue(table.get(1).matches("F32 +2 +400012 +[0-9]+ +.*/s"), table.get(1));
        assertTrue(table.get(3).matches("all +3 +400028 +[0-9]+ +.*/s"), table.get(3));
    }

    @Test
    void import_compact_isEncoded() {
        assertEquals(0, importModel("m", "--storage", "compact").code());
        for (String entry : tool.ok("ls", "--format", "json").lines()) {
            assertEquals("\"compact\"", ToolRunner.raw(entry, "storage"));
        }
    }

    @Test
    void import_ofDamagedModel_leavesNoStore() throws IOException {
        byte[] bytes = Files.readAllBytes(model);
        Files.write(model, Arrays.copyOf(bytes, bytes.length - 1));
        Result result = importModel("m");
        assertEquals(ExitCode.FAILED, result.code(), result::toString);
        assertTrue(result.err().contains("model.onnx"), result::err);
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    @Test
    void import_ofSameNameTwice_isWrongUsageAndNamesBothFiles() throws IOException {
        Path second = write("second.onnx", new TinyOnnx().longs("ids", 1));
        Result result = importModel("m", second.toString());
        assertEquals(ExitCode.USAGE, result.code(), result::toString);
        assertTrue(result.err().contains("model.onnx") && result.err().contains("second.onnx"), result::err);
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    @Test
    void import_ofMissingFile_isWrongUsage() {
        Result result = tool.run("import", folder.resolve("none.onnx").toString(), "--namespace", "m");
        assertEquals(ExitCode.USAGE, result.code(), result::toString);
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    @Test
    void import_thatDoesNotFit_leavesTheStoreAsItWas() throws IOException {
        tool.stdin(new byte[1]).ok("put", "k", "--namespace", "m@before", "--input", "-", "--capacity", "2M");
        model = write("large.onnx", new TinyOnnx().floats("small", 10, 0).floats("large", 1 << 20, 0));
        Result result = importModel("m@after");
        assertEquals(ExitCode.REFUSED, result.code(), result::toString);
        assertEquals(1, tool.ok("ls", "--format", "json").lines().size());
        assertEquals(1, tool.ok("namespaces", "--format", "json").lines().size());
        assertEquals(1, tool.ok("get", "k", "--namespace", "m").bytes().length);
    }
}
