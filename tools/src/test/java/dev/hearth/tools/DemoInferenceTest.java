package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo's second part, on its own model but with few requests. */
@Tag("system")
@Timeout(1_500)
final class DemoInferenceTest {
    private static final DemoInference.Scale SMALL =
            new DemoInference.Scale(2, 1_000, 260, 260, 0, 1, 5, 2);

    private static String out = "";
    private static String figures = "";

    @BeforeAll
    static void runOnce(@TempDir Path folder) throws IOException {
        assertEquals("", DemoModel.missingToRun());
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        StringWriter err = new StringWriter();
        DemoReport report = new DemoReport(new RootCommand(new ToolIo(new ByteArrayInputStream(new byte[0]),
                new Output(printed, false), new PrintWriter(err, true), false, false, Map.of())));
        new DemoInference(report, SMALL).run(DemoModel.locate(), DemoModel.tokenizer(), folder);
        report.end();
        figures = report.figures().toString();
        out = printed.toString(StandardCharsets.UTF_8);
    }

    private static List<String> objects(String list) {
        int from = figures.indexOf("\"" + list + "\":[");
        assertTrue(from >= 0, () -> "no list " + list + " in " + figures);
        return List.of(figures.substring(from, figures.indexOf("}]", from)).split("(?<=\\}),\\{", -1));
    }

    private static double number(String object, String name) {
        return Double.parseDouble(ToolRunner.raw(object, name));
    }

    @Test
    void answers_fromTheStoreAndFromTheCache_haveTheBitsOfAnUncachedSession() {
        assertTrue(out.contains("ok  parameters from the store give the bits that the model file gives"), out);
        assertEquals(0, number(figures, "sentencesDifferent"), out);
        assertTrue(number(figures, "sentencesAnswered") > 50, out);
        assertTrue(out.contains("differ in any bit"), out);
    }

    @Test
    void sessions_repackedAndNot_differInTheirBits() {
        String sessions = figures.substring(figures.indexOf("\"sessions\":"));
        assertEquals("A B B A", List.of(sessions.split("\"bits\":\"", -1)).stream().skip(1)
                .map(text -> text.substring(0, 1)).reduce((a, b) -> a + " " + b).orElseThrow(), out);
    }

    @Test
    void requests_inTwoProcesses_hitWhatEitherHasAnswered() {
        List<String> phases = objects("phases");
        assertEquals(4, phases.size(), figures);
        assertEquals(0, number(phases.get(0), "hits"), figures);
        assertTrue(number(phases.get(1), "hits") > 0 && number(phases.get(1), "misses") > 0, figures);
        assertTrue(number(phases.get(2), "hitRatio") > number(phases.get(1), "hitRatio"), figures);
        assertTrue(number(phases.get(1), "hitMeanNanos") < number(phases.get(1), "missMeanNanos"), figures);
    }

    @Test
    void requests_moreAnswersThanRoom_evictSomeAndKeepAll() {
        assertTrue(number(figures, "evictions") > 0, out);
        assertEquals(0, number(figures, "full"), out);
        assertTrue(out.contains("All checks held."), out);
    }

    @Test
    void requests_afterAllProcessesEnded_hitFromTheStart() {
        List<String> phases = objects("phases");
        assertTrue(number(phases.get(3), "hitRatio") > number(phases.get(1), "hitRatio"), figures);
        assertTrue(out.contains("ok  new JVMs are warm"), out);
    }
}
