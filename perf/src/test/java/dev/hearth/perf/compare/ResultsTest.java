package dev.hearth.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a run found is written down as it is: lines of JSON, a table, a page, a section of a document. */
final class ResultsTest {
    private static final Sample HEARTH = new Sample(List.of(100.0, 200.0, 300.0));

    private static Map<String, Sample> peers() {
        Map<String, Sample> peers = new LinkedHashMap<>();
        peers.put("lmdb", new Sample(List.of(600.0, 1_000.0, 1_800.0)));
        peers.put("floor", new Sample(List.of(50.0, 100.0, 150.0)));
        return peers;
    }

    private static Cell cell(String metric, String title, Goal goal) {
        return Cell.of(metric, title, Scenario.of("small", 64, 10), Work.HIT, goal, "hearth", "lmdb", "floor");
    }

    private static Row row(Goal goal) {
        return Row.judged(cell("hit.4k", "hit <in place>", goal), HEARTH, peers(), Noise.NONE, Map.of());
    }

    private static Results results() {
        Row none = new Row("ratio", "hits", "%", Sample.of(42.35), Map.of(), "", null, "", null, Noise.NONE);
        return new Results(List.of(row(Goal.atLeast(5.5, "lmdb")), none), List.of("Machine: \"one\"."),
                List.of("redis is skipped: it is not installed"));
    }

    @Test
    void jsonLines_rows_areOneObjectEach() {
        assertEquals("""
                {"metric":"hit.4k","unit":"ns","hearth":200,"peers":{"lmdb":1000,"floor":100},"ratio":6,\
                "goal":"≥ 5.5 × lmdb","reached":true,"spread":0.6}
                {"metric":"ratio","unit":"%","hearth":42.35,"peers":{},"ratio":null,"goal":null,"reached":null,\
                "spread":0}
                """, results().jsonLines());
    }

    @Test
    void judged_ratio_isTheMedianOverTheRounds() {
        Row row = row(Goal.atLeast(6.1, "lmdb"));
        // 600/100, 1000/200, 1800/300: not the ratio of the medians.
        assertEquals(6.0, row.ratio());
        assertEquals(false, row.reached());
        assertEquals(0.6, row.spread(), 1e-9, "the larger of the two compared");
    }

    @Test
    void judged_bestPeer_isTheFastest() {
        Row row = row(Goal.atLeast(0.4, Goal.BEST));
        assertEquals("floor", row.against());
        assertEquals(0.5, row.ratio());
        assertEquals(true, row.reached());
    }

    @Test
    void judged_peerThatIsNotThere_hasNoVerdict() {
        Row row = row(Goal.atLeast(10, "redis"));
        assertEquals(null, row.ratio());
        assertEquals(null, row.reached());
        assertEquals("≥ 10 × redis", row.goal());
    }

    @Test
    void judged_ownMetric_comparesMedians() {
        Row hit = row(Goal.none("lmdb"));
        Row miss = Row.judged(cell("miss.4k", "miss", Goal.ofOwn(0.667, "hit.4k")), Sample.of(250), Map.of(),
                Noise.NONE, Map.of("hit.4k", hit));
        assertEquals(0.8, miss.ratio());
        assertEquals(true, miss.reached());
    }

    @Test
    void judged_keptRatio_isHeldAgainstTheOtherRows() {
        Row one = row(Goal.none("floor"));
        assertEquals(0.5, one.ratio());
        Row slower = Row.judged(cell("two", "two", Goal.kept(0.9, "floor", "hit.4k")), Sample.of(220),
                Map.of("floor", Sample.of(100)), Noise.NONE, Map.of("hit.4k", one));
        assertEquals(100.0 / 220, slower.ratio());
        assertEquals(true, slower.reached(), "0.4545 is more than 0.9 of 0.5");
        Row slowest = Row.judged(cell("two", "two", Goal.kept(0.9, "floor", "hit.4k")), Sample.of(225),
                Map.of("floor", Sample.of(100)), Noise.NONE, Map.of("hit.4k", one));
        assertEquals(false, slowest.reached());
        Row alone = Row.judged(cell("two", "two", Goal.kept(0.9, "floor", "hit.4k")), Sample.of(225),
                Map.of("floor", Sample.of(100)), Noise.NONE, Map.of());
        assertEquals(null, alone.reached(), "without the other row there is no verdict");
    }

    @Test
    void judged_limit_needsNoPeer() {
        Row within = Row.judged(cell("m", "m", Goal.atMost(200)), HEARTH, Map.of(), Noise.NONE, Map.of());
        assertEquals(true, within.reached());
        assertEquals(null, within.ratio());
        assertEquals("≤ 200", within.goal());
        Row above = Row.judged(cell("m", "m", Goal.atMost(199)), HEARTH, Map.of(), Noise.NONE, Map.of());
        assertEquals(false, above.reached());
    }

    @Test
    void markdown_noisyRow_isMarkedAndExplained() {
        Row quiet = row(Goal.none("lmdb"));
        Row noisy = Row.judged(cell("put.4k", "put", Goal.atLeast(3, "lmdb")), HEARTH, peers(), new Noise(0.31, 1.5),
                Map.of());
        Results results = new Results(List.of(quiet, noisy), List.of(), List.of());
        assertTrue(results.markdown().startsWith("**The machine was too noisy to trust 1 of the 2 rows: "),
                results.markdown());
        assertTrue(results.markdown().contains("| yes (noisy) |\n"), results.markdown());
        assertTrue(results.markdown().endsWith("\n- put: 31 % of the processors' time went to others, arithmetic took "
                + "1.50 times as long as at its best\n"), results.markdown());
        assertTrue(HtmlReport.of(results).contains("too noisy to trust 1 of the 2"));
        assertEquals(null, new Results(List.of(quiet), List.of(), List.of()).warning());
    }

    @Test
    void noise_upToTheLimits_isNone() {
        assertFalse(new Noise(Noise.MOST_LOST, Noise.MOST_SLOWDOWN).isTooMuch());
        assertTrue(new Noise(0.051, 1).isTooMuch());
        assertTrue(new Noise(0, 1.26).isTooMuch());
    }

    @Test
    void markdown_row_hasAllColumns() {
        String text = results().markdown();
        assertTrue(text.startsWith("Machine: \"one\".\n\n| what | Hearth |"), text);
        assertTrue(text.contains("| hit <in place> | 200 ns | lmdb 1,000, floor 100 | 6 × lmdb | 60 % | ≥ 5.5 × lmdb "
                + "| yes |\n"), text);
        assertTrue(text.contains("| hits | 42.4 % |  |  | 0 % |  |  |\n"), text);
        assertTrue(text.endsWith("\n- redis is skipped: it is not installed\n"), text);
    }

    @Test
    void html_page_isSelfContainedAndEscaped() {
        String page = HtmlReport.of(results());
        assertTrue(page.startsWith("<!doctype html>"), page);
        assertTrue(page.contains("hit &lt;in place&gt;") && !page.contains("hit <in place>"), page);
        assertEquals(1, count(page, "<svg "), "a row without peers has no plot");
        assertEquals(3, count(page, "<rect "), "one bar for each contender");
        assertTrue(page.contains(">200</text>") && page.contains(">1,000</text>"), page);
        assertFalse(page.contains("http") || page.contains("src=") || page.contains("<script"), page);
    }

    private static int count(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
    }

    @Test
    void replace_documentWithoutSection_getsItAtTheEnd() {
        String document = ResultsSection.replace("# Results\n\n## Page codecs\nkept\n", "table\n");
        assertEquals("# Results\n\n## Page codecs\nkept\n\n" + ResultsSection.START + "\n## Comparison\n\ntable\n"
                + ResultsSection.END + "\n", document);
    }

    @Test
    void replace_documentWithSection_keepsAllElse() {
        String first = ResultsSection.replace("# Results\n", "old") + "\n## Behind\n";
        String second = ResultsSection.replace(first, "new");
        assertEquals(first.replace("old", "new"), second);
        assertEquals(second, ResultsSection.replace(second, "new"), "again changes nothing");
    }

    @Test
    void replace_brokenDocument_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> ResultsSection.replace(ResultsSection.START, "new"));
        assertThrows(IllegalArgumentException.class,
                () -> ResultsSection.replace(ResultsSection.END + ResultsSection.START, "new"));
        String whole = ResultsSection.replace("", "x");
        assertThrows(IllegalArgumentException.class, () -> ResultsSection.replace(whole + whole, "new"));
    }

    @Test
    void sample_quantiles_lieBetweenValues() {
        Sample sample = new Sample(List.of(4.0, 1.0, 3.0, 2.0));
        assertEquals(2.5, sample.median());
        assertEquals((3.25 - 1.75) / 2.5, sample.spread(), 1e-9);
        assertThrows(IllegalArgumentException.class, () -> new Sample(List.of()));
    }

    @Test
    void numbers_threeDigits() {
        assertEquals("1,234,567", Numbers.of(1_234_567.4));
        assertEquals("12.3", Numbers.of(12.34));
        assertEquals("1.23", Numbers.of(1.234));
        assertEquals("0.0271", Numbers.of(0.0271));
        assertEquals("5", Numbers.of(5.0));
    }
}
