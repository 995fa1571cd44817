package dev.hearth.store.model;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Namespace;
import dev.hearth.store.testing.ForkedJvm;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * One life of a process of {@link HostCampaignTest}: does everything at random, and goes on with the keys of its
 * predecessor, which may have been killed anywhere.
 */
final class HostWorker implements ModelWorker.Surroundings {
    private static final long LOCK_TIMEOUT_MS = 250;
    private static final int ATTEMPTS = 100;
    private final HostBoard board;
    private final int process;
    private final long life;
    private final PauseWatch watch;

    private HostWorker(HostBoard board, int process, long life, PauseWatch watch) {
        this.watch = watch;
        this.board = board;
        this.process = process;
        this.life = life;
    }

    /** Who waits for a process that was stopped in a lock is told soon; a put may wait for three of them in turn. */
    static HearthOptions options(ModelSettings settings) {
        return settings.options().lockTimeoutMs(LOCK_TIMEOUT_MS);
    }

    /** Does what somebody who was stopped may be in the way of. */
    private static <T> T patiently(Supplier<T> action) {
        for (int attempt = 1;; attempt++) {
            try {
                return action.get();
            } catch (HearthException.Busy e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Arguments: the store, the files of model and board, the number of the process, and the settings. */
    public static void main(String[] args) {
        ModelSettings settings = ModelSettings.parse(args[4]);
        int process = Integer.parseInt(args[3]);
        try (KeyStates states = new KeyStates(Path.of(args[1]), settings.keys());
                HostBoard board = new HostBoard(Path.of(args[2]), settings.processes());
                Arena arena = Arena.ofConfined();
                Hearth hearth = patiently(() -> Hearth.open(Path.of(args[0]), options(settings)))) {
            Namespace namespace = patiently(() -> hearth.namespace(Fingerprint.of("model")));
            long life = board.begin(process);
            ForkedJvm.say("life " + life);
            try (PauseWatch watch = new PauseWatch(board, process, settings.processes())) {
                new ModelWorker(hearth, namespace, states, settings, process, arena)
                        .run(new HostWorker(board, process, life, watch));
            }
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            ForkedJvm.say("failed " + e);
            System.exit(1);
        }
        ForkedJvm.say("done");
    }

    @Override
    public boolean goesOn() {
        watch.operated();
        board.operated(process);
        return !board.isEnding();
    }

    @Override
    public boolean mayBeFull() {
        return watch.anyStopped();
    }

    @Override
    public void compacting(boolean begins) {
        if (begins) {
            watch.operated();
            watch.ignore();
        }
    }

    @Override
    public boolean mayBeBusy() {
        return true;
    }

    @Override
    public void computing(int index, boolean begins) {
        if (begins) {
            board.computationBegins(index, process, life);
        } else {
            board.computationEnds(index);
        }
    }
}
