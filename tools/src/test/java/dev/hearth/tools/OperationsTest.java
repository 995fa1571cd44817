package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.tools.ToolRunner.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that look after a store as a whole: copy, destroy, evict, prefetch, top, heatmap, and what is left over. */
final class OperationsTest {
    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();

    private Path store() {
        return folder.resolve("store");
    }

    private static byte[] value(int number) {
        byte[] bytes = new byte[100_000];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    @BeforeEach
    void fillStore() {
        tool = ToolRunner.on(store());
        tool.put("p", value(0), "--segment-bytes", "256K");
        for (int i = 1; i <= 6; i++) {
            tool.put("a" + i, value(i), "--kind", "activation");
        }
    }

    @Test
    void store_copied_hasAllAndIsAStoreOfItsOwn() {
        Path copy = folder.resolve("copy");
        Result copied = tool.ok("copy", copy.toString(), "--format", "json");
        assertEquals(7, copied.number("entries"));
        assertEquals(tool.ok("stat", "--format", "json").number("version"), copied.number("version"));
        tool.ok("rm", "p", "--namespace", "ns");
        ToolRunner onCopy = ToolRunner.on(copy);
        assertArrayEquals(value(0), onCopy.get("p"));
        assertArrayEquals(value(6), onCopy.get("a6"));
        assertEquals("sound", onCopy.ok("verify").lines().getLast());
        assertEquals(ExitCode.REFUSED, tool.run("copy", copy.toString()).code(), "there is a store already");
        assertEquals(ExitCode.REFUSED, tool.run("copy", store().toString()).code());
        assertEquals(ExitCode.USAGE, tool.run("copy", copy.toString(), "--read-only").code());
        assertTrue(tool.ok("copy", folder.resolve("other").toString()).out().contains("dataBytes"));
    }

    @Test
    void store_destroyed_onlyWithForceOrAYes() throws IOException {
        Result unforced = tool.run("destroy");
        assertEquals(ExitCode.USAGE, unforced.code(), unforced::toString);
        assertTrue(unforced.err().contains("--force"), unforced::err);
        ToolRunner person = ToolRunner.on(store()).terminal().with("NO_COLOR", "1");
        assertEquals(ExitCode.NEGATIVE, person.stdin("no\n".getBytes(StandardCharsets.UTF_8)).run("destroy").code());
        assertTrue(Files.exists(store()));
        try (Hearth hearth = Hearth.open(store(),
                HearthOptions.defaults().access(HearthOptions.Access.ATTACH))) {
            Result busy = tool.run("destroy", "--force");
            assertEquals(ExitCode.REFUSED, busy.code(), busy::toString);
            assertTrue(busy.err().contains("pid " + ProcessHandle.current().pid()), busy::err);
            assertEquals(7, hearth.stats().entries());
        }
        assertEquals(ExitCode.DONE, person.stdin("yes\n".getBytes(StandardCharsets.UTF_8)).run("destroy").code());
        assertFalse(Files.exists(store()));
        assertEquals(ExitCode.REFUSED, tool.run("destroy", "--force").code(), "there is none any more");
        tool.put("p", value(0));
        assertEquals("true", ToolRunner.raw(tool.ok("destroy", "--force", "--format", "json").out(), "destroyed"));
        Path home = Files.createDirectory(folder.resolve("home"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(home.resolve("thesis.txt"), "precious");
        assertEquals(ExitCode.REFUSED, ToolRunner.on(home).run("destroy", "--force").code());
        assertEquals("precious", Files.readString(home.resolve("thesis.txt")));
    }

    @Test
    void activations_evicted_makeRoomAndParametersStay() {
        long before = tool.ok("stat", "--format", "json").number("freeSegments");
        Result evicted = tool.ok("evict", "--bytes", "256K", "--format", "json");
        assertTrue(evicted.number("freedBytes") >= 256 << 10, evicted::out);
        assertTrue(evicted.number("freeSegments") > before, evicted::out);
        Result all = tool.run("evict", "--bytes", "1G");
        assertEquals(ExitCode.NEGATIVE, all.code(), "there is not so much");
        assertEquals(1, tool.ok("stat", "--format", "json").number("entries"));
        assertArrayEquals(value(0), tool.get("p"));
    }

    @Test
    void values_prefetched_areCounted() {
        Result one = tool.ok("prefetch", "p", "--namespace", "ns", "--format", "json");
        assertEquals(1, one.number("entries"));
        assertEquals(100_000, one.number("logicalBytes"));
        assertEquals(7, tool.ok("prefetch", "--namespace", "ns", "--format", "json").number("entries"));
        assertEquals(ExitCode.NEGATIVE, tool.run("prefetch", "none", "--namespace", "ns").code());
        assertEquals(ExitCode.NEGATIVE, tool.run("prefetch", "--namespace", "none").code());
        assertEquals("asked for 7 entries, 683.6 KiB\n", tool.ok("prefetch", "--namespace", "ns").err());
    }

    @Test
    void top_counted_printsALineEachTime() {
        List<String> lines = tool.ok("top", "--count", "3", "--interval", "0.01").lines();
        assertEquals(4, lines.size(), lines::toString);
        assertTrue(lines.getFirst().startsWith("time      "), lines::toString);
        Result json = tool.ok("top", "--count", "2", "--interval", "0.01", "--format", "json");
        assertEquals(2, json.lines().size());
        assertEquals("7", ToolRunner.raw(json.lines().getLast(), "entries"));
        assertEquals("0.0", ToolRunner.raw(json.lines().getLast(), "hitsPerSecond"));
    }

    @Test
    void heatmap_drawn_showsKindsAndHeat() {
        for (int i = 1; i <= 6; i++) {
            tool.get("a" + i);
        }
        List<String> segments = tool.ok("heatmap", "--format", "json").lines();
        assertEquals(256, segments.stream().mapToLong(line -> Long.parseLong(ToolRunner.raw(line, "run"))).sum());
        assertEquals(7, segments.stream().mapToLong(line -> Long.parseLong(ToolRunner.raw(line, "entries"))).sum());
        assertTrue(segments.stream().anyMatch(line -> line.contains("\"kind\":\"activation\"")
                && line.endsWith("\"heat\":1.0}")), segments::toString);
        List<String> map = tool.ok("heatmap").lines();
        String drawn = String.join("", map.subList(0, 4)).replaceAll("[0-9]+  ", "");
        assertTrue(drawn.contains("P"), drawn);
        assertTrue(drawn.contains("9"), drawn);
        assertTrue(map.stream().anyMatch(line -> line.startsWith("parameter") && line.endsWith("1     0")),
                map::toString);
    }

    @Test
    void leftovers_found_areNamedWithWhatRemovesThem() {
        List<Finding> findings = DoctorOfMachine.leftovers(List.of(folder.resolve("hearth-1-2-3")));
        assertEquals(Finding.Status.WARN, findings.getFirst().status());
        assertTrue(findings.getFirst().detail().endsWith("rm -r " + folder.resolve("hearth-1-2-3")));
        assertEquals(Finding.Status.OK, DoctorOfMachine.leftovers(List.of()).getFirst().status());
    }
}
