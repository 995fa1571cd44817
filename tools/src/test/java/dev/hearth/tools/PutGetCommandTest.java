package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.tools.ToolRunner.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values in and out, through files and streams. */
final class PutGetCommandTest {
    private static final int PAGE = 64 << 10;
    private static final int STEP = 1 << 20;

    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();

    @BeforeEach
    void openStore() {
        tool = ToolRunner.on(folder.resolve("store"));
    }

    private static byte[] random(int bytes) {
        byte[] value = new byte[bytes];
        new Random(bytes).nextBytes(value);
        return value;
    }

    @ParameterizedTest
    @CsvSource({"0, in-place", "1, in-place", "4095, in-place", "4097, compact", "65535, compact", "65536, in-place",
            "65537, compact", "1048576, in-place", "1048577, compact", "3500000, compact", "3500001, in-place"})
    void value_putFromFile_comesOutTheSame(int bytes, String storage) throws IOException {
        byte[] value = random(bytes);
        Path input = Files.write(folder.resolve("input"), value);
        Result put = tool.ok("put", "k", "--namespace", "ns", "--input", input.toString(), "--storage", storage,
                "--capacity", "64M");
        assertTrue(put.out().matches("[0-9]+\n"), "the version: " + put.out());
        assertArrayEquals(value, tool.get("k"));
        assertArrayEquals(value, tool.get("k", "--read-only"), "read-only");

        Path output = folder.resolve("output");
        tool.ok("get", "k", "--namespace", "ns", "--output", output.toString());
        assertArrayEquals(value, Files.readAllBytes(output), "to a file");
    }

    @Test
    void value_putFromStdin_leavesNoTemporaryFile() throws IOException {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        byte[] value = random(STEP + 1);
        tool.with("TMPDIR", temporary.toString()).put("k", value);
        assertArrayEquals(value, tool.get("k"));
        try (Stream<Path> files = Files.list(temporary)) {
            assertEquals(0, files.count(), "files left in TMPDIR");
        }
    }

    @Test
    void put_again_replacesTheValueUnderALargerVersion() {
        long first = Long.parseLong(tool.put("k", new byte[]{1}).out().strip());
        long second = Long.parseLong(tool.put("k", new byte[]{2, 3}).out().strip());
        assertTrue(second > first, () -> second + " after " + first);
        assertArrayEquals(new byte[]{2, 3}, tool.get("k"));
    }

    @Test
    void put_json_isOneObject() {
        String json = tool.put("k", new byte[5], "--format", "json").out();
        assertTrue(json.matches("\\{\"namespace\":\"ns\",\"key\":\"k\",\"logicalBytes\":5,\"version\":[0-9]+}\n"),
                json);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 1", "1, 2", "65535, 2", "65536, 65536", "1048575, 2", "1048577, 1048576", "2999999, 1",
            "2999999, 100", "3000000, 1", "9000000, 1"})
    void range_ofAValue_isCutAtItsEnd(int offset, int length) {
        byte[] value = random(3_000_000);
        tool.put("k", value, "--storage", "compact");
        byte[] expected = Arrays.copyOfRange(value, Math.min(offset, value.length),
                Math.min(offset + length, value.length));
        assertArrayEquals(expected, tool.get("k", "--offset", "" + offset, "--length", "" + length));
    }

    @Test
    void range_withoutLength_goesToTheEnd() {
        byte[] value = random(STEP + PAGE + 7);
        tool.put("k", value);
        assertArrayEquals(Arrays.copyOfRange(value, 100, value.length), tool.get("k", "--offset", "100"));
    }

    @Test
    void oneByte_ofCompactValue_decodesOnePage() {
        byte[] value = "compressible ".repeat(1 << 18).getBytes(StandardCharsets.UTF_8);
        tool.put("k", value, "--storage", "compact");
        long before = tool.ok("stat", "--format", "json").number("pagesDecoded");
        assertArrayEquals(new byte[]{value[1_700_000]}, tool.get("k", "--offset", "1700000", "--length", "1"));
        assertEquals(1, tool.ok("stat", "--format", "json").number("pagesDecoded") - before);
    }

    @Test
    void longRange_fromAnOddOffset_decodesEachOfItsPagesOnce() {
        byte[] value = "compressible ".repeat(1 << 18).getBytes(StandardCharsets.UTF_8);
        tool.put("k", value, "--storage", "compact");
        long before = tool.ok("stat", "--format", "json").number("pagesDecoded");
        tool.get("k", "--offset", "65637");
        int pages = Math.ceilDiv(value.length, PAGE) - 1;
        assertEquals(pages, tool.ok("stat", "--format", "json").number("pagesDecoded") - before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"k", "ключ/ä", "hex:00ff10", "-k", "@k", "put", "a b", "hex"})
    void key_ofAnyKind_isFoundAgain(String key) {
        tool.stdin(new byte[]{7}).ok("put", "--namespace", "ns", "--input", "-", "--capacity", "64M", "--", key);
        assertArrayEquals(new byte[]{7}, tool.ok("get", "--namespace", "ns", "--", key).bytes());
        assertTrue(tool.ok("ls", "--format", "json").out().startsWith("{\"key\":\"" + key + "\""));
    }

    @Test
    void key_thatNamesAFileBehindAnAtSign_isJustAKey() throws IOException {
        Path file = Files.writeString(folder.resolve("arguments"), "other");
        tool.put("@" + file, new byte[]{7});
        assertTrue(tool.ok("ls", "--format", "json").out().contains("\"key\":\"@" + file + "\""));
    }

    @Test
    void key_inHexOfText_isTheSameKey() {
        tool.put("hex:6b6579", new byte[]{7});
        assertArrayEquals(new byte[]{7}, tool.get("key"));
    }

    @Test
    void key_tooShortOrTooLong_isWrongUsageAndCreatesNothing() {
        for (String key : new String[]{"", "hex:", "k".repeat(1025)}) {
            Result result = tool.run("put", key, "--namespace", "ns", "--input", "-");
            assertEquals(ExitCode.USAGE, result.code(), result::toString);
            assertTrue(result.err().contains("keyBytes="), result::toString);
        }
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
        tool.put("k".repeat(1024), new byte[1]);
        assertEquals(1, tool.get("k".repeat(1024)).length);
    }

    @Test
    void get_absent_isOneAndNamesWhatIs() {
        tool.put("k", new byte[1]);
        Result key = tool.run("get", "other", "--namespace", "ns");
        assertEquals(ExitCode.NEGATIVE, key.code());
        assertEquals("hearth: absent: key=other namespace=ns\n", key.err());
        Result namespace = tool.run("get", "k", "--namespace", "other");
        assertEquals(ExitCode.NEGATIVE, namespace.code());
        assertEquals("hearth: unknown namespace: other\n", namespace.err());
    }

    @Test
    void get_absentToFile_leavesTheFileAlone() throws IOException {
        tool.put("k", new byte[1]);
        Path output = Files.writeString(folder.resolve("output"), "before");
        assertEquals(ExitCode.NEGATIVE,
                tool.run("get", "other", "--namespace", "ns", "--output", output.toString()).code());
        assertEquals("before", Files.readString(output));
    }

    @Test
    void namespace_withoutRevision_isTheNewest() {
        put("ns@old", "k", "old");
        put("ns@new", "k", "new");
        assertEquals("new", new String(tool.get("k"), StandardCharsets.UTF_8));
        assertEquals("old", tool.ok("get", "k", "--namespace", "ns@old").out());
        assertEquals(ExitCode.NEGATIVE, tool.run("get", "k", "--namespace", "ns@none").code());
    }

    @Test
    void namespace_definedButEmpty_doesNotHideTheRevisionBefore() {
        put("ns@whole", "k", "value");
        try (Hearth hearth = Hearth.open(folder.resolve("store"), HearthOptions.defaults())) {
            assertEquals("empty",
                    hearth.namespace(Fingerprint.of("ns").revision("empty")).info().fingerprint().revision());
        }
        assertEquals("value", new String(tool.get("k"), StandardCharsets.UTF_8));
        assertEquals(ExitCode.NEGATIVE, tool.run("get", "k", "--namespace", "ns@empty").code());
    }

    private void put(String namespace, String key, String value) {
        tool.stdin(value.getBytes(StandardCharsets.UTF_8)).ok("put", key, "--namespace", namespace, "--input", "-",
                "--capacity", "64M");
    }

    @Test
    void put_ofATensor_needsTypeShapeAndLengthToAgree() {
        tool.put("k", new byte[24], "--dtype", "f32", "--shape", "2,3");
        assertTrue(tool.ok("ls", "--format", "json").out().contains("\"dtype\":\"F32\",\"shape\":[2,3],"));
        for (String more : new String[]{"--dtype F32", "--shape 2,3", "--dtype F32 --shape 7", "--dtype F32 --shape x",
                "--dtype F32 --shape -6", "--dtype F32 --shape 4611686018427387904,4"}) {
            String[] args = ("put k --namespace ns --input - " + more).split(" ");
            Result result = tool.stdin(new byte[24]).run(args);
            assertEquals(ExitCode.USAGE, result.code(), () -> more + ": " + result);
        }
    }

    @Test
    void put_ofAScalar_hasNoDimensions() {
        tool.put("k", new byte[8], "--dtype", "I64", "--shape", "scalar");
        assertTrue(tool.ok("ls", "--format", "json").out().contains("\"dtype\":\"I64\",\"shape\":[],"));
    }

    @Test
    void put_ofMissingInput_isWrongUsageAndCreatesNothing() {
        Result result = tool.run("put", "k", "--namespace", "ns", "--input", folder.resolve("none").toString());
        assertEquals(ExitCode.USAGE, result.code(), result::toString);
        assertEquals(ExitCode.USAGE, tool.run("put", "k", "--namespace", "ns", "--input", folder.toString()).code());
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    @Test
    void put_aboveCapacity_isRefusedAndLosesNothing() throws IOException {
        tool.put("k", new byte[]{7});
        Path input = Files.write(folder.resolve("input"), new byte[65 << 20]);
        Result result = tool.run("put", "large", "--namespace", "ns", "--input", input.toString());
        assertEquals(ExitCode.REFUSED, result.code(), result::toString);
        assertArrayEquals(new byte[]{7}, tool.get("k"));
        assertEquals(ExitCode.NEGATIVE, tool.run("get", "large", "--namespace", "ns").code());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--page-bytes 5000", "--page-bytes 2M", "--segment-bytes 300000", "--segment-bytes 0",
            "--capacity 1", "--capacity 1X", "--max-entries 1", "--max-entries 0", "--durability nonesuch"})
    void put_withSizesOutOfRange_isWrongUsageAndCreatesNothing(String more) {
        String[] args = ("put k --namespace ns --input - " + more).split(" ");
        Result result = tool.run(args);
        assertEquals(ExitCode.USAGE, result.code(), result::toString);
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    @Test
    void put_creatingTheStore_takesItsSizes() {
        tool.stdin(new byte[1]).ok("put", "k", "--namespace", "ns", "--input", "-", "--capacity", "32M",
                "--page-bytes", "8K", "--segment-bytes", "512KiB", "--max-entries", "1000", "--durability", "process");
        Result stat = tool.ok("stat", "--format", "json");
        assertEquals(32 << 20, stat.number("capacityBytes"));
        assertEquals(8 << 10, stat.number("pageBytes"));
        assertEquals(512 << 10, stat.number("segmentBytes"));
        assertEquals(1000, stat.number("maxEntries"));
    }

    @Test
    void get_ofBinaryToATerminal_isRefusedUnlessInsistedOn() {
        tool.put("binary", new byte[]{1, 0, 2});
        tool.put("text", new byte[]{'a', 'b'});
        ToolRunner terminal = tool.terminal();
        assertEquals(ExitCode.USAGE, terminal.run("get", "binary", "--namespace", "ns").code());
        assertArrayEquals(new byte[]{1, 0, 2}, terminal.get("binary", "--output", "-"));
        assertEquals("ab", terminal.run("get", "text", "--namespace", "ns").out());
    }

    @Test
    void put_thatFails_leavesNoNamespace() throws IOException {
        Path input = Files.write(folder.resolve("input"), new byte[65 << 20]);
        Result full = tool.run("put", "k", "--namespace", "ns", "--input", input.toString(), "--capacity", "64M");
        assertEquals(ExitCode.REFUSED, full.code(), full::toString);
        assertEquals("", tool.ok("namespaces", "--format", "json").out());
        // A file of the kernel that claims 4,096 bytes and has fewer.
        Path shorter = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        assumeTrue(Files.isReadable(shorter), "no " + shorter);
        Result broken = tool.run("put", "k", "--namespace", "ns", "--input", shorter.toString());
        assertEquals(ExitCode.FAILED, broken.code(), broken::toString);
        assertTrue(broken.err().contains("ends after"), broken::err);
        assertEquals("", tool.ok("namespaces", "--format", "json").out());
        tool.put("k", new byte[]{7});
        assertEquals(1, tool.ok("namespaces", "--format", "json").lines().size());
    }

    @ParameterizedTest
    @CsvSource({"none, activation, raw, compact", "lz4, activation, lz4, compact", "lz4-hc, parameter, lz4, compact",
            "fast, activation, '', compact", "balanced, activation, '', compact", "small, parameter, '', compact",
            "none, parameter, raw, in-place"})
    void put_withCompression_isEncodedSo(String level, String kind, String codec, String storage) {
        byte[] value = "compressible ".repeat(1 << 14).getBytes(StandardCharsets.UTF_8);
        tool.put("k", value, "--compression", level, "--kind", kind);
        assertArrayEquals(value, tool.get("k"));
        String entry = tool.ok("ls", "--format", "json").out();
        assertEquals("\"" + storage + "\"", ToolRunner.raw(entry, "storage"));
        assertTrue(entry.contains("\"codecs\":{\"" + codec), entry);
    }

    @Test
    void put_encodedAndInPlace_isWrongUsageAndCreatesNothing() {
        Result result = tool.run("put", "k", "--namespace", "ns", "--input", "-", "--storage", "in-place",
                "--compression", "small");
        assertEquals(ExitCode.USAGE, result.code(), result::toString);
        assertFalse(Files.exists(folder.resolve("store")), "the store was created");
    }

    @Test
    void put_byManyAtOnceIntoANewNamespace_losesNone() throws Exception {
        int writers = 3;
        // So long to write that all look for the namespace before one of them defines it.
        byte[] value = random(48 << 20);
        Path input = Files.write(folder.resolve("input"), value);
        tool.stdin(new byte[1]).ok("put", "k", "--namespace", "ns", "--input", "-", "--capacity", "256M");
        CyclicBarrier start = new CyclicBarrier(writers);
        List<Future<Result>> results = new ArrayList<>();
        try (Hearth attached = Hearth.open(folder.resolve("store"), HearthOptions.defaults());
                ExecutorService threads = Executors.newFixedThreadPool(writers)) {
            assertEquals(1, attached.namespaces().size());
            for (int i = 0; i < writers; i++) {
                String key = "k" + i;
                results.add(threads.submit(() -> {
                    start.await(300, TimeUnit.SECONDS);
                    return ToolRunner.on(folder.resolve("store")).run("put", key, "--namespace", "new", "--input",
                            input.toString());
                }));
            }
        }
        for (Future<Result> result : results) {
            assertEquals(0, result.get().code(), () -> result.resultNow().toString());
        }
        assertEquals(writers, tool.ok("ls", "--namespace", "new", "--format", "json").lines().size());
        assertArrayEquals(value, tool.ok("get", "k0", "--namespace", "new").bytes());
        assertEquals(2, tool.ok("namespaces", "--format", "json").lines().size());
    }
}
