package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A project of somebody else's, built by Maven with the coordinates and the program of the README, and run with the
 * flags of the jar: what it gets is what was tested here, and it prints what it should and nothing else.
 *
 * <p>
 * It runs after this module was packaged. The jars are laid into an empty repository as {@code mvn install} would lay
 * them; everything else comes from the repository of the running build, which has it already, so that no network is
 * needed and nothing is left behind.
 */
@Tag("system")
final class ConsumerProjectIT {
    private static final Path PROJECT = Path.of("src/test/resources/consumer");
    private static final String PLACEHOLDER = "<!-- README -->";
    private static final long LIMIT_S = 300;
    private static final List<String> INHERITED =
            List.of("MAVEN_OPTS", "MAVEN_ARGS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH");

    private final Path javaHome = Path.of(property("java.home"));
    private final String version = property("consumer.hearthVersion");

    @TempDir
    private Path temporary;

    @Test
    void consumer_builtByCoordinates_runsQuietlyWithTheFlagsOfTheJar() throws Exception {
        Path repository = install();
        Path jar = build(repository);
        assertSameLibraries(jar);

        Path flags = extractFlags(repository);
        Path store = temporary.resolve("store");
        String first = java(flags, "-jar", jar, store);
        assertEquals(first, java(flags, "-jar", jar, store), "the second start has to find it warm");
        assertTrue(first.matches("version \\d+, row 7 starts with 2688\\.0\n"), first);
        assertEquals("tiny@1 last=147455.0 sound=true\n",
                java(flags, "-classpath", jar, Path.of("Reader"), store));
    }

    /** Lays the artifacts into a new repository. */
    private Path install() throws IOException {
        Path repository = Files.createDirectories(temporary.resolve("repository"));
        Path store = Path.of(property("consumer.hearthJar"));
        Path codec = Readme.ROOT.resolve("codec/target/hearth-codec-" + version + ".jar");
        install(repository, "hearth", Readme.ROOT.resolve("pom.xml"), null);
        install(repository, "hearth-codec", Readme.ROOT.resolve("codec/pom.xml"), codec);
        install(repository, "hearth-store", Readme.ROOT.resolve("store/pom.xml"), store);
        return repository;
    }

    private void install(Path repository, String artifact, Path pom, @org.jspecify.annotations.Nullable Path jar)
            throws IOException {
        Path place = Files.createDirectories(repository.resolve("dev/hearth").resolve(artifact).resolve(version));
        Files.copy(pom, place.resolve(artifact + '-' + version + ".pom"));
        if (jar != null) {
            Files.copy(jar, place.resolve(artifact + '-' + version + ".jar"));
        }
    }

    private Path build(Path repository) throws Exception {
        Path project = temporary.resolve("consumer");
        Path sources = Files.createDirectories(project.resolve("src/main/java"));
        String pom = Files.readString(PROJECT.resolve("pom.xml"));
        assertTrue(pom.contains(PLACEHOLDER), "the README's coordinates have no place");
        Files.writeString(project.resolve("pom.xml"), pom.replace(PLACEHOLDER, Readme.block("xml")));
        Files.writeString(sources.resolve(Readme.PROGRAM + ".java"), Readme.block("java"));
        Files.copy(PROJECT.resolve("src/main/java/Reader.java"), sources.resolve("Reader.java"));
        Path settings = Files.writeString(temporary.resolve("settings.xml"), settings(repository));
        run(List.of(maven(), "--batch-mode", "--quiet", "--settings", settings.toString(),
                "--global-settings", settings.toString(), "--file", project.resolve("pom.xml").toString(), "package",
                "-Dmaven.test.skip=true", "-Dmaven.compiler.fork=true",
                "-Dmaven.compiler.executable=" + javaHome.resolve("bin/javac")));
        return project.resolve("target/consumer.jar");
    }

    /** Maven knows no repository but the one that this build has filled, and that one under the name of the usual. */
    private static String settings(Path repository) {
        String central = """
                <id>central</id>
                <url>%s</url>
                <releases><checksumPolicy>ignore</checksumPolicy></releases>
                """.formatted(Path.of(property("consumer.filledRepository")).toUri());
        return """
                <settings>
                  <localRepository>%s</localRepository>
                  <profiles>
                    <profile>
                      <id>filled</id>
                      <repositories><repository>%s</repository></repositories>
                      <pluginRepositories><pluginRepository>%s</pluginRepository></pluginRepositories>
                    </profile>
                  </profiles>
                  <activeProfiles><activeProfile>filled</activeProfile></activeProfiles>
                </settings>
                """.formatted(repository, central, central);
    }

    /** The Maven that runs this build; it may be started without its script, and then there is one on the path. */
    private static String maven() {
        Path script = Path.of(property("consumer.mavenHome"), "bin", "mvn");
        return Files.isExecutable(script) ? script.toString() : "mvn";
    }

    /** A user gets the versions that were tested here, and nothing that was kept out. */
    private void assertSameLibraries(Path jar) throws IOException {
        Set<String> tested = Arrays
                .stream(property("surefire.test.class.path").split(File.pathSeparator, -1))
                .map(entry -> String.valueOf(Path.of(entry).getFileName())).collect(Collectors.toSet());
        Set<String> others = new TreeSet<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            String classPath = file.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            for (String entry : classPath.split(" ", -1)) {
                String name = String.valueOf(Path.of(entry).getFileName());
                if (!name.startsWith("hearth-") && !tested.contains(name)) {
                    others.add(name);
                }
            }
            assertTrue(classPath.contains("/chronicle-map-"), classPath);
            assertFalse(classPath.contains("/chronicle-analytics-"), classPath);
        }
        assertEquals(Set.of(), others, "libraries that a user gets and that no test of this module has seen");
    }

    private Path extractFlags(Path repository) throws IOException {
        Path jar = repository.resolve("dev/hearth/hearth-store/" + version + "/hearth-store-" + version + ".jar");
        Path flags = temporary.resolve("jvm.args");
        try (JarFile file = new JarFile(jar.toFile());
                InputStream in = file.getInputStream(file.getEntry("META-INF/hearth/jvm.args"))) {
            Files.copy(in, flags);
        }
        return flags;
    }

    /** What it printed; it has to say nothing on standard error, where the JVM and the libraries complain. */
    private String java(Path flags, String option, Path... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(javaHome.resolve("bin/java").toString(), "@" + flags, option));
        Arrays.stream(args).map(Path::toString).forEach(command::add);
        Printed printed = run(command);
        assertEquals("", printed.err(), () -> command + " complained");
        return printed.out();
    }

    private record Printed(String out, String err) {}

    /** Runs a command to its good end. */
    private Printed run(List<String> command) throws Exception {
        Path out = temporary.resolve("out");
        Path err = temporary.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).directory(temporary.toFile());
        builder.environment().keySet().removeAll(INHERITED);
        builder.environment().put("JAVA_HOME", property("consumer.mavenJava"));
        Process process = builder.redirectInput(new File("/dev/null")).redirectOutput(out.toFile())
                .redirectError(err.toFile()).start();
        boolean ended = process.waitFor(LIMIT_S, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        Printed printed = new Printed(Files.readString(out), Files.readString(err));
        assertTrue(ended && process.exitValue() == 0, () -> command + " failed: " + printed);
        return printed;
    }

    private static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException("property=" + name + " is set when Maven runs this test: mvn verify");
        }
        return value;
    }
}
