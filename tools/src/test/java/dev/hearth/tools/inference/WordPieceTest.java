package dev.hearth.tools.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hearth.tools.model.WordPieceVocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tokenizer with the vocabulary of uncased BERT, which is that of the demo's model; its numbers are well known. */
final class WordPieceTest {
    private static final int MAX = 128;

    private static WordPiece bert = new WordPiece(List.of("[UNK]", "[CLS]", "[SEP]"));

    @BeforeAll
    static void readVocabulary(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        try (InputStream stream = WordPieceTest.class.getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
            Files.copy(Objects.requireNonNull(stream, "the tokenizer is in the artifact"), file);
        }
        List<String> tokens = WordPieceVocabulary.read(file);
        assertEquals(30_522, tokens.size());
        bert = new WordPiece(tokens);
    }

    private static void assertTokens(String text, long... between) {
        long[] expected = new long[between.length + 2];
        expected[0] = 101;
        System.arraycopy(between, 0, expected, 1, between.length);
        expected[expected.length - 1] = 102;
        assertArrayEquals(expected, bert.encode(text, MAX), text);
    }

    @Test
    void encode_wordsOfTheVocabulary_areTheirNumbers() {
        assertTokens("hello world", 7592, 2088);
        assertTokens("This is a test.", 2023, 2003, 1037, 3231, 1012);
    }

    @Test
    void encode_otherWords_areCutIntoTheLongestPieces() {
        assertTokens("embeddings", 7861, 8270, 4667, 2015);
        assertTokens("tokenization", 19204, 3989);
        assertTokens("unaffable", 14477, 20961, 3468);
    }

    @Test
    void encode_punctuation_standsAlone() {
        assertTokens("Hello, world!", 7592, 1010, 2088, 999);
        assertTokens("hello-world", 7592, 1011, 2088);
        assertTokens("hello—world", 7592, 1517, 2088);
        assertTokens("$$", 1002, 1002);
    }

    @Test
    void encode_caseAccentsBlanksAndControls_makeNoDifference() {
        assertTokens("HÉLLO\t\u00a0 wörld\n", 7592, 2088);
        assertTokens("hel\u0000lo w\u200borld\ufffd", 7592, 2088);
        assertTokens("he\u0301llo world", 7592, 2088);
    }

    @Test
    void encode_chineseCharacters_standAlone() {
        assertTokens("日本", 1864, 1876);
    }

    @Test
    void encode_whatCannotBeCutUp_isUnknownAsAWhole() {
        assertTokens("hello \u2603\ufe0fx\ud83d\udd25 world", 7592, 100, 2088);
        assertTokens("a".repeat(101), 100);
        assertTokens("");
    }

    @Test
    void encode_tooLongText_losesItsTail() {
        assertArrayEquals(new long[]{101, 7592, 7592, 102}, bert.encode("hello hello world world", 4));
        assertArrayEquals(new long[]{101, 7592, 2088, 102}, bert.encode("hello world", 4));
        assertArrayEquals(new long[]{101, 102}, bert.encode("hello", 2));
    }

    @Test
    void vocabulary_withoutItsMarks_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new WordPiece(List.of("[UNK]", "[CLS]", "a")));
        assertThrows(IllegalArgumentException.class, () -> new WordPiece(List.of("[UNK]", "[CLS]", "[SEP]", "[CLS]")));
        assertThrows(IllegalArgumentException.class, () -> bert.encode("a", 1));
    }
}
