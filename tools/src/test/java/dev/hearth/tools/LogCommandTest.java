package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.ToolRunner.Result;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log as it is printed. */
final class LogCommandTest {
    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();

    @BeforeEach
    void openStore() {
        tool = ToolRunner.on(folder.resolve("store"));
        tool.put("first", new byte[10]);
        tool.put("second", new byte[20]);
    }

    /** The operations that these tests caused; the store may log others of its own. */
    private List<String> operations() {
        return tool.ok("log", "--format", "json").lines().stream()
                .filter(line -> !ToolRunner.raw(line, "operation").equals("\"sync\"")).toList();
    }

    @Test
    void log_json_hasEveryOperationInOrder() {
        List<String> lines = operations();
        assertEquals(List.of("define-namespace", "put", "put"),
                lines.stream().map(line -> ToolRunner.raw(line, "operation").replace("\"", "")).toList());
        assertEquals("\"first\"", ToolRunner.raw(lines.get(1), "key"));
        assertEquals("20", ToolRunner.raw(lines.get(2), "logicalBytes"));
    }

    @Test
    void log_table_hasAHeadingAndARowEach() {
        List<String> lines = tool.ok("log").lines();
        assertEquals(1 + tool.ok("log", "--format", "json").lines().size(), lines.size(), lines::toString);
        assertTrue(lines.getFirst().strip().startsWith("version  time"), lines.getFirst());
        assertTrue(lines.getLast().matches(" *[0-9]+  [0-9-]+T[0-9:.]+Z +put +20 .* ns  second"), lines.getLast());
    }

    @Test
    void log_fromAVersion_startsThere() {
        List<String> all = operations();
        String version = ToolRunner.raw(all.getLast(), "version");
        assertEquals(List.of(all.getLast()), tool.ok("log", "--from", version, "--format", "json").lines());
    }

    @Test
    void log_verifiedWhenSound_saysSo() {
        Result result = tool.ok("log", "--verify", "--format", "json");
        assertTrue(result.out().startsWith("{\"sound\":true,"), result.out());
        assertEquals(tool.ok("log", "--format", "json").lines().size(), result.number("operations"));
        assertEquals("sound", tool.ok("log", "--verify").lines().getLast());
    }

    @Test
    @Timeout(300)
    void log_followed_printsWhatIsCommittedLaterAndEndsWhenInterrupted() throws Exception {
        PipedOutputStream out = new PipedOutputStream();
        CompletableFuture<Integer> code = new CompletableFuture<>();
        try (InputStream in = new PipedInputStream(out, 1 << 16);
                Scanner lines = new Scanner(in, StandardCharsets.UTF_8)) {
            Thread follower = Thread.ofPlatform().start(() -> code.complete(follow(out)));
            assertTrue(isShown(lines, "second"), "what was there");
            tool.put("third", new byte[30]);
            assertTrue(isShown(lines, "third"), "what came later");
            follower.interrupt();
            assertEquals(0, code.get(300, TimeUnit.SECONDS));
        }
    }

    private static boolean isShown(Scanner lines, String key) {
        while (lines.hasNextLine()) {
            if (ToolRunner.raw(lines.nextLine(), "key").equals("\"" + key + "\"")) {
                return true;
            }
        }
        return false;
    }

    private int follow(OutputStream out) {
        ToolIo io = new ToolIo(InputStream.nullInputStream(), new Output(out, true), new PrintWriter(
                new ByteArrayOutputStream(), false, StandardCharsets.UTF_8), false, false, Map.of());
        return Tool.run(io, "log", "--follow", "--format", "json", "--store", folder.resolve("store").toString());
    }

    @Test
    void output_thatNobodyReads_endsQuietly() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        ToolIo io = new ToolIo(InputStream.nullInputStream(), new Output(closed, false),
                new PrintWriter(err, true, StandardCharsets.UTF_8), false, false, Map.of());
        assertEquals(0, Tool.run(io, "log", "--store", folder.resolve("store").toString()));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void output_thatCannotBeWritten_isAFailure() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        ToolIo io = new ToolIo(InputStream.nullInputStream(), new Output(full, false),
                new PrintWriter(err, true, StandardCharsets.UTF_8), false, false, Map.of());
        assertEquals(ExitCode.FAILED, Tool.run(io, "log", "--store", folder.resolve("store").toString()));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("No space left on device"));
    }
}
