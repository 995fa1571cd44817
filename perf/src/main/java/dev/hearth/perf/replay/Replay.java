package dev.hearth.perf.replay;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Sends the requests of a trace to a cache, one after the other, as fast as it serves them. */
final class Replay {
    private Replay() {}

    /**
     * Replays the first {@code maxRequests} requests of {@code file}.
     *
     * @throws TraceException if one of those lines is not a request
     */
    static ReplayResult run(Path file, BlockCache cache, long maxRequests) throws IOException {
        ReplayResult.Builder result = new ReplayResult.Builder();
        try (TraceReader reader = new TraceReader(file)) {
            for (long i = 0; i < maxRequests; i++) {
                @Nullable
                TraceRequest request = reader.next();
                if (request == null) {
                    break;
                }
                long start = System.nanoTime();
                int hits = cache.request(request.blocks());
                result.add(request.blocks().length, hits, System.nanoTime() - start);
            }
        }
        return result.build();
    }
}
