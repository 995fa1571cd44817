package dev.hearth.tools;

import java.util.ArrayList;
import java.util.List;

/**
 * What the demo says: text for a person as it goes, or one object for a program at its end. One thread.
 *
 * <p>Checks decide whether the demo succeeds. For a program, text goes to where remarks go, so that it sees progress.
 */
final class DemoReport {
    private final RootCommand root;
    private final Json json = new Json();
    private final List<Json> checks = new ArrayList<>();
    private boolean allHeld = true;

    DemoReport(RootCommand root) {
        this.root = root;
    }

    /** What comes next. */
    void title(String text) {
        say("");
        say(root.isJson() ? text : Style.status(text, Style.BOLD, root.io()));
    }

    /** A line. */
    void say(String text) {
        if (root.isJson()) {
            root.note(text);
        } else {
            root.out().line(text);
            root.out().flush();
        }
    }

    /** The outcome of a check. */
    void check(boolean held, String text) {
        allHeld &= held;
        checks.add(new Json().put("held", held).put("text", text));
        String word = held ? "ok" : "FAIL";
        say("   " + (root.isJson() ? word : Style.status(word, held ? Style.GREEN : Style.RED, root.io())) + "  "
                + text);
    }

    /** Figures for a person. */
    void table(TextTable table) {
        if (!root.isJson()) {
            table.print(root.out());
            root.out().flush();
        }
    }

    /** Figures for a program. */
    Json figures() {
        return json;
    }

    boolean allHeld() {
        return allHeld;
    }

    /** Ends the report. */
    void end() {
        say(allHeld ? "All checks held." : "A check failed.");
        if (root.isJson()) {
            json.put("allHeld", allHeld).put("checks", checks);
            root.out().line(json.toString());
        }
    }
}
