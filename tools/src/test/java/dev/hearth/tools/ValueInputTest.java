package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where values to put come from. */
final class ValueInputTest {
    @TempDir
    private Path folder;

    private static ToolIo io(byte[] stdin) {
        return new ToolIo(new ByteArrayInputStream(stdin), new Output(new ByteArrayOutputStream(), false),
                new PrintWriter(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8), false, false, Map.of());
    }

    private static byte[] readAll(ValueInput input, int step) throws IOException {
        MemorySegment all = MemorySegment.ofArray(new byte[(int) input.bytes()]);
        for (long at = 0; at < all.byteSize(); at += step) {
            input.read(all.asSlice(at, Math.min(step, all.byteSize() - at)));
        }
        return all.toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void stdin_read_isWholeAndHasItsLength() throws IOException {
        byte[] bytes = "text".repeat(700_000).getBytes(StandardCharsets.UTF_8);
        try (ValueInput input = ValueInput.open("-", io(bytes))) {
            assertEquals(bytes.length, input.bytes());
            assertArrayEquals(bytes, readAll(input, 1_500_000));
        }
    }

    @Test
    @Timeout(300)
    void fifo_read_isWholeAndHasItsLength() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(fifo, new byte[100_000]));
        try (ValueInput input = ValueInput.open(fifo.toString(), io(new byte[0]))) {
            assertEquals(100_000, input.bytes());
        }
        writer.get();
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void file_cutShortMeanwhile_isAnError() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[100]);
        try (ValueInput input = ValueInput.open(file.toString(), io(new byte[0]))) {
            Files.write(file, new byte[50]);
            IOException e = assertThrows(EOFException.class, () -> readAll(input, 40));
            assertTrue(e.toString().contains("50 of 100 bytes"), e::toString);
        }
    }

    @Test
    void file_grownMeanwhile_isAnError() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[100]);
        try (ValueInput input = ValueInput.open(file.toString(), io(new byte[0]))) {
            Files.write(file, new byte[101]);
            IOException e = assertThrows(IOException.class, () -> readAll(input, 40));
            assertTrue(e.toString().contains("changed"), e::toString);
        }
    }
}
