package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The writers: what they write is what the readers read, and nothing else is left behind. */
class ModelWriterTest {
    private static final List<DType> NUMPY_TYPES = List.of(DType.BOOL, DType.U8, DType.I8, DType.I16, DType.U16,
            DType.F16, DType.I32, DType.U32, DType.F32, DType.F64, DType.I64, DType.U64);

    @TempDir
    Path folder;

    private static TensorOutput tensor(String name, DType dtype, Random random, Long... shape) {
        TensorInfo info = TensorInfo.of(name, dtype, List.of(shape));
        byte[] bytes = new byte[(int) info.byteSize()];
        random.nextBytes(bytes);
        return new TensorOutput(info, (offset, target) -> MemorySegment.copy(MemorySegment.ofArray(bytes), offset,
                target, 0, target.byteSize()));
    }

    private static byte[] bytes(TensorOutput tensor) throws IOException {
        byte[] all = new byte[(int) tensor.info().byteSize()];
        tensor.contents().read(0, MemorySegment.ofArray(all));
        return all;
    }

    private static List<TensorOutput> tensors(List<DType> types) {
        Random random = new Random(7);
        List<TensorOutput> tensors = new ArrayList<>();
        for (DType type : types) {
            tensors.add(tensor("t/" + type, type, random, 2L, 3L, 4L));
        }
        tensors.add(tensor("scalar \"\\é\u4e2d", types.getFirst(), random));
        tensors.add(tensor("none", types.getLast(), random, 3L, 0L));
        tensors.add(tensor("large", DType.U8, random, 3_000_001L));
        return tensors;
    }

    private void checkRoundTrip(ModelWriter writer, String name, List<TensorOutput> tensors,
            Map<String, String> metadata) throws IOException {
        Path path = folder.resolve(name);
        writer.write(path, metadata, tensors);
        try (ModelFile model = ModelFiles.open(path)) {
            assertEquals(metadata, model.metadata());
            assertEquals(tensors.size(), model.tensors().size());
            for (TensorOutput tensor : tensors) {
                ModelTensor read = Models.tensor(model, tensor.info().name());
                assertEquals(tensor.info(), read.info());
                assertArrayEquals(bytes(tensor), Models.bytes(read), read.name());
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(path), files.toList(), "no temporary file is left");
        }
    }

    @Test
    void safetensors_everyType_readsBackEqual() throws IOException {
        List<DType> types = Stream.of(DType.values()).filter(type -> type != DType.UNTYPED).toList();
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put("text \"with\"", "line\nbreak \\ \u0001 é \ud83d\ude00");
        checkRoundTrip(ModelWriter.safetensors(), "m.safetensors", tensors(types), metadata);
    }

    @Test
    void safetensors_written_isAlignedAndOrdered() throws IOException {
        Path path = folder.resolve("m.safetensors");
        Random random = new Random(1);
        ModelWriter.safetensors().write(path, Map.of("k", "v"), List.of(tensor("b", DType.U8, random, 3L),
                tensor("z", DType.F32, random, 1L), tensor("a", DType.F32, random, 1L)));
        String json = "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"z\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
                + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
        byte[] file = Files.readAllBytes(path);
        int padded = (json.length() + 7) / 8 * 8;
        Bytes expected = new Bytes().u64(padded).text(json).text(" ".repeat(padded - json.length()));
        assertArrayEquals(expected.array(), Arrays.copyOf(file, expected.size()));
        assertEquals(expected.size() + 11, file.length);
    }

    @Test
    void safetensors_rewritten_isTheSameFile() throws IOException {
        Path first = folder.resolve("a.safetensors");
        Path second = folder.resolve("b.safetensors");
        ModelWriter.safetensors().write(first, Map.of("k", "v"), tensors(NUMPY_TYPES));
        try (ModelFile model = ModelFiles.open(first)) {
            ModelWriter.safetensors().write(second, model.metadata(),
                    model.tensors().stream().map(TensorOutput::of).toList());
        }
        assertEquals(-1, Files.mismatch(first, second), "nothing was lost on the way");
    }

    @Test
    void safetensors_untyped_isWrittenUnderItsNameOrAsBytes() throws IOException {
        TensorContents zeros = (offset, target) -> target.fill((byte) 0);
        TensorInfo complex = TensorInfo.untyped("c", List.of(2L), 16, new TensorInfo.Block("C64", 1, 8));
        TensorInfo quantised = TensorInfo.untyped("q", List.of(32L), 18, new TensorInfo.Block("Q4_0", 32, 18));
        Path path = folder.resolve("m.safetensors");
        assertThrows(IllegalArgumentException.class, () -> ModelWriter.safetensors().write(path, Map.of(),
                List.of(new TensorOutput(quantised, zeros))));
        ModelWriter.safetensors().write(path, Map.of(),
                List.of(new TensorOutput(complex, zeros), new TensorOutput(quantised, zeros).asBytes()));
        try (ModelFile model = ModelFiles.open(path)) {
            assertEquals(complex, Models.tensor(model, "c").info());
            assertEquals(TensorInfo.of("q", DType.U8, List.of(18L)), Models.tensor(model, "q").info());
        }
    }

    @Test
    void npz_storedAndDeflated_readBackEqual() throws IOException {
        checkRoundTrip(ModelWriter.npz(false), "m.npz", tensors(NUMPY_TYPES), Map.of());
        checkRoundTrip(ModelWriter.npz(true), "m.npz", tensors(NUMPY_TYPES), Map.of());
    }

    /** The JDK's own reader of archives is the independent witness. */
    @Test
    void npz_written_isReadByTheJdk() throws IOException {
        List<TensorOutput> tensors = tensors(NUMPY_TYPES);
        for (boolean deflated : new boolean[]{false, true}) {
            Path path = folder.resolve("m.npz");
            ModelWriter.npz(deflated).write(path, Map.of(), tensors);
            try (ZipFile zip = new ZipFile(path.toFile())) {
                assertEquals(tensors.size(), zip.size());
                for (TensorOutput tensor : tensors) {
                    byte[] member = zip.getInputStream(zip.getEntry(tensor.info().name() + ".npy")).readAllBytes();
                    assertArrayEquals(new Bytes().raw(NpyWriter.header(tensor.info())).raw(bytes(tensor)).array(),
                            member, tensor.info().name());
                }
            }
        }
    }

    @Test
    void npy_header_isTheDocumentedOne() throws IOException {
        TensorOutput tensor = tensor("a", DType.F32, new Random(3), 2L, 3L);
        checkRoundTrip(ModelWriter.npy(), "a.npy", List.of(tensor), Map.of());
        byte[] file = Files.readAllBytes(folder.resolve("a.npy"));
        assertArrayEquals(NpyContractTest.array("<f4", "(2, 3)", bytes(tensor)).array(), file);
        assertEquals(0, (file.length - 24) % 64, "the values are aligned");
        assertArrayEquals(NpyContractTest.array("<i8", "(5,)", new byte[0]).array(),
                NpyWriter.header(TensorInfo.of("v", DType.I64, List.of(5L))));
        assertArrayEquals(NpyContractTest.array("|b1", "()", new byte[0]).array(),
                NpyWriter.header(TensorInfo.of("s", DType.BOOL, List.of())));
    }

    @Test
    void write_whatAFormatCannotSay_isRefusedAndNothingIsWritten() throws IOException {
        Random random = new Random(5);
        TensorOutput bf16 = tensor("b", DType.BF16, random, 2L);
        TensorOutput f32 = tensor("f", DType.F32, random, 2L);
        Map<String, String> metadata = Map.of("k", "v");
        Path path = folder.resolve("m");
        refused(() -> ModelWriter.npz(false).write(path, Map.of(), List.of(bf16)));
        refused(() -> ModelWriter.npz(false).write(path, metadata, List.of(f32)));
        refused(() -> ModelWriter.npz(true).write(path, Map.of(), List.of(f32, f32)));
        refused(() -> ModelWriter.npy().write(path, Map.of(), List.of(f32, bf16)));
        refused(() -> ModelWriter.npy().write(path, Map.of(), List.of()));
        refused(() -> ModelWriter.safetensors().write(path, Map.of(), List.of(f32, f32)));
        refused(() -> ModelWriter.safetensors().write(path, Map.of("\ud800", "v"), List.of(f32)));
        refused(() -> ModelWriter.safetensors().write(path, Map.of(),
                List.of(tensor("__metadata__", DType.F32, random, 1L))));
        refused(() -> ModelWriter.safetensors().write(path, Map.of(), List.of(tensor("x", DType.F4, random, 3L))));
        refused(() -> ModelWriter.safetensors().write(folder, Map.of(), List.of(f32)));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count(), "nothing was written");
        }
    }

    private static void refused(Executable write) {
        assertThrows(IllegalArgumentException.class, write);
    }

    @Test
    void write_sourceFails_leavesTheOldFile() throws IOException {
        Path path = Files.writeString(folder.resolve("m.safetensors"), "old");
        TensorOutput broken = new TensorOutput(TensorInfo.of("a", DType.U8, List.of(5_000_000L)), (offset, target) -> {
            if (offset > 0) {
                throw new UncheckedIOException(new IOException("no more"));
            }
        });
        for (ModelWriter writer : List.of(ModelWriter.safetensors(), ModelWriter.npz(true), ModelWriter.npy())) {
            assertThrows(UncheckedIOException.class, () -> writer.write(path, Map.of(), List.of(broken)));
        }
        assertEquals("old", Files.readString(path));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count(), "no temporary file is left");
        }
        assertTrue(Files.exists(path), "the old file");
    }
}
