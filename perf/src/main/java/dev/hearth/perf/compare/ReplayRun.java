package dev.hearth.perf.compare;

import dev.hearth.perf.replay.TraceRatios;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Hit ratios on a published trace, if it lies beside the checkout. */
final class ReplayRun {
    /** As much may be lost to segments, in points. */
    private static final double MOST_LOSS = 0.5;

    private ReplayRun() {}

    /** A row for each capacity; none without the trace. */
    static List<Row> run(Path trace, List<Integer> capacities, Messages messages) throws IOException {
        List<Row> rows = new ArrayList<>();
        if (!Files.exists(trace)) {
            messages.say("replay is skipped: there is no file " + trace.getFileName() + " in the folder for data");
            return rows;
        }
        for (int blocks : capacities) {
            messages.say("replay: " + blocks + " blocks");
            TraceRatios ratios = TraceRatios.measure(trace, blocks);
            Map<String, Sample> models = new LinkedHashMap<>();
            models.put("LRU model", Sample.of(100 * ratios.lru()));
            models.put("CLOCK model", Sample.of(100 * ratios.clock()));
            models.put("FIFO model", Sample.of(100 * ratios.fifo()));
            rows.add(new Row("replay.hitRatio." + blocks,
                    String.format(Locale.ROOT, "prefix hits on a trace, room for %,d blocks", blocks), "%",
                    Sample.of(100 * ratios.hearth()), models, "CLOCK model", ratios.hearth() / ratios.clock(),
                    "≥ CLOCK model − " + MOST_LOSS, 100 * ratios.hearth() >= 100 * ratios.clock() - MOST_LOSS,
                    Noise.NONE));
        }
        return rows;
    }
}
