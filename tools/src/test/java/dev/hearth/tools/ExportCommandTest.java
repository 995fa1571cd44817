package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.TensorSpec;
import dev.hearth.tools.ToolRunner.Result;
import dev.hearth.tools.model.ModelFile;
import dev.hearth.tools.model.ModelFiles;
import dev.hearth.tools.model.ModelTensor;
import dev.hearth.tools.model.ModelWriter;
import dev.hearth.tools.model.TensorInfo;
import dev.hearth.tools.model.TensorOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Namespaces into model files, and back. */
final class ExportCommandTest {
    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();
    private Path target = Path.of("");

    @BeforeEach
    void openStore() {
        tool = ToolRunner.on(folder.resolve("store"));
        target = folder.resolve("out.safetensors");
    }

    private static TensorOutput tensor(String name, DType dtype, Long... shape) {
        TensorInfo info = TensorInfo.of(name, dtype, List.of(shape));
        byte[] bytes = new byte[(int) info.byteSize()];
        new Random(name.hashCode()).nextBytes(bytes);
        return new TensorOutput(info, (offset, to) -> MemorySegment.copy(MemorySegment.ofArray(bytes), offset, to, 0,
                to.byteSize()));
    }

    private Path write(String name, Map<String, String> metadata, TensorOutput... tensors) throws IOException {
        Path file = folder.resolve(name);
        ModelWriter.safetensors().write(file, metadata, List.of(tensors));
        return file;
    }

    private Result importFile(Path file, String namespace) {
        return tool.ok("import", file.toString(), "--namespace", namespace, "--capacity", "64M");
    }

    private Result export(String namespace, String... more) {
        List<String> args = new ArrayList<>(List.of("export", "--namespace", namespace, target.toString()));
        args.addAll(List.of(more));
        return tool.run(args.toArray(String[]::new));
    }

    /** Everything that a model file says, tensors by name. */
    private static Map<String, Object> content(Path file) throws IOException {
        Map<String, Object> content = new TreeMap<>();
        try (ModelFile model = ModelFiles.open(file)) {
            content.put("metadata", Map.copyOf(model.metadata()));
            for (ModelTensor tensor : model.tensors()) {
                content.put("tensor " + tensor.name(),
                        List.of(tensor.info(), ByteBuffer.wrap(tensor.data().toArray(ValueLayout.JAVA_BYTE))));
            }
        }
        return content;
    }

    private void requireNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertFalse(files.anyMatch(file -> file.toString().endsWith(".tmp")), "a temporary file is left");
        }
        assertFalse(Files.exists(target), "a file was written");
    }

    @Test
    void safetensors_importedAndExported_isTheSameToTheLastBit() throws IOException {
        List<TensorOutput> tensors = new ArrayList<>();
        for (DType dtype : DType.values()) {
            if (dtype != DType.UNTYPED) {
                tensors.add(tensor("t/" + dtype + " \"\\é\u4e2d", dtype, 2L, 3L, 4L));
            }
        }
        tensors.add(tensor("scalar", DType.F64));
        tensors.add(tensor("none", DType.BF16, 3L, 0L));
        tensors.add(tensor("large", DType.U8, 3_000_001L));
        tensors.add(tensor("hex:ff", DType.U8, 3L));
        tensors.add(tensor("hex:61", DType.U8, 3L));
        Map<String, String> metadata = new LinkedHashMap<>();
        // In the order in which they are kept, so that the files are equal byte by byte.
        metadata.put("", "line\nbreak \\ \u0001 é \ud83d\ude00");
        metadata.put("format", "pt");
        Path file = write("in.safetensors", metadata, tensors.toArray(TensorOutput[]::new));
        importFile(file, "m");
        assertEquals(0, export("m").code());
        assertEquals(content(file), content(target));
        assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(target), "the writer's own files come back");

        importFile(target, "again");
        Path second = folder.resolve("second.safetensors");
        tool.ok("export", "--namespace", "again", second.toString());
        assertArrayEquals(Files.readAllBytes(target), Files.readAllBytes(second));
    }

    @Test
    void compactValues_exported_areDecoded() throws IOException {
        Path file = write("in.safetensors", Map.of(), tensor("a", DType.F32, 500L, 500L), tensor("b", DType.U8, 5L));
        tool.ok("import", file.toString(), "--namespace", "m", "--capacity", "64M", "--storage", "compact");
        assertEquals(0, export("m").code());
        assertEquals(content(file), content(target));
    }

    @Test
    void metadata_ofModels_isOneEntryOfJsonUnderItsKey() throws IOException {
        importFile(write("in.safetensors", Map.of("b", "2", "a", "1"), tensor("t", DType.U8, 1L)), "m");
        String key = "hex:006865617274682e6d65746164617461";
        assertEquals("{\"a\":\"1\",\"b\":\"2\"}", tool.ok("get", key, "--namespace", "m").out());
        String entry = tool.ok("ls", "--prefix", "hex:00", "--format", "json").out();
        assertTrue(entry.startsWith("{\"key\":\"" + key + "\",") && entry.contains("\"kind\":\"parameter\""), entry);
        importFile(write("none.safetensors", Map.of(), tensor("t", DType.U8, 1L)), "plain");
        assertEquals(1, tool.ok("ls", "--namespace", "plain", "--format", "json").lines().size());
    }

    @Test
    void metadata_ofMegabytes_comesBack() throws IOException {
        Map<String, String> metadata = Map.of("tokenizer", "\"token\u4e2d\"\n".repeat(400_000), "k", "v");
        Path file = write("in.safetensors", metadata, tensor("t", DType.U8, 1L));
        importFile(file, "m");
        assertEquals(0, export("m").code());
        assertEquals(content(file), content(target));
    }

    @Test
    void metadata_ofSeveralFiles_isMerged() throws IOException {
        Path a = write("a.safetensors", Map.of("format", "pt", "same", "x"), tensor("a", DType.U8, 1L));
        Path b = write("b.safetensors", Map.of("format", "np", "same", "x"), tensor("b", DType.U8, 1L));
        tool.ok("import", a.toString(), b.toString(), "--namespace", "m", "--capacity", "64M");
        assertEquals(0, export("m").code());
        assertEquals(Map.of("format", "pt", "same", "x", "format@b.safetensors", "np"),
                content(target).get("metadata"));
    }

    /** A GGUF file of version 3 with one text of metadata and one tensor of two Q8_0 blocks. */
    private Path gguf() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4_096).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(1).putLong(1);
        text(text(bytes, "general.architecture").putInt(8), "llama");
        text(bytes, "blk.0.w").putInt(2).putLong(32).putLong(2).putInt(8).putLong(0);
        bytes.position((bytes.position() + 31) / 32 * 32);
        for (int i = 0; i < 2 * 34; i++) {
            bytes.put((byte) i);
        }
        bytes.position((bytes.position() + 31) / 32 * 32);
        byte[] file = new byte[bytes.position()];
        bytes.get(0, file);
        return Files.write(folder.resolve("in.gguf"), file);
    }

    private static ByteBuffer text(ByteBuffer bytes, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return bytes.putLong(utf8.length).put(utf8);
    }

    @Test
    void quantisedBlocks_exported_areBytesWithTheirTypeInMetadataAndComeBack() throws IOException {
        importFile(gguf(), "m");
        String stored = tool.ok("ls", "--namespace", "m", "--prefix", "blk", "--format", "json").out();
        assertEquals(0, export("m").code());
        Map<String, String> metadata = new TreeMap<>();
        try (ModelFile model = ModelFiles.open(target)) {
            metadata.putAll(model.metadata());
            assertEquals(TensorInfo.of("blk.0.w", DType.U8, List.of(68L)), model.tensors().getFirst().info());
        }
        assertEquals(Map.of("general.architecture", "llama", "hearth.tensor.blk.0.w",
                "{\"attribute.blockBytes\":\"34\",\"attribute.blockElements\":\"32\",\"attribute.type\":\"Q8_0\","
                        + "\"dtype\":\"UNTYPED\",\"shape\":\"2,32\"}"),
                metadata);

        importFile(target, "again");
        String again = tool.ok("ls", "--namespace", "again", "--prefix", "blk", "--format", "json").out();
        for (String field : List.of("dtype", "shape", "attributes", "logicalBytes")) {
            assertEquals(ToolRunner.raw(stored, field), ToolRunner.raw(again, field), field);
        }
        assertEquals("{\"general.architecture\":\"llama\"}",
                tool.ok("get", "hex:006865617274682e6d65746164617461", "--namespace", "again").out());

        target = folder.resolve("out.npz");
        Result npz = export("m");
        assertEquals(ExitCode.USAGE, npz.code(), npz::toString);
        assertTrue(npz.err().contains("tensor=blk.0.w dtype=Q8_0"), npz::err);
        requireNothingLeft();
    }

    @Test
    void note_thatDoesNotFit_isRefused() throws IOException {
        for (String note : List.of("{\"dtype\":\"UNTYPED\",\"shape\":\"-2\"}", "{\"dtype\":\"X\",\"shape\":\"2\"}", "x",
                "{\"dtype\":\"F32\",\"shape\":\"3\"}", "{\"attribute.a\":\"" + "x".repeat(300) + "\"}")) {
            Path file = write("in.safetensors", Map.of("hearth.tensor.t", note), tensor("t", DType.U8, 4L));
            Result result = tool.run("import", file.toString(), "--namespace", "m");
            assertEquals(ExitCode.FAILED, result.code(), result::toString);
            assertTrue(result.err().contains("hearth.tensor.t"), result::err);
        }
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    @Test
    void keys_thatAreNoText_haveNamesAndComeBack() throws IOException {
        tool.stdin(new byte[]{1, 2, 3}).ok("put", "hex:ff00", "--namespace", "m", "--input", "-", "--capacity", "64M");
        tool.stdin(new byte[]{4}).ok("put", "hex:0a", "--namespace", "m", "--input", "-");
        assertEquals(0, export("m").code());
        try (ModelFile model = ModelFiles.open(target)) {
            assertEquals(List.of("hex:0a", "hex:ff00"),
                    model.tensors().stream().map(ModelTensor::name).sorted().toList());
        }
        importFile(target, "again");
        assertArrayEquals(new byte[]{1, 2, 3}, tool.ok("get", "hex:ff00", "--namespace", "again").bytes());
        String entry = tool.ok("ls", "--namespace", "again", "--prefix", "hex:ff", "--format", "json").out();
        assertTrue(entry.contains("\"dtype\":\"UNTYPED\",\"shape\":[],\"logicalBytes\":3"), entry);
    }

    @Test
    void npz_ofNumpyTypes_holdsThemAndDropsMetadata() throws IOException {
        Path file = write("in.safetensors", Map.of("k", "v"), tensor("a", DType.F32, 700L, 700L),
                tensor("b/c", DType.BOOL, 3L), tensor("s", DType.I64));
        importFile(file, "m");
        target = folder.resolve("out.NPZ");
        Result result = export("m", "--format", "json");
        assertEquals(0, result.code(), result::toString);
        assertEquals("hearth: npz has no metadata, left out: 1 entries\n", result.err());
        assertEquals(0, result.number("metadata"));
        Map<String, Object> expected = content(file);
        expected.put("metadata", Map.of());
        assertEquals(expected, content(target));
        assertEquals("", export("m", "--force", "--quiet").err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"BF16", "F8_E5M2", "F8_E4M3"})
    void npz_ofOtherTypes_isRefusedBeforeAnythingIsWritten(String dtype) throws IOException {
        importFile(
                write("in.safetensors", Map.of(), tensor("a", DType.F32, 2L), tensor("z.w", DType.valueOf(dtype), 2L)),
                "m");
        target = folder.resolve("out.npz");
        Result result = export("m");
        assertEquals(ExitCode.USAGE, result.code(), result::toString);
        assertTrue(result.err().contains("tensor=z.w dtype=" + dtype), result::err);
        requireNothingLeft();
        assertEquals(0, export("m", "--filter", "a").code(), "without that tensor");
    }

    @Test
    void filter_globs_chooseTensors() throws IOException {
        importFile(write("in.safetensors", Map.of("k", "v"), tensor("l.0.w", DType.U8, 1L),
                tensor("l.0.b", DType.U8, 2L), tensor("l.1.w", DType.U8, 3L), tensor("head", DType.U8, 4L)), "m");
        Result result = export("m", "--filter", "l.*.w", "--filter", "head", "--format", "json");
        assertEquals(3, result.number("tensors"));
        assertEquals(List.of("metadata", "tensor head", "tensor l.0.w", "tensor l.1.w"),
                List.copyOf(content(target).keySet()));
        assertEquals(Map.of("k", "v"), content(target).get("metadata"));
        Files.delete(target);
        Result none = export("m", "--filter", "L*");
        assertEquals(ExitCode.NEGATIVE, none.code(), none::toString);
        assertTrue(none.err().startsWith("hearth: none of 4 tensors in namespace m@"), none::err);
        requireNothingLeft();
    }

    @Test
    void export_done_saysWhatItWrote() throws IOException {
        importFile(write("in.safetensors", Map.of("k", "v"), tensor("a", DType.F32, 3L), tensor("b", DType.I8, 5L)),
                "m@1");
        Result json = export("m", "--format", "json");
        assertTrue(json.out().startsWith("{\"namespace\":\"m@1\",\"file\":\"" + target
                + "\",\"fileFormat\":\"safetensors\",\"fileBytes\":" + Files.size(target)
                + ",\"tensors\":2,\"logicalBytes\":17,\"metadata\":1,\"durationNanos\":"), json.out());
        assertTrue(json.out().endsWith("\"dtypes\":[{\"dtype\":\"I8\",\"tensors\":1,\"logicalBytes\":5},"
                + "{\"dtype\":\"F32\",\"tensors\":1,\"logicalBytes\":12}]}\n"), json.out());
        assertEquals("", json.err());
        List<String> table = export("m", "--force").lines();
        assertTrue(table.get(0).matches("dtype +tensors +logicalBytes"), table.get(0));
        assertTrue(table.get(2).matches("F32 +1 +12"), table.get(2));
        assertTrue(table.get(3).matches("all +2 +17"), table.get(3));
        assertEquals("namespace m@1", table.get(4));
        assertTrue(table.get(5).startsWith("file " + target + ", " + Files.size(target) + " bytes, "), table.get(5));
    }

    @Test
    void file_thatExists_isReplacedByForceOnly() throws IOException {
        importFile(write("in.safetensors", Map.of(), tensor("a", DType.U8, 3L)), "m");
        Files.writeString(target, "mine");
        Result refused = export("m");
        assertEquals(ExitCode.USAGE, refused.code(), refused::toString);
        assertTrue(refused.err().contains("exists; --force replaces it"), refused::err);
        assertEquals("mine", Files.readString(target));
        assertEquals(0, export("m", "--force").code());
        assertEquals(2, content(target).size());
        Files.delete(target);
        Files.createSymbolicLink(target, folder.resolve("nowhere"));
        assertEquals(ExitCode.USAGE, export("m").code(), "a link that leads nowhere is there too");
    }

    @Test
    void file_thatCannotBe_isWrongUsage() throws IOException {
        importFile(write("in.safetensors", Map.of(), tensor("a", DType.U8, 3L)), "m");
        for (String file : List.of("out", "out.gguf", "out.safetensors.bak")) {
            Result result = tool.run("export", "--namespace", "m", folder.resolve(file).toString());
            assertEquals(ExitCode.USAGE, result.code(), result::toString);
            assertTrue(result.err().contains(".safetensors") && result.err().contains(".npz"), result::err);
        }
        Files.createDirectory(folder.resolve("dir.npz"));
        for (String file : List.of("none/out.npz", "dir.npz")) {
            Result result = tool.run("export", "--namespace", "m", folder.resolve(file).toString(), "--force");
            assertEquals(ExitCode.USAGE, result.code(), result::toString);
        }
        assertEquals(ExitCode.USAGE, tool.run("export", target.toString()).code(), "no namespace given");
        assertEquals(ExitCode.USAGE, export("m", "--filter", "[").code(), "a pattern that is none");
    }

    @Test
    void namespace_thatIsNotThereOrEmpty_isOne() throws IOException {
        importFile(write("in.safetensors", Map.of(), tensor("a", DType.U8, 3L)), "m");
        assertEquals(ExitCode.NEGATIVE, export("other").code());
        tool.ok("rm", "a", "--namespace", "m");
        Result empty = export("m");
        assertEquals(ExitCode.NEGATIVE, empty.code(), empty::toString);
        assertTrue(empty.err().contains("nothing to export in namespace m@"), empty::err);
        tool = ToolRunner.on(folder.resolve("none"));
        assertEquals(ExitCode.REFUSED, export("m").code(), "no store");
        requireNothingLeft();
    }

    @Test
    void value_damaged_isOneAndLeavesNoFile() throws IOException {
        importFile(write("in.safetensors", Map.of(), tensor("a", DType.U8, 300_000L)), "m");
        String entry = tool.ok("ls", "--namespace", "m", "--format", "json").out();
        long offset = Long.parseLong(ToolRunner.raw(entry, "offsetBytes")) + 150_000;
        try (FileChannel data = FileChannel.open(folder.resolve("store/data"), StandardOpenOption.WRITE)) {
            assertEquals(3, data.write(ByteBuffer.wrap(new byte[]{1, 2, 3}), offset));
        }
        Result result = export("m");
        assertEquals(ExitCode.NEGATIVE, result.code(), result::toString);
        assertTrue(result.err().contains("damaged"), result::err);
        requireNothingLeft();
    }

    @Test
    void entry_replacedWhileItIsRead_failsAndLeavesNoFile() throws IOException {
        Path store = folder.resolve("store");
        try (Hearth hearth = Hearth.open(store, HearthOptions.defaults().capacityBytes(64 << 20))) {
            var namespace = hearth.namespace(Fingerprint.of("m"));
            MemorySegment value = MemorySegment.ofArray(new byte[3 << 20]);
            namespace.put(Keys.utf8("a"), value, TensorSpec.UNTYPED, Kind.PARAMETER);
            boolean[] replaced = new boolean[1];
            Exporter exporter = new Exporter(namespace, NameFilter.ALL, (done, total) -> {
                if (done < total && !replaced[0]) {
                    replaced[0] = true;
                    long version = namespace.put(Keys.utf8("a"), value, TensorSpec.UNTYPED, Kind.PARAMETER);
                    assertTrue(version > 0);
                }
            });
            ToolFailure failure = assertThrows(ToolFailure.class,
                    () -> exporter.to(target, ExportFormat.SAFETENSORS, true));
            assertEquals(ExitCode.FAILED, failure.code());
            assertTrue(replaced[0], "replaced in the middle");
        }
        requireNothingLeft();
    }
}
