package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.Finding.Status;
import dev.hearth.tools.ToolRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says. */
final class DoctorCommandTest {
    @TempDir
    private Path folder;

    @Test
    void machine_thatRunsTheseTests_isFit() {
        Result result = new ToolRunner().ok("doctor");
        for (String check : List.of("jdk", "platform", "flags", "lz4", "vector", "bootId", "openFiles",
                "sharedMemory")) {
            assertTrue(result.lines().stream().anyMatch(line -> line.matches("(ok  |warn)  " + check + " .*")),
                    () -> check + " in\n" + result.out());
        }
        assertTrue(new ToolRunner().ok("doctor", "--format", "json").lines().getFirst()
                .startsWith("{\"check\":\"jdk\",\"status\":\"ok\",\"detail\":\"25"));
    }

    @Test
    void store_thatIsNotThereYet_isNoFailure() {
        Result result = ToolRunner.on(folder.resolve("a/b/store")).ok("doctor");
        assertTrue(result.lines().getLast().endsWith("none yet; it can be created"), result::out);
        assertTrue(result.out().contains("fileSystem"), result::out);
    }

    @Test
    void store_inAnEmptyDirectory_isNoFailure() {
        Result result = ToolRunner.on(folder).ok("doctor");
        assertTrue(result.lines().getLast().endsWith("none yet; it can be created"), result::out);
    }

    @Test
    void store_thatIsThere_isDescribed() {
        ToolRunner tool = ToolRunner.on(folder.resolve("store"));
        tool.put("k", new byte[1]);
        Result result = tool.ok("doctor");
        assertTrue(result.lines().stream().anyMatch(line -> line.matches("ok +store +.*: version [0-9]+, 1 entries.*")),
                result::out);
    }

    @Test
    void store_thatCannotBeOpened_isAFailure() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Result result = ToolRunner.on(file).run("doctor");
        assertEquals(ExitCode.NEGATIVE, result.code(), result::toString);
        assertTrue(result.lines().getLast().startsWith("fail  store"), result::out);
    }

    @Test
    void machine_withoutBootId_fails() {
        List<Finding> findings = DoctorOfMachine.findings(folder);
        assertEquals(Status.FAIL, findings.stream().filter(finding -> finding.check().equals("bootId")).findFirst()
                .orElseThrow().status());
    }

    @Test
    void openFiles_few_areAWarning() throws IOException {
        Files.createDirectories(folder.resolve("proc/self"));
        Files.writeString(folder.resolve("proc/self/limits"),
                "Limit  Soft Limit  Hard Limit  Units\nMax open files            256       524288    files\n");
        Finding finding = DoctorOfMachine.findings(folder).stream().filter(one -> one.check().equals("openFiles"))
                .findFirst().orElseThrow();
        assertEquals(Status.WARN, finding.status());
        assertTrue(finding.detail().startsWith("256"), finding::toString);
    }

    @Test
    void flags_thatThisJvmLacks_areNamed() {
        assertEquals(List.of("--add-opens java.base/jdk.internal.nonesuch=ALL-UNNAMED", "-Dnone.such=1",
                "--add-exports none.such/some.thing=ALL-UNNAMED"),
                JvmFlags.missing("""
                        # a remark

                        --add-opens java.base/jdk.internal.nonesuch=ALL-UNNAMED
                        --add-opens java.base/java.lang.reflect=ALL-UNNAMED
                        -Dnone.such=1
                        --add-exports none.such/some.thing=ALL-UNNAMED
                        --sun-misc-unsafe-memory-access=allow
                        """));
    }
}
