package dev.hearth.tools;

import dev.hearth.store.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * A line on a terminal that shows how far something has come, how fast it goes and when it will be done; nothing
 * elsewhere. One thread.
 */
final class ProgressBar implements Progress, AutoCloseable {
    private static final long REDRAW_NANOS = 100_000_000;
    private static final int MAX_BAR_CHARS = 24;
    private static final int MIN_BAR_CHARS = 5;

    private final PrintWriter err;
    private final String label;
    private final int columns;
    private final LongSupplier nanoClock;
    private final boolean visible;
    private final long startNanos;
    private long drawnNanos;
    private int drawnChars;

    /** A bar on {@code io}'s terminal, if it has one and {@code wanted}. */
    ProgressBar(ToolIo io, boolean wanted, String label, LongSupplier nanoClock) {
        this.err = io.err();
        this.label = label;
        this.columns = io.columns();
        this.nanoClock = nanoClock;
        this.visible = wanted && io.errIsTerminal();
        this.startNanos = nanoClock.getAsLong();
        this.drawnNanos = startNanos;
    }

    @Override
    public void at(long doneBytes, long totalBytes) {
        if (!visible) {
            return;
        }
        long now = nanoClock.getAsLong();
        if (now - drawnNanos >= REDRAW_NANOS) {
            drawnNanos = now;
            draw(text(doneBytes, totalBytes, now - startNanos));
        }
    }

    private String text(long doneBytes, long totalBytes, long nanos) {
        double part = totalBytes <= 0 ? 0 : Math.min(1, (double) doneBytes / totalBytes);
        String left = part > 0 ? Sizes.humanTime((long) (nanos / part * (1 - part))) + " left" : "";
        String figures = String.format(Locale.ROOT, "%5.1f %%  %s of %s  %s  %s", part * 100, Sizes.human(doneBytes),
                Sizes.human(totalBytes), Sizes.humanRate(doneBytes, nanos), left);
        return label + bar(part, Math.min(MAX_BAR_CHARS, columns - label.length() - figures.length() - 5)) + figures;
    }

    /** What the figures leave room for: they say more than the bar does. */
    private static String bar(double part, int chars) {
        int filled = (int) (part * chars);
        return chars < MIN_BAR_CHARS ? " " : " [" + "#".repeat(filled) + ".".repeat(chars - filled) + "] ";
    }

    private void draw(String text) {
        // One less than the terminal has: a full line would wrap.
        String shown = text.length() < columns ? text : text.substring(0, columns - 1);
        err.print("\r" + shown + " ".repeat(Math.max(0, drawnChars - shown.length())));
        err.flush();
        drawnChars = shown.length();
    }

    /** Takes the line away again. */
    @Override
    public void close() {
        if (drawnChars > 0) {
            err.print("\r" + " ".repeat(drawnChars) + "\r");
            err.flush();
            drawnChars = 0;
        }
    }
}
