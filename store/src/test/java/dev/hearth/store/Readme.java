package dev.hearth.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The README as tests use it: what it shows has to work. */
final class Readme {
    /** The repository, from the directory in which this module's tests run. */
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    /** The class that the README's program is compiled to; its file is named after it. */
    static final String PROGRAM = "Warm";

    private Readme() {}

    /** All of its text. */
    static String text() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    /** The one block that is marked as being of this language. */
    static String block(String language) throws IOException {
        List<String> blocks = Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(text()).results().map((MatchResult match) -> match.group(1)).toList();
        if (blocks.size() != 1) {
            throw new AssertionError("language=" + language + " blocks=" + blocks.size() + " expected=1");
        }
        return blocks.getFirst();
    }
}
