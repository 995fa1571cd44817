package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tool as a process of its own. */
@Tag("system")
@Timeout(300)
final class HearthCliTest {
    @TempDir
    private Path folder;

    private Process start(String shell) throws IOException {
        List<String> java = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
        Path flags = folder.resolve("jvm.args");
        if (!Files.exists(flags)) {
            try (InputStream resource = HearthCli.class.getResourceAsStream("/META-INF/hearth/jvm.args")) {
                Files.copy(Objects.requireNonNull(resource), flags);
            }
        }
        java.addAll(List.of("@" + flags, "-cp", System.getProperty("java.class.path"), HearthCli.class.getName()));
        Path script = Files.writeString(folder.resolve("hearth"),
                "#!/bin/sh\nexec " + String.join(" ", java.stream().map(word -> "'" + word + "'").toList())
                        + " \"$@\"\n");
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", "hearth() { sh " + script + " \"$@\"; }; " + shell);
        builder.environment().put("HEARTH_STORE", folder.resolve("store").toString());
        return builder.redirectError(folder.resolve("err").toFile()).start();
    }

    private String run(String shell, int expectedCode) throws IOException, InterruptedException {
        Process process = start(shell);
        String out;
        try (InputStream stream = process.getInputStream()) {
            out = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "ended");
        assertEquals(expectedCode, process.exitValue(), () -> shell + ": " + err());
        return out;
    }

    private String err() {
        try {
            return Files.readString(folder.resolve("err"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void commands_inAPipe_printResultsAndNothingElse() throws Exception {
        assertTrue(run("hearth --version", 0).startsWith("hearth "));
        assertTrue(run("printf value | hearth put k --namespace ns --input - --capacity 64M", 0).matches("[0-9]+\n"));
        assertEquals("", err(), "no warning of the JVM or of a library");
        assertEquals("value", run("hearth get k --namespace ns", 0));
        assertEquals("", err());
        assertEquals("", run("hearth get other --namespace ns", 1));
        assertEquals("hearth: absent: key=other namespace=ns\n", err());
    }

    @Test
    void reader_thatGoesAway_endsTheCommandQuietly() throws Exception {
        Path large = Files.write(folder.resolve("large"), new byte[20 << 20]);
        run("hearth put k --namespace ns --capacity 64M --input " + large, 0);
        assertEquals("10\n0\n",
                run("hearth get k --namespace ns | head -c 10 | wc -c; echo ${PIPESTATUS[0]}", 0).replace(" ", ""));
        assertEquals("", err());
    }
}
