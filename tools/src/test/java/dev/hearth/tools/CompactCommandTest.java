package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.tools.ToolRunner.Result;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code compact}, and what {@code stat} says before and behind it. */
final class CompactCommandTest {
    private static final int VALUE_BYTES = 200_000;

    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();

    @BeforeEach
    void fillAndRemove() {
        tool = ToolRunner.on(folder.resolve("store"));
        for (int i = 0; i < 12; i++) {
            tool.put("k" + i, value(i), "--segment-bytes", "1M");
        }
        for (int i = 0; i < 12; i++) {
            if (i % 3 != 0) {
                tool.ok("rm", "k" + i, "--namespace", "ns");
            }
        }
    }

    private static byte[] value(int number) {
        byte[] bytes = new byte[VALUE_BYTES];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private long stat(String name) {
        return tool.ok("stat", "--format", "json").number(name);
    }

    @Test
    void compact_afterRemovals_movesWhatStaysAndGivesBlocksBack() {
        long allocated = stat("allocatedBytes");
        assertTrue(stat("deadBytes") > 7 * VALUE_BYTES, "dead=" + stat("deadBytes"));
        Result result = tool.ok("compact", "--format", "json");
        assertTrue(result.number("movedEntries") > 0, result::out);
        assertTrue(result.number("releasedSegments") > 0, result::out);
        assertTrue(result.number("givenBackBytes") > 0, result::out);
        assertTrue(stat("allocatedBytes") < allocated, "allocated=" + stat("allocatedBytes"));
        assertEquals(result.number("deadBytes"), stat("deadBytes"));
        assertEquals(result.number("movedEntries"), stat("parametersMoved"));
        for (int i = 0; i < 12; i += 3) {
            assertArrayEquals(value(i), tool.get("k" + i));
        }
        assertTrue(tool.ok("verify").out().contains("sound"));
    }

    @Test
    void compact_nothingMayBeMoved_givesBackWhatIsFree() {
        Result result = tool.ok("compact", "--move-at-most", "0", "--format", "json");
        assertEquals(0, result.number("movedEntries"));
        Result table = tool.ok("compact");
        assertEquals(List.of("movedEntries", "movedBytes", "releasedSegments", "givenBackBytes", "freeBytes",
                "deadBytes"), table.lines().stream().map(line -> line.split(" +", -1)[0]).toList());
    }

    @Test
    void compact_readOnly_isWrongUsage() {
        assertEquals(ExitCode.USAGE, tool.run("compact", "--read-only").code());
        assertEquals(ExitCode.REFUSED, ToolRunner.on(folder.resolve("none")).run("compact").code());
    }
}
