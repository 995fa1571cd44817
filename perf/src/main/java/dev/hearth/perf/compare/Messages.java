package dev.hearth.perf.compare;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** What a run tells people while it runs, and remembers for its report what was left out. */
final class Messages {
    private final PrintStream out;
    private final long startNanos = System.nanoTime();
    private final List<String> notes = new ArrayList<>();

    Messages(PrintStream out) {
        this.out = out;
    }

    /** Says something, with the time since the start. */
    void say(String text) {
        out.printf("%4d s  %s%n", (System.nanoTime() - startNanos) / 1_000_000_000, text);
        out.flush();
        if (text.contains(" left out: ") || text.contains(" skipped: ") || text.contains(" on a disk instead")) {
            notes.add(text);
        }
    }

    /** What was left out, and why. */
    List<String> notes() {
        return List.copyOf(notes);
    }
}
