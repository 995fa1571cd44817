package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.store.TensorSpec;
import dev.hearth.tools.ToolRunner.Result;
import dev.hearth.tools.model.ModelChangedException;
import dev.hearth.tools.model.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names that are registered and become entries at their first use. */
@Timeout(300)
final class LazyImportTest {
    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();
    private Path model = Path.of("");

    @BeforeEach
    void writeModel() throws IOException {
        tool = ToolRunner.on(folder.resolve("store"));
        model = write("model.onnx", 1);
    }

    private Path write(String name, float first) throws IOException {
        return Files.write(folder.resolve(name), new TinyOnnx().floats("weight", 3, first)
                .floats("bias", 100_000, first).longs("ids", 7, 8).model());
    }

    private Result importLazily(String namespace, String... more) {
        List<String> args = new ArrayList<>(
                List.of("import", model.toString(), "--lazy", "--namespace", namespace, "--capacity", "64M"));
        args.addAll(List.of(more));
        return tool.ok(args.toArray(String[]::new));
    }

    private List<String> entries() {
        return keys(tool.ok("ls", "--format", "json")).stream().filter(key -> !key.startsWith("hex:")).toList();
    }

    private List<String> registered() {
        return keys(tool.ok("ls", "--registered", "--format", "json"));
    }

    private static List<String> keys(Result listing) {
        return listing.lines().stream().map(line -> ToolRunner.raw(line, "key").replace("\"", "")).toList();
    }

    private Hearth open() {
        return Hearth.open(folder.resolve("store"), HearthOptions.defaults().access(HearthOptions.Access.ATTACH));
    }

    private static Namespace namespace(Hearth hearth, String name) {
        return hearth.findNamespace(name, null).orElseThrow();
    }

    @Test
    void name_registered_isNoEntryUntilItsFirstUse() {
        Result registered = importLazily("m", "--format", "json");
        assertEquals(3, registered.number("tensors"));
        assertEquals(400_028, registered.number("logicalBytes"));
        assertEquals(List.of(), entries());
        assertEquals(List.of("bias", "ids", "weight"), registered());
        byte[] bias = tool.ok("get", "bias", "--namespace", "m").bytes();
        assertEquals(List.of("bias"), entries());
        assertEquals(List.of("ids", "weight"), registered());
        tool.ok("import", model.toString(), "--namespace", "exact");
        assertArrayEquals(tool.ok("get", "bias", "--namespace", "exact").bytes(), bias);
        assertArrayEquals(Arrays.copyOfRange(tool.ok("get", "weight", "--namespace", "exact").bytes(), 4, 8),
                tool.ok("get", "weight", "--namespace", "m", "--offset", "4", "--length", "4").bytes());
        assertEquals(1, tool.run("get", "other", "--namespace", "m").code());
        assertEquals(1, tool.run("get", "ids", "--namespace", "m", "--read-only").code());
        assertTrue(tool.ok("ls", "--registered").out().contains("model.onnx"), "the table names the file");
        assertEquals(List.of(), keys(tool.ok("ls", "--registered", "--prefix", "x", "--format", "json")));
    }

    @Test
    void entries_ofLazyAndPlainImport_areTheSame() {
        for (String options : List.of("", "--as bf16", "--as int8", "--storage compact --compression small",
                "--filter w*")) {
            String[] more = options.isEmpty() ? new String[0] : options.split(" ", -1);
            String suffix = Integer.toHexString(options.hashCode());
            importLazily("l" + suffix, more);
            List<String> args = new ArrayList<>(
                    List.of("import", model.toString(), "--namespace", "p" + suffix));
            args.addAll(List.of(more));
            tool.ok(args.toArray(String[]::new));
            List<String> plain = lines("p" + suffix);
            List<String> names = keys(tool.ok("ls", "--registered", "--namespace", "l" + suffix, "--format", "json"));
            assertEquals(plain.size(), names.size(), options);
            for (String name : names) {
                assertArrayEquals(tool.ok("get", name, "--namespace", "p" + suffix).bytes(),
                        tool.ok("get", name, "--namespace", "l" + suffix).bytes(), options + " " + name);
            }
            assertEquals(plain, lines("l" + suffix), options);
        }
    }

    /** What entries are, without where and when. */
    private List<String> lines(String namespace) {
        return tool.ok("ls", "--namespace", namespace, "--format", "json").lines().stream()
                .filter(line -> !line.contains("\"hex:"))
                .map(line -> line.replaceAll("\"(namespace|version|segment|generation|offsetBytes|storedBytes|ratio)\":"
                        + "(\"[^\"]*\"|[^,}]*)", ""))
                .toList();
    }

    @Test
    void tensorThatEightBitsCannotSay_atItsFirstUse_isPutAsItIsWithoutScales() throws IOException {
        model = Files.write(folder.resolve("nan.onnx"), new TinyOnnx().floats("x", 4, Float.NaN).model());
        importLazily("m", "--as", "int8");
        assertEquals(List.of("x", "x_scale"), registered());
        assertEquals(1, tool.run("get", "x_scale", "--namespace", "m").code());
        assertEquals(16, tool.ok("get", "x", "--namespace", "m").bytes().length);
    }

    @Test
    void file_changedOrGone_isATypedErrorAndNothingIsPut() throws Exception {
        importLazily("m");
        FileTime written = Files.getLastModifiedTime(model);
        try (Hearth hearth = open(); ModelNamespace models = new ModelNamespace(namespace(hearth, "m"))) {
            Files.setLastModifiedTime(model,
                    FileTime.from(written.to(TimeUnit.MILLISECONDS) + 5, TimeUnit.MILLISECONDS));
            ModelChangedException touched = assertThrows(ModelChangedException.class,
                    () -> models.get(Keys.utf8("bias")));
            assertEquals(model, touched.file());
            assertTrue(touched.expected().startsWith("bytes=") && !touched.expected().equals(touched.actual()));
            // As long, as old, and another model.
            byte[] other = new TinyOnnx().floats("weigth", 3, 1).floats("bias", 100_000, 1).longs("ids", 7, 8).model();
            assertEquals(Files.size(model), other.length);
            Files.write(model, other);
            Files.setLastModifiedTime(model, written);
            ModelChangedException renamed = assertThrows(ModelChangedException.class,
                    () -> models.get(Keys.utf8("bias")));
            assertTrue(renamed.expected().startsWith("structure="), renamed.expected());
            write("model.onnx", 1);
            Files.setLastModifiedTime(model, written);
            try (Lease lease = models.get(Keys.utf8("bias"))) {
                assertNotNull(lease);
            }
            Files.write(model, new byte[]{1}, java.nio.file.StandardOpenOption.APPEND);
            assertThrows(ModelChangedException.class, () -> models.get(Keys.utf8("weight")), "while it is open");
            Files.delete(model);
            ModelChangedException gone = assertThrows(ModelChangedException.class,
                    () -> models.get(Keys.utf8("weight")));
            assertEquals("no file", gone.actual());
            assertEquals(List.of("weight", "ids"),
                    models.registered().stream().map(tensor -> tensor.name()).sorted().toList().reversed());
        }
        Result failed = tool.run("get", "weight", "--namespace", "m");
        assertEquals(4, failed.code());
        assertTrue(failed.err().contains(model.toString()) && failed.err().contains("no file"), failed.err());
        assertEquals(List.of("bias"), entries());
    }

    @Test
    void entry_removed_isNotRegisteredAnyMore() {
        importLazily("m");
        tool.ok("get", "ids", "--namespace", "m");
        tool.ok("rm", "ids", "--namespace", "m");
        tool.ok("rm", "weight", "--namespace", "m");
        assertEquals(1, tool.run("rm", "weight", "--namespace", "m").code());
        assertEquals(1, tool.run("get", "ids", "--namespace", "m").code());
        assertEquals(List.of("bias"), registered());
        tool.ok("rm", "bias", "--namespace", "m");
        assertEquals(List.of(), registered());
    }

    @Test
    void imports_overEachOther_theLastOneCounts() throws IOException {
        importLazily("m@1");
        tool.ok("get", "weight", "--namespace", "m");
        byte[] first = tool.ok("get", "ids", "--namespace", "m").bytes();
        Path second = write("second.onnx", 50);
        tool.ok("import", second.toString(), "--lazy", "--namespace", "m@1", "--filter", "weight");
        assertEquals(List.of("bias", "weight"), registered());
        assertEquals(50f, weight());
        assertArrayEquals(first, tool.ok("get", "ids", "--namespace", "m").bytes());
        tool.ok("import", model.toString(), "--namespace", "m@1");
        assertEquals(1f, weight());
        assertEquals(List.of(), registered());
        try (Hearth hearth = open()) {
            assertEquals(Registration.NONE, Registration.of(namespace(hearth, "m")), "no name is left behind");
        }
        tool.ok("rm", "weight", "--namespace", "m");
        assertEquals(1, tool.run("get", "weight", "--namespace", "m").code());
    }

    private float weight() {
        return MemorySegment.ofArray(tool.ok("get", "weight", "--namespace", "m").bytes())
                .get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
    }

    @Test
    void export_withRegisteredNames_refusesUntilTheyAreEntries() {
        importLazily("m");
        Path out = folder.resolve("out.safetensors");
        Result refused = tool.run("export", out.toString(), "--namespace", "m");
        assertEquals(1, refused.code());
        assertTrue(refused.err().contains("registered"), refused.err());
        assertFalse(Files.exists(out));
        tool.ok("get", "weight", "--namespace", "m");
        tool.ok("export", out.toString(), "--namespace", "m", "--filter", "weight");
        tool.ok("get", "bias", "--namespace", "m");
        tool.ok("get", "ids", "--namespace", "m");
        tool.ok("export", out.toString(), "--namespace", "m", "--force");
    }

    @Test
    void library_registeredName_isLeasedAndPutOnce() throws Exception {
        importLazily("m");
        try (Hearth hearth = open(); ModelNamespace models = new ModelNamespace(namespace(hearth, "m"))) {
            long puts = hearth.stats().counter("puts");
            for (int i = 0; i < 2; i++) {
                try (Lease lease = models.get(Keys.utf8("bias"))) {
                    assertNotNull(lease);
                    assertEquals(TensorSpec.of(DType.F32, 100_000), lease.spec());
                    assertEquals(1f, lease.segment().get(ValueLayout.JAVA_FLOAT, 0));
                }
            }
            assertEquals(puts + 1, hearth.stats().counter("puts"));
            assertNull(models.get(Keys.utf8("nothing")));
            assertEquals(2, models.registered().size());
        }
    }

    @Test
    void name_registeredAnewWhileItIsRead_isReadFromTheOtherFile() throws Exception {
        importLazily("m@1");
        Path second = write("second.onnx", 50);
        try (Hearth hearth = open()) {
            Namespace namespace = namespace(hearth, "m");
            try (RegisteredSource source = RegisteredSource
                    .open(Registration.of(namespace).sources().getFirst())) {
                assertThrows(RegisteredSource.RegisteredAnew.class,
                        () -> source.lease(namespace, "bias", Namespace.COMPUTE_LIMIT, () -> {
                            tool.ok("import", second.toString(), "--lazy", "--namespace", "m@1");
                            return false;
                        }));
            }
            assertFalse(namespace.contains(Keys.utf8("bias")));
            try (ModelNamespace models = new ModelNamespace(namespace); Lease lease = models.get(Keys.utf8("bias"))) {
                assertNotNull(lease);
                assertEquals(50f, lease.segment().get(ValueLayout.JAVA_FLOAT, 0));
            }
        }
    }

    @Test
    void registration_damaged_isATypedError() throws Exception {
        importLazily("m");
        byte[] good;
        try (Hearth hearth = open()) {
            Namespace namespace = namespace(hearth, "m");
            try (Lease lease = namespace.get(TensorNames.registrationKey())) {
                assertNotNull(lease);
                good = lease.segment().toArray(ValueLayout.JAVA_BYTE);
            }
            assertArrayEquals(good, Registration.read(MemorySegment.ofArray(good)).bytes());
            long seed = 7;
            Random random = new Random(seed);
            int refused = 0;
            for (int i = 0; i < 3_000; i++) {
                byte[] bad = random.nextInt(4) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
                for (int flips = random.nextInt(3); flips >= 0 && bad.length > 0; flips--) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt();
                }
                try {
                    Registration read = Registration.read(MemorySegment.ofArray(bad));
                    assertTrue(read.sources().size() <= 1, "seed=" + seed);
                } catch (ModelFormatException e) {
                    refused++;
                }
            }
            assertTrue(refused > 1_000, "seed=" + seed + " refused=" + refused);
            for (String text : List.of("", "{}", "[]", "{\"version\":\"2\",\"sources\":\"0\"}",
                    "{\"version\":\"1\",\"sources\":\"-1\"}", "{\"version\":\"1\",\"sources\":\"99999999999\"}",
                    "{\"version\":\"1\",\"sources\":\"1\"}", "{\"version\":\"1\",\"sources\":\"0\",\"x\":\"y\"}",
                    "{\"version\":\"1\",\"sources\":\"0\",\"0.tensor.a\":\"F32 4 1\"}")) {
                namespace.put(TensorNames.registrationKey(),
                        MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)), PutOptions.of(Kind.PARAMETER));
                try (ModelNamespace models = new ModelNamespace(namespace)) {
                    assertThrows(ModelFormatException.class, () -> models.get(Keys.utf8("bias")), text);
                }
            }
        }
        assertEquals(4, tool.run("get", "bias", "--namespace", "m").code());
        assertEquals(4, tool.run("ls", "--registered").code());
        tool.ok("ls");
    }

    @Test
    void registration_ofAFilteredImport_hasItsPatterns() throws IOException {
        importLazily("m", "--filter", "w*", "--filter", "b?as");
        try (Hearth hearth = open()) {
            Registration registration = Registration.of(namespace(hearth, "m"));
            assertEquals(List.of("w*", "b?as"), registration.sources().getFirst().filter().globs());
        }
    }

    @Test
    void firstUse_bySeveralProcessesAtOnce_putsOnce() throws Exception {
        importLazily("m");
        List<Process> tools = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tools.add(start("get", "bias", "--namespace", "m", "--store", folder.resolve("store").toString(),
                    "--output", folder.resolve("bias" + i).toString()));
        }
        for (Process one : tools) {
            String out = new String(one.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(one.waitFor(300, TimeUnit.SECONDS), "ends");
            assertEquals(0, one.exitValue(), out);
        }
        for (int i = 0; i < 4; i++) {
            assertEquals(-1, Files.mismatch(folder.resolve("bias0"), folder.resolve("bias" + i)));
        }
        assertEquals(400_000, Files.size(folder.resolve("bias0")));
        // What comes next in the segment lies right behind: nobody wrote these bytes a second time.
        tool.ok("get", "weight", "--namespace", "m");
        long apart = offset("weight") - offset("bias");
        assertTrue(apart >= 400_000 && apart < 420_000, "bytes=" + apart);
    }

    private long offset(String key) {
        return tool.ok("ls", "--prefix", key, "--format", "json").number("offsetBytes");
    }

    private static Process start(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agentlib") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), HearthCli.class.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
