package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Skeletons of models written by hand. Field numbers as in {@link OnnxReaderTest}. */
final class OnnxSkeletonTest {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;

    @TempDir
    private Path folder;

    private Path target = Path.of("");

    @BeforeEach
    void makeTarget() throws IOException {
        target = Files.createDirectory(folder.resolve("target"));
    }

    private static boolean isFloat(ModelTensor tensor) {
        return tensor.dtype() == DType.F32;
    }

    private static Bytes external(Bytes tensor, long offset, long length) {
        return tensor.field(13, entry("location", "skeleton.weights"))
                .field(13, entry("offset", Long.toString(offset))).field(13, entry("length", Long.toString(length)))
                .number(14, 1);
    }

    private static Bytes entry(String key, String value) {
        return new Bytes().field(1, key).field(2, value);
    }

    private static Bytes description(String name, int type, long dim) {
        return new Bytes().number(1, dim).number(2, type).field(8, name);
    }

    private byte[] skeletonOf(Bytes model) throws IOException {
        Path file = Files.write(folder.resolve("m.onnx"), model.array());
        return Files.readAllBytes(OnnxSkeleton.write(file, target, OnnxSkeletonTest::isFloat));
    }

    @Test
    void write_valuesInEveryPlace_onlyThoseAskedForAreOutside() throws IOException {
        Bytes raw = description("raw", FLOAT, 3).field(9, new Bytes().f32(1, 2, 3));
        Bytes typed = description("typed", FLOAT, 2).field(4, new Bytes().f32(4, 5));
        Bytes indexes = description("indexes", INT64, 1).field(9, new Bytes().u64(7));
        Bytes node = new Bytes().field(1, "raw").field(4, "MatMul");

        byte[] skeleton = skeletonOf(new Bytes().number(1, 8).field(2, "by hand").field(7,
                new Bytes().field(1, node).field(2, "main").field(5, raw).field(5, indexes).field(5, typed)
                        .field(99, "unknown"))
                .field(8, new Bytes().number(2, 17)));

        assertArrayEquals(new Bytes().number(1, 8).field(2, "by hand").field(7,
                new Bytes().field(1, node).field(2, "main")
                        .field(5, external(description("raw", FLOAT, 3), 0, 12)).field(5, indexes)
                        .field(5, external(description("typed", FLOAT, 2), 4_096, 8)).field(99, "unknown"))
                .field(8, new Bytes().number(2, 17)).array(), skeleton);
    }

    @Test
    void write_anyModel_leavesAFileOfTheRightSizeWithoutValues() throws IOException {
        skeletonOf(new Bytes().field(7, new Bytes().field(5,
                description("w", FLOAT, 2_000).field(9, new byte[8_000])).field(5,
                        description("v", FLOAT, 1).field(9, new Bytes().f32(1)))));

        byte[] weights = Files.readAllBytes(target.resolve("skeleton.weights"));
        assertArrayEquals(new byte[3 * 4_096], weights);
    }

    @Test
    void write_valuesOutsideAlready_areOutsideAnew() throws IOException {
        Files.write(folder.resolve("old"), new Bytes().f32(0, 0, 1).array());
        byte[] skeleton = skeletonOf(new Bytes().field(7, new Bytes().field(5, description("w", FLOAT, 1)
                .field(13, entry("location", "old")).field(13, entry("offset", "8")).number(14, 1))));

        assertArrayEquals(new Bytes().field(7, new Bytes().field(5, external(description("w", FLOAT, 1), 0, 4)))
                .array(), skeleton);
    }

    @Test
    void outside_ofASkeleton_areTheInitializersThatItLacks() throws IOException {
        skeletonOf(new Bytes().field(7, new Bytes().field(5, description("w", FLOAT, 2).field(9,
                new Bytes().f32(1, 2))).field(5, description("i", INT64, 1).field(9, new Bytes().u64(7)))));

        try (ModelFile skeleton = ModelFiles.open(target.resolve(OnnxSkeleton.MODEL_NAME))) {
            List<ModelTensor> outside = OnnxSkeleton.outside(skeleton);
            assertEquals(List.of("w"), outside.stream().map(ModelTensor::name).toList());
            assertEquals(List.of(2L), outside.getFirst().shape());
            assertArrayEquals(new Bytes().u64(7).array(), Models.bytes(Models.tensor(skeleton, "i")));
        }
    }

    @Test
    void write_againIntoTheSameFolder_replacesBothFiles() throws IOException {
        skeletonOf(new Bytes().field(7, new Bytes().field(5, description("w", FLOAT, 2_000).field(9,
                new byte[8_000]))));
        skeletonOf(new Bytes().field(7, new Bytes().field(5, description("v", FLOAT, 1).field(9, new byte[4]))));

        assertEquals(4_096, Files.size(target.resolve("skeleton.weights")));
    }

    @Test
    void write_anotherFormat_isRefused() throws IOException {
        String header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        Path other = Files.write(folder.resolve("a.safetensors"),
                new Bytes().u64(header.length()).text(header).f32(1).array());
        ModelFormatException refusal =
                assertThrows(ModelFormatException.class,
                        () -> OnnxSkeleton.write(other, target, OnnxSkeletonTest::isFloat));
        assertTrue(refusal.toString().contains("expected onnx"), refusal::toString);
    }
}
