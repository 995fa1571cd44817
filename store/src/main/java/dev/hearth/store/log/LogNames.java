package dev.hearth.store.log;

import dev.hearth.store.HearthException.Io;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The names of the files in the log directory. */
final class LogNames {
    static final String SPARE = "spare";
    private static final String LOG_SUFFIX = ".log";
    private static final String CHECKPOINT_PREFIX = "checkpoint-";
    private static final String TEMPORARY_SUFFIX = ".tmp";
    private static final int MIN_DIGITS = 4;
    private static final int HEX_DIGITS = 16;

    private LogNames() {}

    static String log(int number) {
        return String.format(Locale.ROOT, "%04d%s", number, LOG_SUFFIX);
    }

    static String checkpoint(long version) {
        return CHECKPOINT_PREFIX + hex(version);
    }

    static String temporarySpare(long owner) {
        return SPARE + "-" + hex(owner) + TEMPORARY_SUFFIX;
    }

    /** One for each that an owner writes: there may be several at the same time. */
    static String temporaryCheckpoint(long number, long owner) {
        return CHECKPOINT_PREFIX + number + "-" + hex(owner) + TEMPORARY_SUFFIX;
    }

    /** Whether {@code name} is one of the two kinds of temporary files, and of which owner. */
    static boolean isTemporary(String name) {
        return name.endsWith(TEMPORARY_SUFFIX) && name.length() > TEMPORARY_SUFFIX.length() + HEX_DIGITS
                && isHex(name.substring(name.length() - TEMPORARY_SUFFIX.length() - HEX_DIGITS,
                        name.length() - TEMPORARY_SUFFIX.length()))
                && (name.startsWith(SPARE + "-") || name.startsWith(CHECKPOINT_PREFIX));
    }

    /** The owner in the name of a temporary file. */
    static long ownerOf(String temporary) {
        int end = temporary.length() - TEMPORARY_SUFFIX.length();
        return Long.parseUnsignedLong(temporary.substring(end - HEX_DIGITS, end), 16);
    }

    /** Numbers of the log files, ascending; names that nobody here would have given are not ours and left alone. */
    static List<Integer> logNumbers(StoreFiles files) {
        List<Integer> numbers = new ArrayList<>();
        for (String name : files.list()) {
            int digits = name.length() - LOG_SUFFIX.length();
            if (digits < MIN_DIGITS || digits > 10 || !name.endsWith(LOG_SUFFIX)
                    || !name.substring(0, digits).chars().allMatch(c -> c >= '0' && c <= '9')) {
                continue;
            }
            long number = Long.parseLong(name.substring(0, digits));
            if (number >= 1 && number <= Integer.MAX_VALUE && log((int) number).equals(name)) {
                numbers.add((int) number);
            }
        }
        numbers.sort(null);
        return numbers;
    }

    /** Versions of the checkpoints, ascending (unsigned). */
    static List<Long> checkpointVersions(StoreFiles files) {
        List<Long> versions = new ArrayList<>();
        for (String name : files.list()) {
            if (name.startsWith(CHECKPOINT_PREFIX) && name.length() == CHECKPOINT_PREFIX.length() + HEX_DIGITS
                    && isHex(name.substring(CHECKPOINT_PREFIX.length()))) {
                versions.add(Long.parseUnsignedLong(name.substring(CHECKPOINT_PREFIX.length()), 16));
            }
        }
        versions.sort(Long::compareUnsigned);
        return versions;
    }

    /** Opens a log file to be read; null if there is none, also if it was deleted this very moment. */
    static @Nullable StoreFile openIfThere(StoreFiles files, int number) {
        String name = log(number);
        if (!files.exists(name)) {
            return null;
        }
        try {
            return files.open(name, true);
        } catch (Io e) {
            if (files.exists(name)) {
                throw e;
            }
            return null;
        }
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    private static String hex(long value) {
        return String.format(Locale.ROOT, "%016x", value);
    }
}
