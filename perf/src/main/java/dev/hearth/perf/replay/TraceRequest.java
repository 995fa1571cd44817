package dev.hearth.perf.replay;

import java.util.Arrays;
import java.util.Objects;

/**
 * One request of a trace.
 *
 * @param timestampMs  when it arrived, from the start of the trace
 * @param inputTokens  length of the prompt
 * @param outputTokens length of the answer
 * @param blocks       ids of the blocks of the prompt, head first: equal ids stand for equal prefixes
 */
@SuppressWarnings("ArrayRecordComponent") // read once, and nobody writes it
record TraceRequest(long timestampMs, long inputTokens, long outputTokens, long[] blocks) {
    @Override
    public boolean equals(Object other) {
        return other instanceof TraceRequest that && timestampMs == that.timestampMs && inputTokens == that.inputTokens
                && outputTokens == that.outputTokens && Arrays.equals(blocks, that.blocks);
    }

    @Override
    public int hashCode() {
        return Objects.hash(timestampMs, inputTokens, outputTokens, Arrays.hashCode(blocks));
    }
}
