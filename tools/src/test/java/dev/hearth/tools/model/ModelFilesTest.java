package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How formats are told apart, how files are named by their content, and how refusals read. */
class ModelFilesTest {
    @TempDir
    Path folder;

    @Test
    void open_unknownContent_isRefusedWithTheFormats() throws IOException {
        ModelFormatException e = Models.refused(folder, "model.bin", new Bytes().text("something else entirely"));
        assertEquals("file", e.field());
        assertTrue(e.found().contains("safetensors, GGUF, npy or npz"), e.found());
        assertTrue(Models.refused(folder, "empty.gguf", new Bytes()).found().contains("empty"), "empty");
    }

    @Test
    void open_wrongSuffix_goesByContent() throws IOException {
        Bytes gguf = GgufReaderTest.header(3, 0, 0);
        Bytes npy = NpyContractTest.array("<f4", "(0,)", new byte[0]);
        Bytes npz = new Bytes().raw(new ZipBytes().array());
        for (Map.Entry<String, Bytes> file : Map.of("gguf", gguf, "npy", npy, "npz", npz).entrySet()) {
            try (ModelFile model = Models.open(folder, "m.onnx", file.getValue())) {
                assertEquals(file.getKey(), model.format());
            }
        }
    }

    @Test
    void sha256_oneFile_isItsOwn() throws IOException {
        Path empty = Files.write(folder.resolve("empty"), new byte[0]);
        Path abc = Files.writeString(folder.resolve("abc"), "abc");
        String ofEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        String ofAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assertEquals(ofEmpty, ModelFiles.sha256(List.of(empty)));
        assertEquals(ofAbc, ModelFiles.sha256(List.of(abc)));
        Path lines = Files.writeString(folder.resolve("lines"), ofAbc + "  abc\n" + ofEmpty + "  empty\n");
        assertEquals(ModelFiles.sha256(List.of(lines)), ModelFiles.sha256(List.of(empty, abc)), "as sha256sum says it");
        assertThrows(IllegalArgumentException.class, () -> ModelFiles.sha256(List.of()));
    }

    @Test
    void sha256_severalFiles_isThatOfTheSortedListOfSha256sum(@TempDir Path other) throws IOException {
        Path a = Files.writeString(folder.resolve("a"), "1");
        Path odd = Files.writeString(other.resolve("b\\c\nd"), "22");
        Path list = Files.writeString(folder.resolve("list"), Stream.of(
                ModelFiles.sha256(List.of(a)) + "  a\n",
                "\\" + ModelFiles.sha256(List.of(odd)) + "  b\\\\c\\nd\n").sorted().collect(Collectors.joining()));
        List<Long> done = new ArrayList<>();
        String sha256 = ModelFiles.sha256(List.of(odd, a), done::add);
        assertEquals(ModelFiles.sha256(List.of(list)), sha256);
        assertEquals(sha256, ModelFiles.sha256(List.of(a, odd)), "in any order");
        assertEquals(List.of(2L, 3L), done, "progress over all files");
    }

    @Test
    void message_textFromAFile_isPrintableAndShort() {
        ModelFormatException e =
                new ModelFormatException(Path.of("m"), "field", 7, "\u001b[31m\u202e" + "x".repeat(1_000));
        assertTrue(e.found().startsWith("\\u001b[31m\\u202exxx"), e.found());
        assertTrue(e.found().length() < 400, "cut");
        assertTrue(String.valueOf(e.getMessage()).startsWith("m: field at byte 7: "), e.getMessage());
        assertFalse(String.valueOf(e.getMessage()).contains("\u001b"), "no control characters");
    }

    @Test
    void tensorInfo_partsThatDisagree_areRefused() {
        assertThrows(IllegalArgumentException.class,
                () -> new TensorInfo("a", DType.F32, List.of(2L), 4, Map.of()));
        assertThrows(IllegalArgumentException.class,
                () -> new TensorInfo("a", DType.UNTYPED, List.of(-2L), 4, Map.of()));
        assertThrows(IllegalArgumentException.class, () -> TensorInfo.of("", DType.F32, List.of(2L)));
        assertThrows(IllegalArgumentException.class, () -> TensorInfo.of("a", DType.F32, List.of(-2L)));
        assertThrows(IllegalArgumentException.class, () -> TensorInfo.of("a", DType.F32, List.of(1L << 62, 2L)));
        assertEquals(0, TensorInfo.of("a", DType.F32, List.of(0L, 1L << 60)).byteSize());
        assertEquals(2, TensorInfo.of("a", DType.F4, List.of(3L)).byteSize());
    }
}
