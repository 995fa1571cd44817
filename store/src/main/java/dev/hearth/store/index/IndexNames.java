package dev.hearth.store.index;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of index files: {@code index.G.cm}, and with {@code .building} behind it until it is complete. */
final class IndexNames {
    private static final Pattern NAME = Pattern.compile("index\\.(0|[1-9][0-9]{0,19})\\.cm(\\.building)?");

    private IndexNames() {}

    static String published(long generation) {
        return "index." + Long.toUnsignedString(generation) + ".cm";
    }

    static String building(long generation) {
        return published(generation) + ".building";
    }

    static boolean isBuilding(String name) {
        return name.endsWith(".building");
    }

    /** The generation that {@code name} is of, complete or not; empty when it is no name of an index file. */
    static OptionalLong generationOf(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseUnsignedLong(matcher.group(1)));
        } catch (NumberFormatException expected) {
            return OptionalLong.empty();
        }
    }
}
