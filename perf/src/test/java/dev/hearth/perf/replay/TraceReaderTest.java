package dev.hearth.perf.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader takes what the format allows and names the line of what it does not. */
final class TraceReaderTest {
    private static final String GOOD =
            "{\"timestamp\": 7, \"input_length\": 1024, \"output_length\": 3, \"hash_ids\": [1, 2]}";
    @TempDir
    Path directory;

    private TraceReader reader(byte[] content) throws IOException {
        return new TraceReader(Files.write(directory.resolve("trace.jsonl"), content));
    }

    private List<TraceRequest> read(String content) throws IOException {
        List<TraceRequest> requests = new ArrayList<>();
        try (TraceReader reader = reader(content.getBytes(StandardCharsets.UTF_8))) {
            for (TraceRequest request = reader.next(); request != null; request = reader.next()) {
                requests.add(request);
            }
        }
        return requests;
    }

    @Test
    void next_fieldsInAnyOrder_areRead() throws IOException {
        List<TraceRequest> requests = read(GOOD + "\n"
                + "{\"hash_ids\":[],\"output_length\":0,\"kind\":{\"a\":[\"}\\\"\",1.5e3,null]},\"input_length\":9,"
                + "\"timestamp\":8}\n");
        assertEquals(new TraceRequest(7, 1024, 3, new long[]{1, 2}), requests.get(0));
        assertEquals(new TraceRequest(8, 9, 0, new long[0]), requests.get(1), "an unknown field is passed over");
        assertEquals(2, requests.size());
    }

    @Test
    void next_blankLinesAndNoLastLineEnd_arePassedOver() throws IOException {
        assertEquals(2, read("\n" + GOOD + "\r\n  \n" + GOOD).size());
        assertEquals(0, read("").size());
    }

    @Test
    void next_manyBlocks_areAllThere() throws IOException {
        StringBuilder ids = new StringBuilder("0");
        long[] expected = new long[1_000];
        for (int i = 1; i < expected.length; i++) {
            ids.append(',').append(i);
            expected[i] = i;
        }
        assertArrayEquals(expected, read(GOOD.replace("1, 2", ids)).getFirst().blocks());
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "{\"timestamp\": 7, \"input_length\": 1024, \"output_length\": 3}",
            "{\"timestamp\": 7, \"input_length\": 1, \"output_length\": 3, \"hash_ids\": [1, 2], \"hash_ids\": []}",
            "{\"timestamp\": 7, \"timestamp\": 7, \"input_length\": 1, \"output_length\": 3, \"hash_ids\": []}",
            "{\"timestamp\": -7, \"input_length\": 1, \"output_length\": 3, \"hash_ids\": []}",
            "{\"timestamp\": 7.5, \"input_length\": 1, \"output_length\": 3, \"hash_ids\": []}",
            "{\"timestamp\": 7, \"input_length\": 1, \"output_length\": 3, \"hash_ids\": [1,]}",
            "{\"timestamp\": 7, \"input_length\": 1, \"output_length\": 3, \"hash_ids\": [99999999999999999999]}",
            "{\"timestamp\": 7, \"input_length\": 1, \"output_length\": 3, \"hash_ids\": [1, 2]",
            "{\"timestamp\": 7, \"input_length\": 1, \"output_length\": 3, \"hash_ids\": [1, 2]} x",
            "{\"a\": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]], \"timestamp\": 7}", "[1]", "{\"timesta"})
    void next_badLine_isNamed(String bad) throws IOException {
        try (TraceReader reader = reader((GOOD + "\n\n" + bad + "\n").getBytes(StandardCharsets.UTF_8))) {
            assertNotNull(reader.next());
            TraceException problem = assertThrows(TraceException.class, reader::next);
            assertEquals(3, problem.line());
            assertTrue(String.valueOf(problem.getMessage()).contains("trace.jsonl line=3: "), problem::getMessage);
        }
    }

    @Test
    void next_notText_isNamed() throws IOException {
        try (TraceReader reader = reader(new byte[]{'{', (byte) 0xFF, (byte) 0xFE, '\n'})) {
            assertEquals(1, assertThrows(TraceException.class, reader::next).line());
        }
    }

    @Test
    void next_atTheEnd_isNullAgain() throws IOException {
        try (TraceReader reader = reader(GOOD.getBytes(StandardCharsets.UTF_8))) {
            assertNotNull(reader.next());
            assertNull(reader.next());
            assertNull(reader.next());
        }
    }
}
