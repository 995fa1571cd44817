package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** Patterns of tensor names. */
final class NameFilterTest {
    private static boolean matches(String glob, String name) {
        return new NameFilter(List.of(NameFilter.Glob.parse(glob))).matches(name);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ' ', value = {"* anything.at/all true", "layers.0.* layers.0.attn/w true",
            "layers.0.* layers.01.w false", "layers.0 xlayers.0 false", "*.weight a.weight true",
            "*.weight a.weights false", "layers.?.w layers.1.w true", "layers.?.w layers.10.w false",
            "layers.[0-3].w layers.2.w true", "layers.[0-3].w layers.4.w false", "l[!0-3] l4 true", "l[^0-3] l3 false",
            "l[]a] l] true", "l[a-] l- true", "a.c abc false", "a\\*c a*c true", "a\\*c abc false", "a[\\]]c a]c true",
            "(a|b)+$ (a|b)+$ true", "(a|b)+$ a false", "\\Q.\\E Q.E true", "? \ud83d\ude00 true",
            "[\ud83d\ude00-\ud83d\ude02] \ud83d\ude01 true", "a* A false"})
    void pattern_ofAName_matchesAllOfIt(String glob, String name, boolean expected) {
        assertEquals(expected, matches(glob, name), glob + " on " + name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "a[b", "[]", "[!]", "[b-a]"})
    void pattern_thatIsNone_isRefused(String glob) {
        assertThrows(TypeConversionException.class, () -> NameFilter.Glob.parse(glob));
    }

    @Test
    void patterns_several_anyIsEnoughAndNoneMeansAll() {
        NameFilter two = new NameFilter(List.of(NameFilter.Glob.parse("a*"), NameFilter.Glob.parse("*z")));
        assertEquals(List.of(true, true, false), List.of(two.matches("ab"), two.matches("bz"), two.matches("bc")));
        assertEquals("a* *z", two.toString());
        assertEquals(true, NameFilter.ALL.matches("anything"));
        assertEquals(true, matches("a*?z", "a\u2028\u2028z"), "separators of lines are characters like others");
    }
}
