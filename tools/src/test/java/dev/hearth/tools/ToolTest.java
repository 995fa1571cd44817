package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.tools.ToolRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line before its commands: usage, common options and exit codes. */
final class ToolTest {
    @TempDir
    private Path folder;

    private final ToolRunner tool = new ToolRunner();

    @Test
    void version_asked_isPrintedToOut() {
        Result result = tool.ok("--version");
        assertTrue(result.out().startsWith("hearth "), result::toString);
        assertEquals("", result.err());
    }

    @Test
    void help_asked_namesEveryCommandButHiddenOnes() {
        Result result = tool.ok("--help");
        for (String command : new String[]{"demo", "import", "export", "put", "get", "ls", "groups", "namespaces", "rm",
                "stat",
                "verify", "recover", "top", "heatmap", "evict", "compact", "prefetch", "copy", "destroy", "log",
                "processes", "doctor", "completion"}) {
            assertTrue(result.out().contains("\n  " + command + " "), () -> command + " is not in\n" + result.out());
        }
        assertFalse(result.out().contains("demo-child"), result::out);
        assertEquals("", result.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"demo", "import", "export", "put", "get", "ls", "groups", "namespaces", "rm", "stat", "verify",
                    "recover", "top", "heatmap", "evict", "compact", "prefetch", "copy", "destroy", "log", "processes",
                    "doctor", "completion"})
    void help_ofCommand_isPrintedToOut(String command) {
        Result result = tool.ok(command, "--help");
        assertTrue(result.out().startsWith("Usage: hearth " + command), result::toString);
        assertTrue(result.out().contains("--store"), result::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--nonesuch", "nonesuch", "ls --nonesuch", "ls --format yaml", "ls",
            "get --namespace ns", "get key", "put key --namespace ns", "log --from -1", "log --from x",
            "put key --namespace @r --input -", "put hex:0 --namespace ns --input -",
            "put key --namespace ns --input - --kind nonesuch", "put key --namespace ns --input - --storage nonesuch",
            "put key --namespace ns --input - --dtype F33 --shape 1", "log --verify --follow",
            "recover --dry-run --drop-log-behind-damage", "copy", "evict", "evict --bytes x", "prefetch key",
            "top --interval 0 --store .", "top --count 0 --store ."})
    void usage_wrong_isTwo(String line) {
        Result result = tool.run(line.isEmpty() ? new String[0] : line.split(" "));
        assertEquals(ExitCode.USAGE, result.code(), result::toString);
        assertEquals("", result.out(), "nothing on standard output");
        assertTrue(result.err().startsWith("hearth: "), result::toString);
    }

    @Test
    void store_optionAndEnvironment_optionWins() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Result result = ToolRunner.on(folder.resolve("other")).run("ls", "--store", file.toString());
        assertTrue(result.err().contains(file.toString()), result::toString);
    }

    @Test
    void store_beforeTheCommand_isTaken() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Result result = tool.run("--store", file.toString(), "ls");
        assertTrue(result.err().contains(file.toString()), result::toString);
    }

    @Test
    void store_thatIsAFile_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");
        ToolRunner onFile = ToolRunner.on(file);
        assertEquals(ExitCode.REFUSED, onFile.run("ls").code());
        assertEquals(ExitCode.REFUSED, onFile.run("put", "k", "--namespace", "ns", "--input", "-").code());
        assertEquals("text", Files.readString(file));
    }

    @Test
    void store_thatIsNotThere_isRefusedByReaders() {
        Path none = folder.resolve("none");
        assertEquals(ExitCode.REFUSED, ToolRunner.on(none).run("ls").code());
        assertEquals(ExitCode.REFUSED, ToolRunner.on(none).run("get", "k", "--namespace", "ns").code());
        assertFalse(Files.exists(none), "reading creates nothing");
    }

    @Test
    void readOnly_withWritingCommand_isWrongUsage() {
        ToolRunner onStore = ToolRunner.on(folder.resolve("store"));
        onStore.put("k", new byte[1]);
        assertEquals(ExitCode.USAGE,
                onStore.run("put", "k", "--namespace", "ns", "--input", "-", "--read-only").code());
        assertEquals(ExitCode.USAGE, onStore.run("rm", "k", "--namespace", "ns", "--read-only").code());
        assertEquals(0, onStore.run("get", "k", "--namespace", "ns", "--read-only").code());
    }

    @Test
    void debug_onFailure_printsTheStackTrace() {
        ToolRunner onNone = ToolRunner.on(folder.resolve("none"));
        assertFalse(onNone.run("ls").err().contains("\tat "), "not without --debug");
        assertTrue(onNone.run("ls", "--debug").err().contains("\tat "), "with --debug");
    }

    @Test
    void exitCode_ofFailures_isThatOfTheContract() {
        Path file = Path.of("file");
        assertEquals(2, ExitCode.of(new IllegalArgumentException("a=1")));
        assertEquals(3, ExitCode.of(new HearthException.Full("full")));
        assertEquals(3, ExitCode.of(new HearthException.Busy("busy")));
        assertEquals(3, ExitCode.of(new HearthException.Incompatible(file, 2, 1)));
        assertEquals(3, ExitCode.of(new HearthException.Refused(file, "a link")));
        assertEquals(1, ExitCode.of(new HearthException.Corrupt("page", file, 1, "a", "b")));
        assertEquals(4, ExitCode.of(new HearthException.Io(file, "pread", 5, "Input/output error")));
        assertEquals(4, ExitCode.of(new IOException("gone")));
        assertEquals(4, ExitCode.of(new IllegalStateException("flags")));
    }

    @Test
    void colours_onTerminalOnly_unlessNoColor() {
        ToolRunner terminal = new ToolRunner().terminal();
        assertTrue(terminal.run("doctor").out().contains("\u001b["), "coloured on a terminal");
        assertFalse(terminal.with("NO_COLOR", "1").run("doctor").out().contains("\u001b["), "NO_COLOR");
        assertFalse(tool.run("doctor").out().contains("\u001b["), "no terminal");
    }
}
