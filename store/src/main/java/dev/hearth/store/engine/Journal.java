package dev.hearth.store.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps what recovery has to say until the error log of the store is open. One thread. */
final class Journal implements Consumer<String> {
    private final List<String> kept = new ArrayList<>();
    private @Nullable Consumer<String> target;

    @Override
    public void accept(String text) {
        if (target == null) {
            kept.add(text);
        } else {
            target.accept(text);
        }
    }

    /** Hands on what was kept, and from now on everything. */
    void handTo(Consumer<String> newTarget) {
        target = newTarget;
        kept.forEach(newTarget);
        kept.clear();
    }
}
