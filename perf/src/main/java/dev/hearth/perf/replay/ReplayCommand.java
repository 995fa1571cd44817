package dev.hearth.perf.replay;

import dev.hearth.perf.Json;
import dev.hearth.perf.TemporaryDirectory;
import dev.hearth.store.Eviction;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The replay of a trace. Question: which part of the blocks of real requests does a store of a given size serve, beside
 * exact models of LRU, CLOCK and FIFO of as many bytes?
 *
 * <p>
 * Command: {@code perf/run replay FILE --capacity-blocks N… [--policy CLOCK] [--after yes|no] [--seed N] [--block-bytes
 * N] [--requests N] [--dir DIR]}. Prints one JSON object a line for each capacity. A file that is not there is skipped
 * with a message.
 */
public final class ReplayCommand {
    private Path trace = Path.of("");
    private final List<Integer> capacities = new ArrayList<>();
    private Eviction policy = Eviction.CLOCK;
    private boolean chained;
    private long seed = 1;
    private int blockBytes = BlockGeometry.BLOCK_BYTES;
    private long maxRequests = Long.MAX_VALUE;
    private String directory = "";

    private ReplayCommand(List<String> arguments) {
        List<String> left = new ArrayList<>(arguments);
        if (left.isEmpty() || left.getFirst().startsWith("--")) {
            throw new IllegalArgumentException("the trace file is missing");
        }
        trace = Path.of(left.removeFirst());
        while (!left.isEmpty()) {
            String option = left.removeFirst();
            if (left.isEmpty()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            option(option, left);
        }
        if (capacities.isEmpty()) {
            throw new IllegalArgumentException("--capacity-blocks is missing");
        }
    }

    private void option(String option, List<String> left) {
        switch (option) {
            case "--capacity-blocks" -> {
                while (!left.isEmpty() && !left.getFirst().startsWith("--")) {
                    capacities.add(Integer.parseInt(left.removeFirst()));
                }
            }
            case "--policy" -> policy = Eviction.valueOf(left.removeFirst().toUpperCase(Locale.ROOT));
            case "--after" -> {
                String answer = left.removeFirst();
                if (!List.of("yes", "no").contains(answer)) {
                    throw new IllegalArgumentException("--after=" + answer + " must be yes or no");
                }
                chained = answer.equals("yes");
            }
            case "--seed" -> seed = Long.parseLong(left.removeFirst());
            case "--block-bytes" -> blockBytes = Integer.parseInt(left.removeFirst());
            case "--requests" -> maxRequests = Long.parseLong(left.removeFirst());
            case "--dir" -> directory = left.removeFirst();
            default -> throw new IllegalArgumentException("unknown option=" + option);
        }
    }

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] arguments) throws IOException {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** Runs the command; 0 done or skipped, 1 the trace is damaged, 2 wrong usage. */
    static int run(List<String> arguments, PrintStream out, PrintStream err) throws IOException {
        ReplayCommand command;
        try {
            command = new ReplayCommand(arguments);
            command.geometries();
        } catch (IllegalArgumentException e) {
            err.println("perf/run replay: " + e.getMessage());
            return 2;
        }
        if (!Files.exists(command.trace)) {
            err.println("perf/run replay: skipped, there is no file " + command.trace);
            return 0;
        }
        try {
            for (BlockGeometry geometry : command.geometries()) {
                out.println(Json.text(command.replay(geometry)));
                out.flush();
            }
            return 0;
        } catch (TraceException e) {
            err.println("perf/run replay: " + e.getMessage());
            return 1;
        }
    }

    private List<BlockGeometry> geometries() {
        return capacities.stream().map(blocks -> BlockGeometry.of(blocks, blockBytes)).toList();
    }

    private Map<String, Object> replay(BlockGeometry geometry) throws IOException {
        int capacityBlocks = capacities.get(geometries().indexOf(geometry));
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("capacityBlocks", capacityBlocks);
        try (TemporaryDirectory home = directory.isEmpty()
                ? TemporaryDirectory.inMemory(geometry.capacityBytes())
                : TemporaryDirectory.below(Path.of(directory));
                HearthBlocks blocks = new HearthBlocks(home.path().resolve("store"), geometry, policy, chained, seed)) {
            ReplayResult result = Replay.run(trace, blocks, maxRequests);
            line.put("policy", policy.name());
            line.put("after", chained);
            line.put("seed", seed);
            line.put("blockBytes", blockBytes);
            line.put("segmentBytes", geometry.segmentBytes());
            line.put("capacityBytes", geometry.capacityBytes());
            line.put("requests", result.requests());
            line.put("blockReferences", result.blockReferences());
            line.put("hitRatio", result.hitRatio());
            line.put("meanRequestUs", result.meanNs() / 1e3);
            line.put("p99RequestUs", result.p99Ns() / 1e3);
            line.put("refusedPuts", blocks.refusedPuts());
            line.put("evictions", blocks.counter("evictions"));
            line.put("moves", blocks.counter("moves"));
        }
        line.put("lruHitRatio", model(new LruModel(capacityBlocks)));
        line.put("clockHitRatio", model(ClockModel.clock(capacityBlocks)));
        line.put("fifoHitRatio", model(ClockModel.fifo(capacityBlocks)));
        return line;
    }

    private double model(ModelCache cache) throws IOException {
        return Replay.run(trace, cache, maxRequests).hitRatio();
    }
}
