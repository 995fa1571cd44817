package dev.hearth.perf.compare;

import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {
    private Numbers() {}

    /** Three digits that matter, with separators between thousands. */
    static String of(double number) {
        double size = Math.abs(number);
        if (number == 0) {
            return "0";
        }
        int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
        String text = String.format(Locale.ROOT, "%,." + decimals + "f", number);
        return decimals == 0 ? text : text.replaceAll("\\.?0+$", "");
    }
}
