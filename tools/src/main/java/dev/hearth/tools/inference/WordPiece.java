package dev.hearth.tools.inference;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The tokenizer of uncased BERT models: text to the numbers of word pieces.
 *
 * <p>Text is cleaned of control characters, put into lower case and stripped of accents; words end at blanks, and every
 * punctuation mark and Chinese character is a word of its own. A word is then cut from its front into the longest
 * pieces that the vocabulary has, all but the first of them written {@code ##piece} there; a word that cannot be cut up
 * wholly is unknown (Devlin et al., "BERT", 2018; Wu et al., "Google's Neural Machine Translation System", 2016).
 *
 * <p>Immutable, for any thread.
 */
public final class WordPiece {
    private static final String CONTINUED = "##";
    private static final int MAX_WORD_CHARACTERS = 100;

    private final Map<String, Integer> vocabulary;
    private final int unknown;
    private final int start;
    private final int end;

    /**
     * A tokenizer of this vocabulary.
     *
     * @param tokens a token's number is its place
     * @throws IllegalArgumentException if a token is there twice, or one of {@code [UNK]}, {@code [CLS]}, {@code [SEP]}
     *         is missing
     */
    public WordPiece(List<String> tokens) {
        this.vocabulary = HashMap.newHashMap(tokens.size());
        for (String token : tokens) {
            if (vocabulary.put(token, vocabulary.size()) != null) {
                throw new IllegalArgumentException("token=" + token + " a second time");
            }
        }
        this.unknown = special("[UNK]");
        this.start = special("[CLS]");
        this.end = special("[SEP]");
    }

    private int special(String token) {
        Integer number = vocabulary.get(token);
        if (number == null) {
            throw new IllegalArgumentException("vocabulary without token=" + token);
        }
        return number;
    }

    /**
     * The tokens of a text, between those that mark its start and its end.
     *
     * @param maxTokens the most tokens; what is too long loses its tail, but not the mark at its end
     */
    public long[] encode(String text, int maxTokens) {
        if (maxTokens < 2) {
            throw new IllegalArgumentException("maxTokens=" + maxTokens);
        }
        List<Integer> tokens = new ArrayList<>();
        tokens.add(start);
        for (String word : words(text)) {
            addPieces(word, tokens);
        }
        List<Integer> kept = new ArrayList<>(tokens.subList(0, Math.min(tokens.size(), maxTokens - 1)));
        kept.add(end);
        return kept.stream().mapToLong(Integer::longValue).toArray();
    }

    private void addPieces(String word, List<Integer> tokens) {
        int[] characters = word.codePoints().toArray();
        int before = tokens.size();
        int from = 0;
        while (from < characters.length && characters.length <= MAX_WORD_CHARACTERS) {
            int to = characters.length;
            Integer piece = null;
            while (to > from && piece == null) {
                piece = vocabulary.get((from == 0 ? "" : CONTINUED) + new String(characters, from, to - from));
                to -= piece == null ? 1 : 0;
            }
            if (piece == null) {
                break;
            }
            tokens.add(piece);
            from = to;
        }
        if (from < characters.length) {
            tokens.subList(before, tokens.size()).clear();
            tokens.add(unknown);
        }
    }

    private static List<String> words(String text) {
        String plain = Normalizer.normalize(clean(text).toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        plain.codePoints().filter(c -> Character.getType(c) != Character.NON_SPACING_MARK).forEach(c -> {
            boolean alone = isPunctuation(c) || isChinese(c);
            if (alone || isBlank(c)) {
                endWord(word, words);
            }
            if (alone) {
                words.add(Character.toString(c));
            } else if (!isBlank(c)) {
                word.appendCodePoint(c);
            }
        });
        endWord(word, words);
        return words;
    }

    private static void endWord(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    private static String clean(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        text.codePoints().filter(c -> isBlank(c) || !isControl(c)).forEach(kept::appendCodePoint);
        return kept.toString();
    }

    private static boolean isControl(int c) {
        int type = Character.getType(c);
        return c == 0xfffd || type == Character.CONTROL || type == Character.FORMAT || type == Character.PRIVATE_USE
                || type == Character.UNASSIGNED || type == Character.SURROGATE;
    }

    private static boolean isBlank(int c) {
        return c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
    }

    /** Punctuation as Unicode has it, and every ASCII sign that is neither letter nor digit. */
    private static boolean isPunctuation(int c) {
        if (c > ' ' && c < 0x7f) {
            return !Character.isLetterOrDigit(c);
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION, Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION ->
                    true;
            default -> false;
        };
    }

    /** The blocks of ideographs that BERT's authors name; other scripts of East Asia have blanks between words. */
    private static boolean isChinese(int c) {
        return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df)
                || (c >= 0x2a700 && c <= 0x2ceaf) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
    }
}
