package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.ToolRunner.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the tool says of damage: in a store, and in a file while it is read. */
final class DamageTest {
    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();

    @BeforeEach
    void fillStore() {
        tool = ToolRunner.on(folder.resolve("store"));
        tool.put("a", new byte[100_000]);
        tool.put("b", new byte[200_000]);
        tool.put("c", new byte[300_000]);
    }

    /** Changes a byte of an entry in the data file. */
    private void damage(String key, long offsetInExtent) throws IOException {
        String entry = tool.ok("ls", "--prefix", key, "--format", "json").out();
        long offset = Long.parseLong(ToolRunner.raw(entry, "offsetBytes")) + offsetInExtent;
        try (FileChannel data = FileChannel.open(folder.resolve("store/data"), StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertEquals(1, data.read(one, offset));
            one.put(0, (byte) (one.get(0) ^ 0x10)).rewind();
            assertEquals(1, data.write(one, offset));
        }
    }

    @Test
    void value_damaged_isFoundByVerifyAndRefusedByGet() throws IOException {
        damage("b", 100_000);
        Result verify = tool.run("verify", "--format", "json");
        assertEquals(ExitCode.NEGATIVE, verify.code(), verify::toString);
        assertTrue(verify.out().startsWith("{\"sound\":false,"), verify::out);
        assertTrue(verify.out().contains("\"key\":\"b\""), verify::out);
        assertTrue(verify.out().contains("\"file\":\"data\""), verify::out);
        assertEquals("damaged", tool.run("verify").lines().getLast());

        Result get = tool.run("get", "b", "--namespace", "ns");
        assertEquals(ExitCode.NEGATIVE, get.code(), get::toString);
        assertTrue(get.err().contains("damaged"), get::err);
        assertEquals(100_000, tool.get("a").length);
        assertEquals(300_000, tool.get("c").length);
    }

    @Test
    void value_damaged_isDroppedByRepairAndNothingElse() throws IOException {
        damage("b", 100_000);
        Result repair = tool.run("verify", "--repair", "--format", "json");
        assertEquals(ExitCode.NEGATIVE, repair.code(), repair::toString);
        assertTrue(repair.out().contains("\"dropped\":[{\"what\":\"entry\""), repair::out);
        assertTrue(repair.out().contains("\"left\":[]"), repair::out);
        assertEquals("sound", tool.ok("verify", "--repair").lines().getLast());
        assertEquals(2, tool.ok("stat", "--format", "json").number("entries"));
        assertEquals(100_000, tool.get("a").length);
        assertEquals(300_000, tool.get("c").length);
        damage("c", 100_000);
        assertEquals("repaired", tool.run("verify", "--repair").lines().getLast());
        assertEquals(ExitCode.USAGE, tool.run("verify", "--repair", "--read-only").code());
    }

    /** Changes a byte of the record of the put of a key. */
    private void damageRecord(String key) throws IOException {
        String put = tool.ok("log", "--format", "json").lines().stream()
                .filter(line -> line.contains("\"key\":\"" + key + "\"")).findFirst().orElseThrow();
        int offset = (int) Long.parseLong(ToolRunner.raw(put, "offsetBytes"));
        Path log = folder.resolve("store/log/0001.log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[offset + 60] ^= 1;
        Files.write(log, bytes);
    }

    @Test
    void log_damagedInItsMiddle_isRecoveredOnlyOnRequest() throws IOException {
        assertEquals("ready", ToolRunner.raw(tool.ok("recover", "--dry-run", "--format", "json").out(), "state")
                .replace("\"", ""));
        damageRecord("b");
        Files.delete(folder.resolve("store/hearth.mark"));
        for (List<String> args : List.of(List.of("recover", "--dry-run"), List.of("recover"))) {
            Result refused = tool.run(args.toArray(String[]::new));
            assertEquals(ExitCode.NEGATIVE, refused.code(), refused::toString);
            assertTrue(refused.out().contains("log-damaged"), refused::out);
            assertTrue(refused.out().contains("keys put behind the damage: c"), refused::out);
        }
        assertEquals(ExitCode.NEGATIVE, tool.run("stat").code());
        Result recovered = tool.ok("recover", "--drop-log-behind-damage", "--format", "json");
        assertEquals("true", ToolRunner.raw(recovered.out(), "recovered"));
        assertTrue(recovered.out().contains("\"lostKeys\":[\"c\"]"), recovered::out);
        assertTrue(recovered.err().startsWith("losing versions "), recovered::err);
        assertEquals(1, tool.ok("stat", "--format", "json").number("entries"));
        assertEquals(100_000, tool.get("a").length);
        assertEquals("sound", tool.ok("verify").lines().getLast());
    }

    @Test
    void description_damaged_isReportedAndTheOthersAreListed() throws IOException {
        damage("b", 20);
        for (String command : List.of("ls", "namespaces")) {
            Result result = tool.run(command, "--format", "json");
            assertEquals(ExitCode.NEGATIVE, result.code(), result::toString);
            assertTrue(result.err().contains("damaged"), result::err);
        }
        List<String> entries = tool.run("ls", "--format", "json").lines();
        assertEquals(List.of("\"a\"", "\"c\""), entries.stream().map(entry -> ToolRunner.raw(entry, "key")).toList());
        assertEquals(100_000, tool.get("a").length);
    }

    @Test
    void model_changedAfterItWasOpened_isNoticed() throws IOException {
        Path model = Files.write(folder.resolve("model.onnx"), new TinyOnnx().longs("ids", 1, 2).model());
        try (ModelSet models = ModelSet.open(List.of(model))) {
            models.requireUnchanged();
            Files.write(model, new byte[1], StandardOpenOption.APPEND);
            IOException e = assertThrows(IOException.class, models::requireUnchanged);
            assertTrue(e.toString().contains("model.onnx changed"), e::toString);
        }
    }
}
