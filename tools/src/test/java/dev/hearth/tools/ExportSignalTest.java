package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import dev.hearth.tools.model.ModelWriter;
import dev.hearth.tools.model.TensorInfo;
import dev.hearth.tools.model.TensorOutput;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exports that are ended in the middle, or meet a file that came meanwhile. */
@Timeout(300)
final class ExportSignalTest {
    private static final int BYTES = 96 << 20;

    @TempDir
    private Path folder;

    private final List<Process> started = new ArrayList<>();
    private Path out = Path.of("");

    @BeforeEach
    void openStore() throws IOException {
        out = Files.createDirectory(folder.resolve("out")).resolve("model.safetensors");
    }

    /** Also one that was stopped when an assertion failed. */
    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    private static TensorOutput tensor(int bytes, Runnable atStart) {
        return new TensorOutput(TensorInfo.of("t", DType.U8, List.of((long) bytes)), (offset, target) -> {
            if (offset == 0) {
                atStart.run();
            }
            target.fill((byte) 1);
        });
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("out"))) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
    }

    private void fillStore() {
        ToolRunner.on(folder.resolve("store")).stdin(new byte[BYTES]).ok("put", "t", "--namespace", "ns", "--input",
                "-", "--capacity", "256M", "--kind", "parameter");
    }

    private Process export() throws IOException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agentlib") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), HearthCli.class.getName(), "export",
                out.toString(), "--namespace", "ns", "--store", folder.resolve("store").toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile()).start();
        started.add(process);
        return process;
    }

    private static void signal(String name, Process process) throws Exception {
        assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor());
    }

    /** Whether all threads of a process are stopped: each says so behind its name, which is in brackets. */
    private static boolean isStopped(Process process) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                if (!stat.startsWith("T", stat.lastIndexOf(')') + 2)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether something was written, which is behind the lock of who writes. */
    private boolean isBegun() throws IOException {
        List<String> files = files();
        return !files.isEmpty() && Files.size(out.resolveSibling(files.getFirst())) > 0;
    }

    /** Stops it while it writes its temporary file. */
    private Process stoppedInTheMiddle() throws Exception {
        Process process = export();
        while (!isBegun()) {
            assertTrue(process.isAlive(), () -> "ended: " + folder.resolve("log"));
        }
        signal("STOP", process);
        // A thread that is in a call of the kernel stops behind it, and until then may write.
        while (!isStopped(process)) {
            assertTrue(process.isAlive(), () -> "ended: " + folder.resolve("log"));
        }
        assertEquals(1, files().size(), "it is not through yet");
        assertTrue(files().getFirst().endsWith(".tmp"), () -> "the file appears whole or not at all");
        return process;
    }

    @Test
    void export_endedByASignal_leavesNoFile() throws Exception {
        fillStore();
        Process process = stoppedInTheMiddle();
        signal("TERM", process);
        signal("CONT", process);
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "ends");
        assertTrue(process.exitValue() != 0, "by the signal");
        assertEquals(List.of(), files());
    }

    @Test
    void export_killed_isTidiedUpByTheNextThatWritesTheFile() throws Exception {
        fillStore();
        Process process = stoppedInTheMiddle();
        Path left = out.resolveSibling(files().getFirst());
        FileTime old = FileTime.from(Instant.now().minusSeconds(3_600));
        Files.setLastModifiedTime(left, old);
        ModelWriter.safetensors().write(out, Map.of(), List.of(tensor(10, () -> {
        })));
        assertTrue(Files.exists(left), "who is stopped still writes it");
        process.destroyForcibly();
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "is killed");
        ModelWriter.safetensors().write(out.resolveSibling("other.safetensors"), Map.of(), List.of(tensor(10, () -> {
        })));
        assertTrue(Files.exists(left), "is of another file");
        ModelWriter.safetensors().write(out, Map.of(), List.of(tensor(10, () -> {
        })));
        assertEquals(List.of("model.safetensors", "other.safetensors"), files());
    }

    @Test
    void export_fileThatComesMeanwhile_isReplacedOnlyByForce() throws Exception {
        for (ModelWriter careful : List.of(ModelWriter.safetensors(false), ModelWriter.npz(false, false))) {
            Files.deleteIfExists(out);
            assertThrows(FileAlreadyExistsException.class,
                    () -> careful.write(out, Map.of(), List.of(tensor(10, this::appear))));
            assertEquals("mine", Files.readString(out));
            assertEquals(List.of("model.safetensors"), files());
        }
        ModelWriter.safetensors().write(out, Map.of(), List.of(tensor(10, this::appear)));
        assertFalse(Files.readString(out).equals("mine"));
        Files.delete(out);
        ModelWriter.safetensors(false).write(out, Map.of(), List.of(tensor(10, () -> {
        })));
        assertEquals(List.of("model.safetensors"), files());
    }

    private void appear() {
        try {
            Files.writeString(out, "mine");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
