package dev.hearth.tools.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The sentences that the demo asks for. */
final class SentencesTest {
    @Test
    void generate_tenThousand_areDistinctSentences() {
        List<String> sentences = Sentences.generate(1, 10_000);
        assertEquals(10_000, new HashSet<>(sentences).size());
        for (String sentence : sentences) {
            assertTrue(sentence.matches("[A-Z].*[.?]") && !sentence.contains("  "), sentence);
        }
    }

    @Test
    void generate_sameSeed_givesTheSameSentences() {
        List<String> more = Sentences.generate(7, 500);
        assertEquals(more.subList(0, 100), Sentences.generate(7, 100));
        assertNotEquals(more.subList(0, 100), Sentences.generate(8, 100));
    }

    @Test
    void generate_outOfRange_isRefused() {
        assertEquals(List.of(), Sentences.generate(1, 0));
        assertThrows(IllegalArgumentException.class, () -> Sentences.generate(1, -1));
        assertThrows(IllegalArgumentException.class, () -> Sentences.generate(1, 100_001));
    }
}
