package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the vocabulary of a WordPiece tokenizer from its {@code tokenizer.json}. */
public final class WordPieceVocabulary {
    private static final int MAX_TOKENS = 1 << 20;

    private WordPieceVocabulary() {}

    /**
     * The tokens in the order of their numbers, which start from 0.
     *
     * @throws ModelFormatException if the file is no JSON, or has no vocabulary of this kind
     * @throws IOException if the file is missing or cannot be read
     */
    public static List<String> read(Path tokenizer) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MappedFile file = MappedFile.map(tokenizer, arena);
            JsonReader json = new JsonReader(file, 0, file.size());
            Map<Long, String> tokens = new HashMap<>();
            json.beginObject("tokenizer");
            for (boolean first = true; json.more('}', first, "tokenizer"); first = false) {
                if (json.name("tokenizer", Limits.MAX_NAME_BYTES).equals("model")) {
                    model(file, json, tokens);
                } else {
                    json.anything("tokenizer", Limits.MAX_METADATA_BYTES);
                }
            }
            json.end("tokenizer");
            return inOrder(file, tokens);
        }
    }

    private static List<String> inOrder(MappedFile file, Map<Long, String> tokens) throws ModelFormatException {
        List<String> ordered = new ArrayList<>(tokens.size());
        for (long number = 0; number < tokens.size(); number++) {
            String token = tokens.get(number);
            if (token == null) {
                throw file.error("model.vocab", ModelFormatException.NO_OFFSET, "no token has the number " + number);
            }
            ordered.add(token);
        }
        if (ordered.isEmpty()) {
            throw file.error("model.vocab", ModelFormatException.NO_OFFSET, "no vocabulary");
        }
        return List.copyOf(ordered);
    }

    private static void model(MappedFile file, JsonReader json, Map<Long, String> tokens)
            throws ModelFormatException {
        json.beginObject("model");
        for (boolean first = true; json.more('}', first, "model"); first = false) {
            String name = json.name("model", Limits.MAX_NAME_BYTES);
            long offset = json.position();
            if (name.equals("vocab")) {
                vocabulary(file, json, tokens);
            } else {
                String value = json.anything("model." + name, Limits.MAX_METADATA_BYTES);
                if (name.equals("type") && !value.equals("WordPiece")) {
                    throw file.error("model.type", offset, "the type " + value + ", expected WordPiece");
                }
            }
        }
    }

    private static void vocabulary(MappedFile file, JsonReader json, Map<Long, String> tokens)
            throws ModelFormatException {
        json.beginObject("model.vocab");
        for (boolean first = true; json.more('}', first, "model.vocab"); first = false) {
            long offset = json.position();
            String token = json.name("model.vocab", Limits.MAX_NAME_BYTES);
            long number = json.size("model.vocab");
            if (tokens.size() == MAX_TOKENS || tokens.put(number, token) != null) {
                throw file.error("model.vocab", offset, "the number " + number + " a second time, or more than "
                        + MAX_TOKENS + " tokens");
            }
        }
    }
}
