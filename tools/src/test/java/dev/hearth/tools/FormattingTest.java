package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** How values look. */
final class FormattingTest {
    @Test
    void json_ofEverything_isEscaped() {
        Json json = new Json().put("text", "a\"b\\c\n\t\u0001é\u2028😀").put("half", "\ud83d!").put("number", -5)
                .put("part", 0.25).put("none", Double.NaN).put("yes", true).put("list", List.of(1L, 2L))
                .put("map", Map.of("k", 3L)).put("empty", List.of());
        assertEquals("{\"text\":\"a\\\"b\\\\c\\n\\t\\u0001é\\u2028😀\",\"half\":\"\\ud83d!\",\"number\":-5,"
                + "\"part\":0.25,\"none\":null,\"yes\":true,\"list\":[1,2],\"map\":{\"k\":3},\"empty\":[]}",
                json.toString());
    }

    @Test
    void table_ofCells_isAligned() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Output out = new Output(bytes, false);
        new TextTable("name", ">bytes", "end").row("a", 1, "x").row("😀bc", 1000, "").print(out);
        out.flush();
        assertEquals("name  bytes  end\na         1  x\n😀bc    1000\n", bytes.toString(StandardCharsets.UTF_8));
        assertThrows(IllegalArgumentException.class, () -> new TextTable("one").row("a", "b"));
    }

    @Test
    void table_cellThatATerminalWouldObey_isMadeHarmless() {
        assertEquals("a\ufffd[31mb\ufffd", TextTable.printable("a\u001b[31mb\u202e"));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "4096, 4096", "4096B, 4096", "64K, 65536", "64k, 65536", "64KB, 65536", "16GiB, 17179869184",
            "1t, 1099511627776"})
    void size_written_isBytes(String text, long bytes) {
        assertEquals(bytes, Sizes.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "1.5G", "1X", "9223372036854775808", "9000000000G", "16E", "1 K"})
    void size_malformed_isRefused(String text) {
        assertThrows(TypeConversionException.class, () -> Sizes.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "90387630, 86.2 MiB", "17179869184, 16.0 GiB"})
    void size_forPeople_hasAUnit(long bytes, String text) {
        assertEquals(text, Sizes.human(bytes));
    }

    @ParameterizedTest
    @CsvSource({"0, 0 ms", "312000000, 312 ms", "4200000000, 4.2 s", "192000000000, 3 min 12 s",
            "7500000000000, 2 h 5 min"})
    void time_forPeople_hasAUnit(long nanos, String text) {
        assertEquals(text, Sizes.humanTime(nanos));
    }

    @Test
    void shape_writtenAndRead_isTheSame() {
        assertEquals(List.of(2L, 3L), Shape.parse("2,3").extents());
        assertEquals("2,3", Shape.parse("2,3").toString());
        assertEquals("scalar", Shape.parse("scalar").toString());
        for (String text : List.of("", "2,", "2;3", "a")) {
            assertThrows(TypeConversionException.class, () -> Shape.parse(text), text);
        }
    }

    @Test
    void namespace_written_isSplitAtTheFirstAt() {
        assertEquals(new NamespaceName("a", null), NamespaceName.parse("a"));
        assertEquals(new NamespaceName("a", ""), NamespaceName.parse("a@"));
        assertEquals(new NamespaceName("a", "b@c"), NamespaceName.parse("a@b@c"));
        for (String text : List.of("", "@r", "a\nb", "n".repeat(256))) {
            assertThrows(IllegalArgumentException.class, () -> NamespaceName.parse(text), text);
        }
    }

    @Test
    void progress_onATerminal_showsRateAndRemainingTimeAndGoesAway() {
        StringWriter err = new StringWriter();
        AtomicLong clock = new AtomicLong();
        try (ProgressBar bar = new ProgressBar(io(err, true), true, "importing", clock::get)) {
            bar.at(1 << 20, 4 << 20);
            assertEquals("", err.toString(), "not before a tenth of a second");
            clock.set(1_000_000_000);
            bar.at(1 << 20, 4 << 20);
        }
        String shown = "importing [######..................]  25.0 %  1.0 MiB of 4.0 MiB  1.0 MiB/s  3.0 s left";
        assertEquals("\r" + shown + "\r" + " ".repeat(shown.length()) + "\r", err.toString());
    }

    @Test
    void progress_onANarrowTerminal_shortensTheBarAndKeepsTheFigures() {
        for (int columns = 64; columns <= 100; columns++) {
            StringWriter err = new StringWriter();
            AtomicLong clock = new AtomicLong();
            ToolIo io = new ToolIo(InputStream.nullInputStream(), new Output(new ByteArrayOutputStream(), false),
                    new PrintWriter(err, true), true, true, Map.of("COLUMNS", "" + columns));
            try (ProgressBar bar = new ProgressBar(io, true, "importing", clock::get)) {
                clock.set(1_000_000_000);
                bar.at(1 << 20, 4 << 20);
                String shown = err.toString().substring(1);
                assertTrue(shown.length() < columns, shown);
                assertTrue(shown.endsWith(" 25.0 %  1.0 MiB of 4.0 MiB  1.0 MiB/s  3.0 s left"), shown);
                assertEquals(columns >= 69, shown.contains("["), columns + ": " + shown);
            }
        }
    }

    @Test
    void progress_elsewhere_showsNothing() {
        StringWriter err = new StringWriter();
        AtomicLong clock = new AtomicLong();
        try (ProgressBar file = new ProgressBar(io(err, false), true, "importing", clock::get);
                ProgressBar quiet = new ProgressBar(io(err, true), false, "importing", clock::get)) {
            clock.set(1_000_000_000);
            file.at(1, 4);
            quiet.at(1, 4);
        }
        assertEquals("", err.toString());
    }

    private static ToolIo io(StringWriter err, boolean terminal) {
        return new ToolIo(InputStream.nullInputStream(), new Output(new ByteArrayOutputStream(), false),
                new PrintWriter(err, true), terminal, terminal, Map.of("COLUMNS", "120"));
    }
}
