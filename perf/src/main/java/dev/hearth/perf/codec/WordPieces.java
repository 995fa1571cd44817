package dev.hearth.perf.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text to the token ids of an uncased BERT vocabulary: greedy word pieces, longest first. */
final class WordPieces {
    private static final Pattern ENTRY = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)+)\"\\s*:\\s*(\\d+)");
    private static final Pattern WORD = Pattern.compile("[a-z]+|[0-9]+|[^a-z0-9\\s]");
    private static final int UNKNOWN = 100;
    private static final int START = 101;
    private static final int END = 102;

    private final Map<String, Integer> ids = new HashMap<>();

    /** Reads the vocabulary of a tokenizer file. */
    WordPieces(byte[] tokenizerJson) {
        String json = new String(tokenizerJson, StandardCharsets.UTF_8);
        Matcher entry = ENTRY.matcher(json.substring(json.indexOf("\"vocab\"")));
        while (entry.find()) {
            ids.put(entry.group(1), Integer.valueOf(entry.group(2)));
        }
    }

    /** The ids of a text's first tokens, between those of start and end. */
    int[] encode(String text, int most) {
        List<Integer> tokens = new ArrayList<>(List.of(START));
        Matcher word = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (word.find() && tokens.size() < most - 1) {
            addPieces(word.group(), tokens);
        }
        List<Integer> cut = new ArrayList<>(tokens.subList(0, Math.min(tokens.size(), most - 1)));
        cut.add(END);
        return cut.stream().mapToInt(Integer::intValue).toArray();
    }

    private void addPieces(String word, List<Integer> tokens) {
        int start = 0;
        while (start < word.length()) {
            int end = word.length();
            Integer id = null;
            while (end > start && id == null) {
                String piece = word.substring(start, end);
                id = ids.get(start == 0 ? piece : "##" + piece);
                end--;
            }
            if (id == null) {
                tokens.add(UNKNOWN);
                return;
            }
            tokens.add(id);
            start = end + 1;
        }
    }
}
