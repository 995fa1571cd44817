package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is compiled and run, and what it lists is there. */
final class ReadmeTest {
    @TempDir
    private Path temporary;

    @Test
    void program_runTwice_putsOnceAndFindsItWarm() throws Exception {
        Path classes = compile();
        Path store = temporary.resolve("store");

        String first = run(classes, store);
        long version = assertHasWeights(store);
        String second = run(classes, store);

        assertEquals("version " + Long.toUnsignedString(version) + ", row 7 starts with 2688.0\n", first);
        assertEquals(first, second, "the second run has to find what the first one put");
        assertEquals(version, assertHasWeights(store), "the second run put it again");
    }

    private static long assertHasWeights(Path store) {
        try (Hearth hearth = Hearth.open(store, HearthOptions.defaults().access(HearthOptions.Access.READ_ONLY))) {
            Namespace model = hearth.findNamespace(Fingerprint.of("tiny").revision("1").dtype(DType.F32)).orElseThrow();
            EntryInfo info = model.find(Keys.utf8("layer.0.weight")).orElseThrow();
            float[] weights = new float[384 * 384];
            float[] expected = new float[384 * 384];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = i;
            }
            assertEquals(4L * weights.length,
                    model.read(Keys.utf8("layer.0.weight"), 0, MemorySegment.ofArray(weights)));
            assertArrayEquals(expected, weights);
            assertEquals(TensorSpec.of(DType.F32, 384, 384), info.spec());
            assertEquals(Kind.PARAMETER, info.kind());
            assertEquals(Storage.IN_PLACE, info.storage());
            assertEquals(1, hearth.stats().entries());
            return info.version();
        }
    }

    private Path compile() throws IOException {
        Path source = Files.writeString(temporary.resolve(Readme.PROGRAM + ".java"), Readme.block("java"));
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        int code = ToolProvider.getSystemJavaCompiler().run(null, messages, messages, "--release", "25", "-Xlint:all",
                "-Xlint:-path", "-Werror", "-proc:none", "-classpath",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), "-d",
                temporary.resolve("classes").toString(), source.toString());
        assertEquals(0, code, () -> "the README's program does not compile:\n" + messages.toString(
                StandardCharsets.UTF_8));
        return temporary.resolve("classes");
    }

    private static String run(Path classes, Path store) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader = new URLClassLoader(new URL[]{classes.toUri().toURL()},
                ReadmeTest.class.getClassLoader())) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            Class<?> program = loader.loadClass(Readme.PROGRAM);
            Constructor<?> constructor = program.getDeclaredConstructor();
            constructor.setAccessible(true);
            Method main = program.getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(constructor.newInstance(), (Object) new String[]{store.toString()});
        } finally {
            System.setOut(console);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void flags_ofTheArgumentFile_areAllExplained() throws IOException {
        String readme = Readme.text();
        List<String> flags;
        try (Stream<String> lines = Files.lines(Path.of("src/main/resources/META-INF/hearth/jvm.args"))) {
            flags = lines.filter(line -> line.startsWith("-")).toList();
        }
        assertFalse(flags.isEmpty());
        for (String flag : flags) {
            assertTrue(readme.contains('`' + flag + '`'), () -> "the README does not explain " + flag);
        }
        Pattern.compile("^\\| `(--[^`]*)` \\|", Pattern.MULTILINE).matcher(readme).results()
                .map(match -> match.group(1)).forEach(flag -> assertTrue(flags.contains(flag),
                        () -> "the README explains a flag that the argument file does not have: " + flag));
    }

    @Test
    void links_toFiles_leadSomewhere() throws IOException {
        List<String> targets = Pattern.compile("\\]\\(([^)#]+)").matcher(Readme.text()).results()
                .map(match -> match.group(1)).filter(target -> !URI.create(target).isAbsolute()).toList();
        assertFalse(targets.isEmpty());
        for (String target : targets) {
            assertTrue(Files.exists(Readme.ROOT.resolve(target)), () -> "no such file: link=" + target);
        }
    }
}
