package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.ToolRunner.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    /** The lines of the entries that are tensors: metadata has a key that is no text. */
    private List<String> tensors() {
        return tool.ok("ls", "--format", "json").lines().stream().filter(line -> !line.contains("\"hex:")).toList();
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
        List<String> entries = tensors();
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
        String list = Stream.of(sha256(Files.readAllBytes(model)) + "  model.onnx\n",
                sha256(Files.readAllBytes(second)) + "  second.onnx\n").sorted().collect(Collectors.joining());
        String revision = sha256(list.getBytes(StandardCharsets.UTF_8));
        Result result = importModel("m", second.toString());
        assertTrue(result.out().contains("\nnamespace m@" + revision + "\n"), result::toString);
        assertEquals(4, tensors().size());
        Path first = model;
        model = second;
        assertTrue(importModel("m", first.toString()).out().contains("@" + revision), "in another order");
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
        for (String entry : tensors()) {
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

    @Test
    void filter_globs_chooseTensors() {
        Result result = importModel("m", "--filter", "w*", "--filter", "?ds", "--format", "json");
        assertEquals(2, result.number("tensors"));
        assertEquals(28, result.number("logicalBytes"));
        assertEquals(List.of("\"ids\"", "\"weight\""),
                tensors().stream().map(entry -> ToolRunner.raw(entry, "key")).toList());
    }

    @Test
    void filter_withoutAMatch_isOneAndCreatesNothing() {
        for (String more : new String[]{"", "--dry-run"}) {
            Result result = more.isEmpty()
                    ? importModel("m", "--filter", "Weight")
                    : importModel("m", "--filter", "Weight", more);
            assertEquals(ExitCode.NEGATIVE, result.code(), result::toString);
            assertEquals("hearth: none of 3 tensors matches --filter Weight\n", result.err());
        }
        assertEquals(ExitCode.USAGE, importModel("m", "--filter", "[").code());
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    @Test
    void dryRun_listsWhatWouldBeImported_andTouchesNoStore() {
        ToolRunner storeless = new ToolRunner();
        Result table = storeless.ok("import", model.toString(), "--namespace", "m", "--dry-run");
        assertTrue(table.lines().get(0).matches("tensor +dtype +from +shape +logicalBytes"), table::out);
        assertTrue(table.lines().get(1).matches("weight +F32 +- +3 +12"), table::out);
        assertTrue(table.lines().get(2).matches("bias +F32 +- +100000 +400000"), table::out);
        assertTrue(table.lines().get(4).matches("all 3 +400028"), table::out);
        Result json = storeless.ok("import", model.toString(), "--namespace", "m", "--dry-run", "--format", "json",
                "--filter", "ids");
        assertEquals("{\"dryRun\":true,\"tensors\":1,\"logicalBytes\":16,\"metadataBytes\":23,\"list\":"
                + "[{\"name\":\"ids\",\"dtype\":\"I64\",\"shape\":[2],\"logicalBytes\":16,\"attributes\":{}}]}\n",
                json.out());
        Result lossy = importModel("m", "--dry-run", "--as", "int8");
        assertTrue(lossy.lines().get(3).matches("bias +I8 +F32 +100000 +100000"), lossy::out);
        assertTrue(lossy.lines().get(4).matches("bias_scale +F32 +- +1 +4"), lossy::out);
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    private float[] floats(String key, String namespace) {
        ByteBuffer bytes = ByteBuffer.wrap(tool.ok("get", key, "--namespace", namespace).bytes())
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] floats = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(floats);
        return floats;
    }

    @Test
    void as_bf16_convertsFloatsUnderAnotherFingerprintAndReportsTheError() throws Exception {
        model = write("model.onnx", new TinyOnnx().floats("w", 1_000, 0.3f).longs("ids", 7, 8));
        assertEquals(0, importModel("m").code());
        Result result = importModel("m", "--as", "bf16", "--format", "json");
        assertEquals(0, result.code(), result::toString);
        String revision = sha256(Files.readAllBytes(model)) + "-bf16";
        assertEquals("\"m@" + revision + "\"", ToolRunner.raw(result.out(), "namespace"));
        byte[] stored = tool.ok("get", "w", "--namespace", "m@" + revision).bytes();
        float[] exact = floats("w", "m@" + sha256(Files.readAllBytes(model)));
        double max = 0;
        double sum = 0;
        for (int i = 0; i < 1_000; i++) {
            int bits = Byte.toUnsignedInt(stored[2 * i]) << 16 | stored[2 * i + 1] << 24;
            double error = Math.abs(Float.intBitsToFloat(bits) - (double) exact[i]);
            assertTrue(error <= Math.ulp(exact[i]) * 0x1p15, "element " + i);
            max = Math.max(max, error);
            sum += error;
        }
        assertTrue(result.out().contains("\"converted\":[{\"name\":\"w\",\"from\":\"F32\",\"to\":\"BF16\","
                + "\"elements\":1000,\"maxAbsError\":" + max + ",\"meanAbsError\":" + sum / 1_000), result.out());
        assertTrue(result.out().endsWith(",\"overflows\":0,\"underflows\":0,\"nonFinite\":0}\n"), result.out());
        assertEquals(2, result.number("tensors"), "integers are left alone");
        assertEquals(List.of("\"I64\"", "\"BF16\""), tool.ok("ls", "--namespace", "m@" + revision, "--format", "json")
                .lines().stream().filter(line -> !line.contains("\"hex:")).map(line -> ToolRunner.raw(line, "dtype"))
                .toList());
        assertTrue(tool.ok("namespaces", "--format", "json").out()
                .contains("\"fingerprint\":{\"conversion\":\"bf16\"}"));
        assertTrue(tool.ok("ls", "--prefix", "w", "--namespace", "m@" + revision, "--format", "json").out()
                .contains("\"attributes\":{\"convertedFrom\":\"F32\"}"));
    }

    @Test
    void as_fp16_countsOverflowsInTheTable() throws IOException {
        model = write("model.onnx", new TinyOnnx().floats("large", 3, 65_519).floats("b", 2, 1).longs("ids", 7));
        Result result = importModel("m", "--as", "fp16");
        assertEquals(0, result.code(), result::toString);
        List<String> lines = result.lines();
        assertTrue(lines.get(0).startsWith("dtype"), result::out);
        assertTrue(lines.stream().anyMatch(line -> line.matches("tensor +from +to +elements +maxAbsError +meanAbsError"
                + " +maxRelativeError +overflows +underflows +nonFinite")), result::out);
        assertTrue(lines.stream().anyMatch(line -> line.matches("large +F32 +F16 +3 +15.0 +15.0 +0.000229 +2 +0 +0")),
                result::out);
        assertTrue(lines.stream().anyMatch(line -> line.matches("b +F32 +F16 +2 +0 +0 +0 +0 +0 +0")), result::out);
        assertTrue(lines.stream().anyMatch(line -> line.matches("all +5 +15.0 +5.00 +0.000229 +2 +0 +0")), result::out);
        byte[] stored = tool.ok("get", "large", "--namespace", "m").bytes();
        assertEquals("ff7b007c007c", HexFormat.of().formatHex(stored));
    }

    @Test
    void as_int8_keepsScalesBesideTheTensorAndSparesWhatHasNone() throws IOException {
        model = write("model.onnx", new TinyOnnx().floats("w", 255, -127).floats("inf", 2, Float.POSITIVE_INFINITY)
                .longs("ids", 7));
        Result result = importModel("m", "--as", "int8", "--format", "json");
        assertEquals(0, result.code(), result::toString);
        assertEquals(4, result.number("tensors"));
        assertEquals(1, floats("w_scale", "m")[0]);
        byte[] stored = tool.ok("get", "w", "--namespace", "m").bytes();
        for (int i = 0; i < 255; i++) {
            assertEquals(i - 127, stored[i]);
        }
        assertTrue(result.out().contains("{\"name\":\"inf\",\"from\":\"F32\",\"to\":\"F32\",\"elements\":0,"),
                result.out());
        assertEquals(Float.POSITIVE_INFINITY, floats("inf", "m")[0]);
        assertTrue(tool.ok("ls", "--prefix", "w", "--format", "json").lines().getFirst()
                .contains("\"attributes\":{\"convertedFrom\":\"F32\",\"scales\":\"tensor\"}"));

        model = write("model.onnx", new TinyOnnx().floats("w", 2, 0).longs("w_scale", 1));
        Result taken = importModel("m", "--as", "int8");
        assertEquals(ExitCode.USAGE, taken.code(), taken::toString);
        assertTrue(taken.err().contains("tensor=w_scale has the name"), taken::err);
        assertEquals(ExitCode.USAGE, importModel("m", "--as", "int4").code());
    }

    @Test
    void revision_thereWithAnotherFingerprint_isRefused() {
        assertEquals(0, importModel("m@1", "--as", "bf16").code());
        Result exact = importModel("m@1");
        assertEquals(ExitCode.USAGE, exact.code(), exact::toString);
        assertTrue(exact.err().contains("{conversion=bf16}"), exact::err);
        assertEquals(ExitCode.USAGE, importModel("m@1", "--as", "fp16").code());
        assertEquals(0, importModel("m@1", "--as", "bf16").code(), "the same again");
        assertEquals(1, tool.ok("namespaces", "--format", "json").lines().size());
    }

    @Test
    void compression_asked_isThatOfTheEntriesAndImpliesCompact() {
        assertEquals(0, importModel("m@lz4", "--compression", "lz4").code());
        assertEquals(0, importModel("m@none", "--compression", "none", "--storage", "compact").code());
        assertEquals(0, importModel("m@small", "--compression", "small", "--storage", "compact").code());
        String lz4 = tool.ok("ls", "--namespace", "m@lz4", "--prefix", "bias", "--format", "json").out();
        assertEquals("\"compact\"", ToolRunner.raw(lz4, "storage"));
        String none = tool.ok("ls", "--namespace", "m@none", "--prefix", "bias", "--format", "json").out();
        assertTrue(none.contains("\"codecs\":{\"raw\":"), none);
        String small = tool.ok("ls", "--namespace", "m@small", "--prefix", "bias", "--format", "json").out();
        assertFalse(lz4.replaceAll(".*\"codecs\":", "").equals(small.replaceAll(".*\"codecs\":", "")), lz4 + small);
        assertEquals(ExitCode.USAGE,
                importModel("m@x", "--compression", "lz4-hc", "--storage", "in-place").code());
        assertEquals(ExitCode.USAGE, importModel("m@x", "--compression", "nonesuch").code());
    }

    @Test
    void import_readOnly_isWrongUsage() {
        assertEquals(ExitCode.USAGE, importModel("m", "--read-only").code());
    }
}
