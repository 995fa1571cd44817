package dev.hearth.store.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps what recovery has to say until the error log of the store is open. */
final class Journal implements Consumer<String> {
    private final Consumer<String> listener;
    private final List<String> kept = new ArrayList<>();
    private @Nullable Consumer<String> target;

    Journal() {
        this(text -> {
        });
    }

    /** {@code listener} hears everything at once, too. */
    Journal(Consumer<String> listener) {
        this.listener = listener;
    }

    @Override
    public synchronized void accept(String text) {
        listener.accept(text);
        if (target == null) {
            kept.add(text);
        } else {
            target.accept(text);
        }
    }

    /** Hands on what was kept, and from now on everything. */
    synchronized void handTo(Consumer<String> newTarget) {
        target = newTarget;
        kept.forEach(newTarget);
        kept.clear();
    }
}
