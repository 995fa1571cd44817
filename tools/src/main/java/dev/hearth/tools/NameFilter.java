package dev.hearth.tools;

import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Which tensors are meant, by patterns of their whole name: any of them is enough, and without patterns all are.
 *
 * <p>In a pattern {@code *} is any text, dots and slashes included, {@code ?} any character, {@code [a-c]} one of
 * these, {@code [!a-c]} one that is none of these; a backslash takes the next character as it is.
 */
final class NameFilter {
    /** All tensors. */
    static final NameFilter ALL = new NameFilter(List.of());

    private final List<Glob> globs;

    NameFilter(List<Glob> globs) {
        this.globs = List.copyOf(globs);
    }

    /** One pattern: as it was written, and what it became. */
    record Glob(String text, Pattern pattern) {
        /** Reads the option's value. */
        static final class Converter implements ITypeConverter<Glob> {
            @Override
            public Glob convert(String text) {
                return parse(text);
            }
        }

        static Glob parse(String text) {
            return new Glob(text, Pattern.compile(new Translation(text).regex(), Pattern.DOTALL));
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Whether a tensor of this name is meant. */
    boolean matches(String name) {
        return globs.isEmpty() || globs.stream().anyMatch(glob -> glob.pattern().matcher(name).matches());
    }

    /** The patterns as they were written. */
    List<String> globs() {
        return globs.stream().map(Glob::text).toList();
    }

    @Override
    public String toString() {
        return String.join(" ", globs());
    }

    /** A walk over a pattern that writes the regular expression of the same meaning. */
    private static final class Translation {
        private final String glob;
        private final StringBuilder regex = new StringBuilder();
        private int position;

        Translation(String glob) {
            this.glob = glob;
        }

        String regex() {
            while (position < glob.length()) {
                int c = next();
                switch (c) {
                    case '*' -> regex.append(".*");
                    case '?' -> regex.append('.');
                    case '[' -> set();
                    case '\\' -> literal(position < glob.length() ? next() : c);
                    default -> literal(c);
                }
            }
            return regex.toString();
        }

        private int next() {
            int c = glob.codePointAt(position);
            position += Character.charCount(c);
            return c;
        }

        private void literal(int c) {
            regex.append(Pattern.quote(Character.toString(c)));
        }

        /** A bracket that closes comes first to stand for itself, as in a shell. */
        private void set() {
            regex.append('[');
            if (position < glob.length() && (glob.charAt(position) == '!' || glob.charAt(position) == '^')) {
                regex.append('^');
                position++;
            }
            boolean first = true;
            while (true) {
                if (position == glob.length()) {
                    throw new TypeConversionException("'" + glob + "' has a [ that is not closed");
                }
                int low = next();
                if (low == ']' && !first) {
                    regex.append(']');
                    return;
                }
                first = false;
                element(low == '\\' && position < glob.length() ? next() : low);
            }
        }

        private void element(int low) {
            boolean range = glob.startsWith("-", position) && !glob.startsWith("-]", position)
                    && position + 1 < glob.length();
            int high = low;
            if (range) {
                position++;
                high = next();
            }
            if (high < low) {
                throw new TypeConversionException("'" + glob + "' has a range that runs backwards");
            }
            regex.append(String.format("\\x{%x}-\\x{%x}", low, high));
        }
    }
}
