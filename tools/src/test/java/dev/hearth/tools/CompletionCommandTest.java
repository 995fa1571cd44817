package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The completion script, in a real bash. */
final class CompletionCommandTest {
    @TempDir
    private Path folder;

    @Test
    @Timeout(300)
    void script_sourcedByBash_completesCommandsOptionsAndWords() throws Exception {
        Path script = Files.writeString(folder.resolve("completion"), new ToolRunner().ok("completion").out());
        Set<String> commands = complete(script, "hearth", "");
        assertTrue(commands.containsAll(List.of("demo", "import", "export", "put", "get", "ls", "log", "doctor")),
                commands::toString);
        assertFalse(commands.contains("demo-child"), commands::toString);
        assertTrue(complete(script, "hearth", "put", "--k").contains("--kind"), "options");
        assertEquals(Set.of("parameter", "activation"), complete(script, "hearth", "put", "--kind", ""));
        assertEquals(Set.of("none", "lz4", "lz4-hc", "fast", "balanced", "small"),
                complete(script, "hearth", "put", "--compression", ""));
        assertEquals(Set.of("bf16", "fp16", "int8"), complete(script, "hearth", "import", "--as", ""));
        assertTrue(complete(script, "hearth", "import", "--").containsAll(List.of("--filter", "--dry-run", "--as")));
        assertTrue(complete(script, "hearth", "export", "--f").containsAll(List.of("--filter", "--force")));
    }

    private Set<String> complete(Path script, String... words) throws IOException, InterruptedException {
        String ask = "source " + script + "; COMP_WORDS=(\"${@:1}\"); COMP_CWORD=$(($# - 1)); COMP_LINE=\"$*\"; "
                + "COMP_POINT=${#COMP_LINE}; _complete_hearth; printf '%s\\n' \"${COMPREPLY[@]}\"";
        List<String> command = new java.util.ArrayList<>(List.of("bash", "-c", ask, "bash"));
        command.addAll(List.of(words));
        // compopt complains that nobody pressed a key.
        Process bash = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<String> replies = bash.inputReader().lines().map(String::strip).toList();
        assertTrue(bash.waitFor(300, TimeUnit.SECONDS), "bash ended");
        return Set.copyOf(replies);
    }
}
