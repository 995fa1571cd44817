package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every format's reader promises, run for each of them on a file written by hand.
 *
 * <p>The campaign of damaged files takes {@code -Dhearth.fuzz.iterations=N} and {@code -Dhearth.fuzz.seed=S}: the long
 * one is {@code mvn -pl tools -am test -Dtest='*ContractTest' -Dsurefire.failIfNoSpecifiedTests=false
 * -Dhearth.fuzz.iterations=1000000}.
 */
abstract class ModelFileContract {
    private static final int ITERATIONS = Integer.getInteger("hearth.fuzz.iterations", 2_000);
    private static final long SEED = Long.getLong("hearth.fuzz.seed", 20_250_101);

    /** A tensor as it must be read. */
    record Expected(String name, DType dtype, List<Long> shape, Bytes content) {
        byte[] bytes() {
            return content.array();
        }
    }

    /** A file written by hand and what is in it. */
    record Sample(String fileName, String format, Bytes content, List<Expected> tensors,
            Map<String, String> metadata) {
        byte[] file() {
            return content.array();
        }
    }

    /** Makes the sample, and whatever files it needs beside it. */
    abstract Sample sample(Path folder) throws IOException;

    /** Whether a file cut to that length is still a sound one. */
    boolean isSoundCut(Sample sample, int length) {
        return false;
    }

    @TempDir
    Path folder;

    private Path write(Sample sample) throws IOException {
        return Files.write(folder.resolve(sample.fileName()), sample.file());
    }

    @Test
    void open_sample_hasExactlyItsTensors() throws IOException {
        Sample sample = sample(folder);
        try (ModelFile model = ModelFiles.open(write(sample))) {
            assertEquals(sample.format(), model.format());
            assertEquals(sample.metadata(), model.metadata());
            assertEquals(folder.resolve(sample.fileName()), model.path());
            assertEquals(model.path(), model.files().getFirst());
            assertEquals(sample.tensors().stream().map(Expected::name).toList(),
                    model.tensors().stream().map(ModelTensor::name).toList());
            for (Expected expected : sample.tensors()) {
                ModelTensor tensor = Models.tensor(model, expected.name());
                assertEquals(expected.dtype(), tensor.dtype(), expected.name());
                assertEquals(expected.shape(), tensor.shape(), expected.name());
                assertEquals(expected.bytes().length, tensor.byteSize(), expected.name());
                assertArrayEquals(expected.bytes(), Models.bytes(tensor), expected.name());
            }
        }
    }

    @Test
    void read_anyRange_equalsTheWhole() throws IOException {
        Sample sample = sample(folder);
        try (ModelFile model = ModelFiles.open(write(sample))) {
            for (Expected expected : sample.tensors()) {
                ModelTensor tensor = Models.tensor(model, expected.name());
                int size = expected.bytes().length;
                for (int from = 0; from <= size; from++) {
                    for (int to = from; to <= size; to += 3) {
                        byte[] part = new byte[to - from];
                        tensor.read(from, MemorySegment.ofArray(part));
                        assertArrayEquals(Arrays.copyOfRange(expected.bytes(), from, to), part,
                                expected.name() + " " + from + ".." + to);
                    }
                }
                assertArrayEquals(expected.bytes(), tensor.openStream().readAllBytes(), expected.name());
                assertThrows(IndexOutOfBoundsException.class,
                        () -> tensor.read(1, MemorySegment.ofArray(new byte[size])));
                assertThrows(IndexOutOfBoundsException.class,
                        () -> tensor.read(-1, MemorySegment.ofArray(new byte[0])));
            }
        }
    }

    @Test
    void data_mappedTensor_isAReadOnlyViewAtItsOffset() throws IOException {
        Sample sample = sample(folder);
        try (ModelFile model = ModelFiles.open(write(sample))) {
            for (ModelTensor tensor : model.tensors()) {
                assertTrue(tensor.data().isReadOnly(), tensor.name());
                assertEquals(tensor.fileOffset() >= 0, tensor.isMapped(), tensor.name());
                if (tensor.isMapped()) {
                    byte[] file = Files.readAllBytes(tensor.file());
                    int at = (int) tensor.fileOffset();
                    assertArrayEquals(Arrays.copyOfRange(file, at, at + (int) tensor.byteSize()),
                            Models.bytes(tensor), tensor.name());
                }
            }
        }
    }

    @Test
    void close_mappedData_isInvalid() throws IOException {
        ModelFile model = ModelFiles.open(write(sample(folder)));
        List<MemorySegment> views = model.tensors().stream().filter(t -> t.isMapped() && t.byteSize() > 0)
                .map(tensor -> Assertions.assertDoesNotThrow(tensor::data)).toList();
        model.close();
        model.close();
        for (MemorySegment view : views) {
            assertThrows(IllegalStateException.class, () -> view.get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    void open_cutAnywhere_isRefusedWithAnOffsetInTheFile() throws IOException {
        Sample sample = sample(folder);
        for (int length = 0; length < sample.file().length; length++) {
            Path path = replace(folder.resolve(sample.fileName()), Arrays.copyOf(sample.file(), length));
            if (isSoundCut(sample, length)) {
                ModelFiles.open(path).close();
            } else {
                String where = "cut at " + length;
                ModelFormatException e = assertThrows(ModelFormatException.class,
                        () -> ModelFiles.open(path).close(), where);
                assertTrue(e.offset() <= sample.file().length, where + ": " + e.getMessage());
                assertEquals(path, e.file(), where);
                assertFalse(e.field().isEmpty(), where);
            }
        }
    }

    @Test
    void open_damagedInAnyWay_isRefusedOrReadsWhatItSays(TestReporter reporter) throws IOException {
        Sample sample = sample(folder);
        Path path = folder.resolve(sample.fileName());
        reporter.publishEntry(Map.of("seed", Long.toString(SEED), "iterations", Integer.toString(ITERATIONS)));
        int refused = 0;
        for (int i = 0; i < ITERATIONS; i++) {
            long seed = SEED + i;
            replace(path, new Mutations(seed).mutate(sample.file()));
            try {
                boolean sound = Assertions.assertTimeout(Duration.ofMinutes(2), () -> readAll(path));
                refused += sound ? 0 : 1;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("-Dhearth.fuzz.iterations=1 -Dhearth.fuzz.seed=" + seed, e);
            }
        }
        assertTrue(ITERATIONS < 100 || refused > ITERATIONS / 10, "the damage is found: refused=" + refused);
    }

    /** Writes a new file: writing over one that is mapped waits for the disk on some file systems. */
    private static Path replace(Path path, byte[] content) throws IOException {
        Files.deleteIfExists(path);
        return Files.write(path, content);
    }

    /** Reads a file as far as it can be read; whether it was sound. Anything but the typed error goes through. */
    private static boolean readAll(Path path) throws IOException {
        try (ModelFile model = ModelFiles.open(path)) {
            Set<String> names = new HashSet<>();
            for (ModelTensor tensor : model.tensors()) {
                assertTrue(names.add(tensor.name()), "names are unique");
                long read = 0;
                byte[] chunk = new byte[1 << 16];
                while (read < tensor.byteSize()) {
                    int count = (int) Math.min(chunk.length, tensor.byteSize() - read);
                    tensor.read(read, MemorySegment.ofArray(chunk).asSlice(0, count));
                    read += count;
                }
            }
            return true;
        } catch (ModelFormatException e) {
            assertTrue(e.offset() >= ModelFormatException.NO_OFFSET, () -> "a negative offset: " + e);
            return false;
        }
    }

    @Test
    void open_notAFile_isRefusedAtOnce() throws Exception {
        Sample sample = sample(folder);
        Path directory = Files.createDirectory(folder.resolve("dir-" + sample.fileName()));
        assertEquals("file",
                assertThrows(ModelFormatException.class, () -> ModelFiles.open(directory).close()).field());
        Path fifo = folder.resolve("fifo-" + sample.fileName());
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start().waitFor(), "mkfifo");
        Assertions.assertTimeoutPreemptively(Duration.ofMinutes(2),
                () -> assertThrows(ModelFormatException.class, () -> ModelFiles.open(fifo).close()));
        assertThrows(java.nio.file.NoSuchFileException.class,
                () -> ModelFiles.open(folder.resolve("missing-" + sample.fileName())).close());
    }
}
