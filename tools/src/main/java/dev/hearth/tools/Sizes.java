package dev.hearth.tools;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of bytes, rates and times as a person reads and writes them. */
final class Sizes {
    private static final String UNITS = "KMGTPE";
    private static final Pattern SIZE = Pattern.compile("([0-9]+)(?:([KMGTPE])(?:i?B)?|B)?", Pattern.CASE_INSENSITIVE);

    private Sizes() {}

    /** Turns {@code 4096}, {@code 64K} or {@code 16GiB} into bytes; units are powers of 1,024. */
    static final class Converter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return parse(text);
        }
    }

    static long parse(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a number of bytes, such as 4096, 64K or 16GiB");
        }
        try {
            String unit = matcher.group(2);
            long factor = unit == null ? 1 : 1L << (10 * (UNITS.indexOf(unit.toUpperCase(Locale.ROOT)) + 1));
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), factor);
        } catch (ArithmeticException | NumberFormatException _) {
            throw new TypeConversionException("'" + text + "' is more than " + Long.MAX_VALUE + " bytes");
        }
    }

    /** Bytes in the largest binary unit of which there is at least one: {@code 86.2 MiB}. */
    static String human(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length()) {
            value /= 1024;
            unit++;
        }
        return unit == 0
                ? String.format(Locale.ROOT, "%.0f B", value)
                : String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(unit - 1));
    }

    /** Bytes a second; 0 if no time passed. */
    static double rate(long bytes, long nanos) {
        return nanos <= 0 ? 0 : bytes * 1e9 / nanos;
    }

    /** A rate as a person reads it: {@code 1.4 GiB/s}. */
    static String humanRate(long bytes, long nanos) {
        return human(Math.round(rate(bytes, nanos))) + "/s";
    }

    /** A time as a person reads it: {@code 312 ms}, {@code 4.2 s}, {@code 3 min 12 s}. */
    static String humanTime(long nanos) {
        double seconds = nanos / 1e9;
        if (seconds < 1) {
            return String.format(Locale.ROOT, "%.0f ms", seconds * 1e3);
        }
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole / 60 % 60 + " min";
    }
}
