package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vocabularies in {@code tokenizer.json}, sound and not. */
final class WordPieceVocabularyTest {
    @TempDir
    private Path folder;

    private Path file(String json) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), json);
    }

    @Test
    void read_tokenizer_givesTokensByTheirNumbers() throws IOException {
        Path file = file("""
                {"version": "1.0", "added_tokens": [{"id": 0, "content": "[PAD]"}], "normalizer": null,
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"b": 1, "##é\\u00e9": 2, "[PAD]": 0}}}
                """);
        assertEquals(List.of("[PAD]", "b", "##éé"), WordPieceVocabulary.read(file));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "{'model': {'type': 'BPE', 'vocab': {'a': 0}}}                  | model.type",
            "{'model': {'type': 'WordPiece', 'vocab': {'a': 0, 'b': 0}}}    | model.vocab",
            "{'model': {'type': 'WordPiece', 'vocab': {'a': 0, 'b': 2}}}    | model.vocab",
            "{'model': {'type': 'WordPiece', 'vocab': {}}}                  | model.vocab",
            "{'version': '1.0'}                                             | model.vocab",
            "{'model': {'vocab': {'a': -1}}}                                | model.vocab",
            "{'model': {'vocab': {'a': 0}}} x                               | tokenizer"})
    void read_unsoundTokenizer_isRefused(String json, String field) throws IOException {
        Path file = file(json.replace('\'', '"'));
        assertEquals(field,
                assertThrows(ModelFormatException.class, () -> WordPieceVocabulary.read(file)).field(), json);
    }
}
