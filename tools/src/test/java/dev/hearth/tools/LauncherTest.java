package dev.hearth.tools;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher {@code tools/hearth} in a tree of its own, whose path has a space and which is entered through a link.
 *
 * <p>Its JDK and its Maven are scripts that write down how they were called; the places where a machine has its JDKs
 * are moved into the tree, so that it finds no other.
 */
final class LauncherTest {
    private static final List<String> COMMANDS = List.of("bash", "cat", "chmod", "dirname", "env", "find", "flock",
            "mkdir",
            "mv", "readlink", "rm", "sed", "sleep", "tail", "touch");

    @TempDir
    private Path directory;

    private Path root;
    private Path bin;
    private Path jdk;
    private Path link;

    @BeforeEach
    void makeTree() throws IOException {
        root = directory.resolve("a clone");
        bin = Files.createDirectories(directory.resolve("bin"));
        link = bin.resolve("hearth");
        for (String command : COMMANDS) {
            script(bin.resolve(command), "#!/bin/bash\nexec " + find(command) + " \"$@\"\n");
        }
        for (String module : List.of("codec", "store", "tools")) {
            Files.createDirectories(root.resolve(module, "src", "main"));
            Files.writeString(root.resolve(module, "pom.xml"), "<project/>");
        }
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        String launcher =
                Files.readString(Path.of("hearth")).replaceAll("(?<=[ (])(?=/(usr|opt)/)", directory.toString());
        assertTrue(launcher.contains("(" + directory + "/usr/lib/jvm/*"), "the machine's own JDKs would be found");
        Files.createSymbolicLink(link, script(root.resolve("tools", "hearth"), launcher));
        jdk = jdk("usr/lib/jvm/jdk25", "25.0.3");
        maven("mkdir -p tools/target/hearth; touch tools/target/hearth/jvm.args tools/target/hearth/hearth-tools.jar");
    }

    @Test
    void firstUse_freshTree_buildsWithTheJdkAndStarts() throws Exception {
        Run run = hearth("put", "a key", "--x");

        assertEquals(0, run.code(), run::err);
        assertEquals("building Hearth (first use)…\n", run.err());
        assertTrue(run.out().endsWith("-jar\n" + root + "/tools/target/hearth/hearth-tools.jar\nput\na key\n--x\n"),
                run::out);
        assertTrue(run.out().startsWith("@" + root + "/tools/target/hearth/jvm.args\n"), run::out);
        assertEquals(1, builds());
        assertTrue(Files.readString(root.resolve("maven-calls")).contains("JAVA_HOME=" + jdk),
                "Maven runs on another JDK");
    }

    @Test
    void secondUse_nothingChanged_needsNoMaven() throws Exception {
        hearth("stat");
        Files.delete(bin.resolve("mvn"));

        Run run = hearth("stat");

        assertEquals(0, run.code(), run::err);
        assertEquals("", run.err());
    }

    @Test
    void use_classCacheThere_isPassedOn() throws Exception {
        hearth("stat");

        assertTrue(hearth("stat").out().contains("-XX:AOTCache=" + root + "/tools/target/hearth/hearth.aot\n"));
    }

    @Test
    void use_sourceChanged_buildsAgain() throws Exception {
        Path source = Files.writeString(root.resolve("store/src/main/A.java"), "class A {}");
        hearth("stat");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));

        assertEquals("building Hearth (sources changed)…\n", hearth("stat").err());
        assertEquals(2, builds());
    }

    @Test
    void use_sourceRemoved_buildsAgain() throws Exception {
        Path source = Files.writeString(root.resolve("codec/src/main/A.java"), "class A {}");
        hearth("stat");
        Files.delete(source);

        hearth("stat");

        assertEquals(2, builds());
    }

    @Test
    void use_buildFails_showsItsEndAndTriesAgain() throws Exception {
        maven("echo the reason; exit 1");

        Run run = hearth("stat");

        assertEquals(4, run.code());
        assertTrue(run.err().contains("the reason\nhearth: the build failed"), run::err);
        assertEquals("", run.out());
        assertEquals(4, hearth("stat").code());
        assertEquals(2, builds());
    }

    @Test
    void use_onnxRuntimeCannotBeHad_buildsWithoutIt() throws Exception {
        maven("""
                if [[ $* != *-Dhearth.without.onnxruntime* ]]; then
                    echo 'could not resolve com.microsoft.onnxruntime:onnxruntime'
                    exit 1
                fi
                mkdir -p tools/target/hearth; touch tools/target/hearth/{jvm.args,hearth-tools.jar}""");

        assertEquals(0, hearth("stat").code());
        assertEquals(2, builds());
    }

    @Test
    void firstUses_atOnce_buildOnce() throws Exception {
        maven("sleep 0.5; mkdir -p tools/target/hearth; touch tools/target/hearth/{jvm.args,hearth-tools.jar}");
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            processes.add(start(Map.of(), "stat"));
        }
        for (Process process : processes) {
            Run run = Run.of(process);
            assertEquals(0, run.code(), run::err);
        }
        assertEquals(1, builds());
    }

    @Test
    void use_withoutJdk25_saysWhatToInstall() throws Exception {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");

        Run run = hearth("stat");

        assertEquals(4, run.code());
        assertEquals("hearth: no JDK 25 found: install one, for example Temurin 25, or let JAVA_HOME name it\n",
                run.err());
        assertEquals(0, builds());
    }

    @Test
    void use_withoutMaven_saysWhatToInstall() throws Exception {
        Files.delete(bin.resolve("mvn"));

        Run run = hearth("stat");

        assertEquals(4, run.code());
        assertEquals("hearth: Maven not found: install Maven 3.8.7 or later, needed once to build Hearth\n", run.err());
    }

    @Test
    void use_jdkNamedByTheEnvironmentOrToolchains_isFound() throws Exception {
        Files.delete(jdk.resolve("release"));
        Path named = jdk("some where/jdk", "25");
        assertEquals(0, Run.of(start(Map.of("JAVA_HOME", named.toString()), "stat")).code());

        Path settings = Files.createDirectories(directory.resolve(".m2"));
        Files.writeString(settings.resolve("toolchains.xml"), "<c>\n  <jdkHome> " + named + " </jdkHome>\n</c>\n");
        assertEquals(0, hearth("stat").code());
    }

    @Test
    void use_noBuildWanted_startsOnlyWhatIsThere() throws Exception {
        Run run = Run.of(start(Map.of("HEARTH_NO_BUILD", "1"), "stat"));
        assertEquals(4, run.code());
        assertEquals("hearth: not built, and HEARTH_NO_BUILD is set\n", run.err());

        hearth("stat");
        Files.writeString(root.resolve("store/src/main/New.java"), "class New {}");
        assertEquals(0, Run.of(start(Map.of("HEARTH_NO_BUILD", "1"), "stat")).code());
        assertEquals(1, builds());
    }

    @Test
    void use_commandFails_itsCodeIsPassedOn() throws Exception {
        hearth("stat");
        script(jdk.resolve("bin/java"), "#!/bin/bash\nexit 3\n");

        assertEquals(3, hearth("get").code());
    }

    private Run hearth(String... args) throws IOException, InterruptedException {
        return Run.of(start(Map.of(), args));
    }

    private Process start(Map<String, String> environment, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(link.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", bin.toString(), "HOME", directory.toString()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private long builds() throws IOException {
        Path calls = root.resolve("maven-calls");
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    private void maven(String body) throws IOException {
        script(bin.resolve("mvn"), """
                #!/bin/bash
                cd '%s'
                echo "JAVA_HOME=$JAVA_HOME" >>maven-calls
                %s
                """.formatted(root, body));
    }

    private Path jdk(String place, String version) throws IOException {
        Path home = directory.resolve(place);
        Files.createDirectories(home.resolve("bin"));
        script(home.resolve("bin/javac"), "#!/bin/bash\n");
        script(home.resolve("bin/java"), """
                #!/bin/bash
                for arg; do [[ $arg == -XX:AOTCacheOutput=* ]] && touch "${arg#*=}"; done
                printf '%s\\n' "$@"
                """);
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static Path script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Path find(String command) {
        for (String place : System.getenv("PATH").split(":", -1)) {
            Path file = Path.of(place, command);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        throw new IllegalStateException("not on the path: command=" + command);
    }

    private record Run(int code, String out, String err) {
        static Run of(Process process) throws IOException, InterruptedException {
            String out = new String(process.getInputStream().readAllBytes(), UTF_8);
            String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
            assertTrue(process.waitFor(300, TimeUnit.SECONDS), "the launcher hangs");
            return new Run(process.exitValue(), out, err);
        }
    }
}
