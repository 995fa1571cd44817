package dev.hearth.perf.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command through its arguments and its output. */
final class ReplayCommandTest {
    @TempDir
    Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) throws IOException {
        return ReplayCommand.run(List.of(arguments), new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String trace(String... ids) throws IOException {
        Path file = directory.resolve("trace.jsonl");
        return Files.write(file, Stream.of(ids).map(
                list -> "{\"timestamp\":0,\"input_length\":1,\"output_length\":1,\"hash_ids\":[" + list + "]}")
                .toList())
                .toString();
    }

    @Test
    void run_everythingFits_hitsAsTheModels() throws IOException {
        String trace = trace("1,2,3", "1,2,4", "1,2,3,5", "9", "1,2,4");
        assertEquals(0, run(trace, "--capacity-blocks", "40", "--dir", directory.toString()), err::toString);
        String line = out.toString(StandardCharsets.UTF_8);
        assertTrue(line.startsWith("{\"capacityBlocks\":40,\"policy\":\"CLOCK\",\"after\":false,"), line);
        // Prefixes of 0, 2, 3, 0 and 3 blocks, of 14.
        assertTrue(line.contains("\"requests\":5,\"blockReferences\":14,\"hitRatio\":0.57143,"), line);
        assertTrue(line.contains("\"lruHitRatio\":0.57143,\"clockHitRatio\":0.57143,\"fifoHitRatio\":0.57143}"), line);
        assertTrue(line.contains("\"refusedPuts\":0,"), line);
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(directory.resolve("trace.jsonl")), left.toList(), "the store is gone");
        }
    }

    @Test
    void run_severalCapacities_aLineEach() throws IOException {
        String trace = trace("1", "1");
        assertEquals(0, run(trace, "--capacity-blocks", "40", "80", "--policy", "fifo", "--requests", "1"));
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(2, lines.size());
        assertTrue(lines.get(1).startsWith("{\"capacityBlocks\":80,\"policy\":\"FIFO\","), lines.get(1));
        assertTrue(lines.get(1).contains("\"requests\":1,"), lines.get(1));
    }

    @Test
    void run_noTrace_isSkippedWithAMessage() throws IOException {
        assertEquals(0, run(directory.resolve("absent").toString(), "--capacity-blocks", "40"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("skipped, there is no file"));
        assertEquals(0, out.size());
    }

    @Test
    void run_damagedTrace_namesTheLine() throws IOException {
        assertEquals(1, run(trace("1", "x"), "--capacity-blocks", "40", "--dir", directory.toString()));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("trace.jsonl line=2: "), err::toString);
    }

    @Test
    void run_wrongUsage_isRefused() throws IOException {
        assertEquals(2, run());
        assertEquals(2, run("file"));
        assertEquals(2, run("file", "--capacity-blocks", "3"));
        assertEquals(2, run("file", "--capacity-blocks", "x"));
        assertEquals(2, run("file", "--capacity-blocks", "100", "--after", "maybe"));
        assertEquals(2, run("file", "--capacity-blocks", "100", "--frames", "1"));
    }

    @Test
    void geometry_neverExceedsTheBlocks() {
        for (int blocks : new int[]{33, 1_000, 20_000}) {
            BlockGeometry geometry = BlockGeometry.of(blocks, BlockGeometry.BLOCK_BYTES);
            assertTrue(geometry.capacityBytes() <= (long) blocks * geometry.blockBytes());
            assertTrue(geometry.capacityBytes() > (long) blocks * geometry.blockBytes() - geometry.segmentBytes());
        }
        assertThrows(IllegalArgumentException.class, () -> BlockGeometry.of(100, 200_000));
    }
}
