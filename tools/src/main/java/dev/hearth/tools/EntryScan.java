package dev.hearth.tools;

import dev.hearth.store.HearthException;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A walk over entries, or groups, that goes on behind a damaged one: a damaged store is shown as far as it can be read.
 */
final class EntryScan {
    private EntryScan() {}

    /**
     * Hands every entry to {@code action}, tells of those whose description is damaged, and closes the stream.
     *
     * @return the number of damaged entries
     */
    static <T> long scan(Stream<T> entries, RootCommand root, Consumer<? super T> action) {
        long damaged = 0;
        String last = "";
        try (entries) {
            Iterator<T> iterator = entries.iterator();
            while (true) {
                try {
                    if (!iterator.hasNext()) {
                        return damaged;
                    }
                    action.accept(iterator.next());
                } catch (HearthException.Corrupt e) {
                    String message = String.valueOf(e.getMessage());
                    if (message.equals(last)) {
                        throw e;
                    }
                    last = message;
                    damaged++;
                    root.io().err().println("hearth: " + message);
                }
            }
        }
    }

    /** The code of a command that showed what could be read. */
    static int code(long damaged) {
        return damaged == 0 ? ExitCode.DONE : ExitCode.NEGATIVE;
    }
}
