package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Batch;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.tools.ToolRunner.Result;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What there is: {@code ls}, {@code namespaces}, {@code rm}, {@code stat}, {@code processes}, {@code verify}. */
final class ListingCommandsTest {
    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();

    @BeforeEach
    void openStore() {
        tool = ToolRunner.on(folder.resolve("store"));
        tool.put("b/2", new byte[24], "--dtype", "F32", "--shape", "2,3");
        tool.put("b/1", new byte[10], "--kind", "activation");
        put("a@r", "z", 100);
    }

    private void put(String namespace, String key, int bytes) {
        tool.stdin(new byte[bytes]).ok("put", key, "--namespace", namespace, "--input", "-");
    }

    @Test
    void ls_table_hasAHeadingAndIsSorted() {
        List<String> lines = tool.ok("ls").lines();
        assertEquals(List.of("key", "namespace", "kind", "storage", "dtype", "shape", "logicalBytes", "storedBytes",
                "ratio", "pages", "version", "codecs"), Arrays.asList(lines.getFirst().split(" +")));
        assertEquals(4, lines.size());
        assertTrue(lines.get(1).matches("z +a@r +parameter +in-place +UNTYPED +- +100 .*"), lines.get(1));
        assertTrue(lines.get(2).matches("b/1 +ns +activation +compact +UNTYPED +- +10 .*"), lines.get(2));
        assertTrue(lines.get(3).matches("b/2 +ns +parameter +in-place +F32 +2,3 +24 .*"), lines.get(3));
    }

    @Test
    void ls_json_isOneObjectALine() {
        List<String> lines = tool.ok("ls", "--format", "json").lines();
        assertEquals(3, lines.size());
        assertTrue(lines.get(2).startsWith("{\"key\":\"b/2\",\"namespace\":\"ns\",\"kind\":\"parameter\","
                + "\"storage\":\"in-place\",\"dtype\":\"F32\",\"shape\":[2,3],\"logicalBytes\":24,\"storedBytes\":"),
                lines.get(2));
        for (String name : List.of("pages", "version", "codecs", "ratio")) {
            assertTrue(lines.get(2).contains("\"" + name + "\":"), () -> name + " in " + lines.get(2));
        }
    }

    @Test
    void ls_ofNamespaceAndPrefix_isFiltered() {
        assertEquals(2, tool.ok("ls", "--namespace", "ns", "--format", "json").lines().size());
        assertEquals(1, tool.ok("ls", "--prefix", "b/2", "--format", "json").lines().size());
        assertEquals(2, tool.ok("ls", "--prefix", "hex:62", "--format", "json").lines().size());
        assertEquals(0, tool.ok("ls", "--namespace", "a", "--prefix", "b", "--format", "json").lines().size());
        assertEquals(ExitCode.NEGATIVE, tool.run("ls", "--namespace", "none").code());
    }

    @Test
    void namespaces_listed_haveTheirTotals() {
        List<String> lines = tool.ok("namespaces", "--format", "json").lines();
        assertEquals(2, lines.size());
        assertTrue(lines.get(0).startsWith("{\"namespace\":\"ns\",\"name\":\"ns\",\"revision\":\"\","), lines.get(0));
        assertEquals("2", ToolRunner.raw(lines.get(0), "entries"));
        assertEquals("34", ToolRunner.raw(lines.get(0), "logicalBytes"));
        assertTrue(lines.get(1).contains("\"name\":\"a\",\"revision\":\"r\""), lines.get(1));
        assertTrue(tool.ok("namespaces").lines().get(2).matches("a@r +1 +100 +[0-9]+ +[0-9]+ +-"));
    }

    @Test
    void rm_ofAKey_removesThatAlone() {
        assertEquals("", tool.ok("rm", "b/1", "--namespace", "ns").out());
        assertEquals(ExitCode.NEGATIVE, tool.run("get", "b/1", "--namespace", "ns").code());
        assertEquals(24, tool.get("b/2").length);
        Result again = tool.run("rm", "b/1", "--namespace", "ns");
        assertEquals(ExitCode.NEGATIVE, again.code());
        assertEquals("hearth: absent: key=b/1 namespace=ns\n", again.err());
    }

    @Test
    void rm_ofANamespace_removesAllOfIt() {
        Result result = tool.ok("rm", "--namespace", "ns", "--format", "json");
        assertTrue(result.out().startsWith("{\"removed\":true,\"namespace\":\"ns\",\"version\":"), result.out());
        assertEquals(ExitCode.NEGATIVE, tool.run("ls", "--namespace", "ns").code());
        assertEquals(1, tool.ok("ls", "--format", "json").lines().size());
        assertEquals(ExitCode.NEGATIVE, tool.run("rm", "--namespace", "ns").code());
    }

    @Test
    void rm_ofAnEmptyKey_isNotTheNamespace() {
        assertEquals(ExitCode.USAGE, tool.run("rm", "", "--namespace", "ns").code());
        assertEquals(2, tool.ok("ls", "--namespace", "ns", "--format", "json").lines().size());
    }

    @Test
    void stat_json_hasEveryFigureOfTheContract() {
        Result stat = tool.ok("stat", "--format", "json");
        for (String name : List.of("entries", "logicalBytes", "storedBytes", "capacityBytes", "freeSegments", "hits",
                "misses", "hitRatio", "pagesDecoded", "framesResident", "evictions", "version", "indexGeneration",
                "tableLoad", "digestCollisions", "processes", "lz4", "vector", "frameWaits", "framesEvicted")) {
            assertTrue(stat.out().contains("\"" + name + "\":"), () -> name + " in " + stat.out());
        }
        assertEquals(3, stat.number("entries"));
        assertEquals(134, stat.number("logicalBytes"));
        assertEquals(64 << 20, stat.number("capacityBytes"));
        assertEquals(64 << 20, stat.number("freeBytes") + stat.number("storedBytes") + stat.number("deadBytes")
                + stat.number("heldBytes"), stat.out());
        assertTrue(tool.ok("stat").lines().getFirst().matches("entries +3"), tool.ok("stat").out());
    }

    @Test
    void stat_afterGets_countsHitsUnlessTheyWereReadOnly() {
        long before = tool.ok("stat", "--format", "json").number("hits");
        assertArrayEquals(new byte[24], tool.get("b/2"));
        long after = tool.ok("stat", "--format", "json").number("hits");
        assertTrue(after > before, () -> "hits=" + after + " after " + before);
        assertArrayEquals(new byte[24], tool.get("b/2", "--read-only"));
        assertEquals(after, tool.ok("stat", "--format", "json").number("hits"));
    }

    @Test
    void verify_ofASoundStore_saysSo() {
        Result table = tool.ok("verify");
        assertEquals("sound", table.lines().getLast());
        Result json = tool.ok("verify", "--format", "json");
        assertTrue(json.out().startsWith("{\"sound\":true,"), json.out());
        assertEquals(3, json.number("entries"));
        assertTrue(json.out().endsWith("\"damage\":[]}\n"), json.out());
    }

    @Test
    void processes_whileOneHoldsAndWrites_showsThat() {
        Path store = folder.resolve("store");
        try (Hearth hearth = Hearth.open(store, HearthOptions.defaults().access(HearthOptions.Access.ATTACH))) {
            Namespace namespace = hearth.findNamespace("ns", null).orElseThrow();
            try (Lease lease = namespace.get(Keys.utf8("b/2")); Batch batch = namespace.batch()) {
                assertNotNull(lease);
                batch.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[3_000]), PutOptions.of(Kind.PARAMETER));
                String line = tool.ok("processes", "--format", "json").lines().stream()
                        .filter(one -> one.contains("\"alive\":true")).findFirst().orElseThrow();
                assertTrue(line.matches(".*\"pid\":" + ProcessHandle.current().pid() + ",.*\"holds\":2,"
                        + "\"putsInFlight\":1,\"bytesInFlight\":3000,\"attachedAtMs\":[1-9].*"), line);
                String row = tool.ok("processes").lines().stream().filter(one -> one.contains(" alive ")).findFirst()
                        .orElseThrow();
                assertTrue(row.matches(" *[0-9]+ +[0-9]+ +[0-9]+ +alive +[0-9.]+ ?[a-z]+ +2 +1 +.*"), row);
            }
        }
    }

    @Test
    void processes_withNobodyAttached_isOnlyTheHeading() {
        assertTrue(tool.ok("processes").lines().getFirst().matches(
                "slot +tenancy +pid +state +age +holds +writing +bytes +attached +heartbeat"));
        for (String line : tool.ok("processes", "--format", "json").lines()) {
            assertTrue(line.startsWith("{\"slot\":"), line);
        }
    }
}
