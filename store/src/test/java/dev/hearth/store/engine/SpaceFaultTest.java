package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.io.Host;
import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ends processes, and the host, at each step of giving space back. */
@Tag("system")
class SpaceFaultTest {
    /** Which steps come first; where all take too long, the others are left to other seeds. */
    private static final long SEED = Long.getLong("hearth.space.seed", System.nanoTime());

    @TempDir
    Path temporary;

    private static WritableAttachment attach(Path store, Host host, SweepStep.Listener steps) {
        return WritableAttachment.open(store, SpaceScenario.SMALL, host, System::currentTimeMillis, new Journal(),
                false,
                steps);
    }

    /** Fills a store and gives space back until it comes to a step, in which it ends like a process that is killed. */
    static final class Doomed {
        private static volatile boolean armed;

        private Doomed() {}

        public static void main(String[] args) {
            Path store = Path.of(args[0]);
            SpaceScenario scenario = new SpaceScenario(Path.of(args[1]));
            SweepStep last = SweepStep.valueOf(args[2]);
            try (WritableAttachment attachment = attach(store, Host.current(), step -> {
                if (armed && step == last) {
                    Runtime.getRuntime().halt(9);
                }
            })) {
                scenario.fill(attachment);
                armed = true;
                scenario.churn(attachment, 20);
            }
        }
    }

    @Test
    void kill_atEachStep_leavesWhatWasAcknowledgedAndAllSpace() throws IOException {
        TimeBox box = TimeBox.of(3, Duration.ofSeconds(30));
        List<SweepStep> done = new ArrayList<>();
        System.out.println("seed=" + SEED);
        for (SweepStep step : TimeBox.shuffled(List.of(SweepStep.values()), SEED)) {
            if (box.goesOn()) {
                killAt(step, Files.createDirectory(temporary.resolve(step.name())));
                done.add(step);
            }
        }
        System.out.println("killed at " + done);
    }

    private static void killAt(SweepStep step, Path directory) throws IOException {
        Path store = directory.resolve("store");
        Path states = directory.resolve("states");
        try (ForkedJvm doomed = ForkedJvm.of(Doomed.class)
                .args(store.toString(), states.toString(), step.name()).start()) {
            assertEquals(9, doomed.awaitExit(), doomed.output());
        }
        SpaceScenario scenario = new SpaceScenario(states);
        Path copy = directory.resolve("copy");
        SpaceScenario.copy(store, copy);
        try (WritableAttachment attachment = attach(store, Host.current(), SweepStep.Listener.NONE)) {
            scenario.check(attachment, step + ", opened again");
            SpaceScenario.checkSpace(store, attachment, step + ", opened again");
        }
        try (WritableAttachment attachment = attach(copy, Host.current().withBootId(new UUID(1, 2)),
                SweepStep.Listener.NONE)) {
            scenario.check(attachment, step + ", after a reboot");
            SpaceScenario.checkSpace(copy, attachment, step + ", after a reboot");
        }
        PowerCuts.delete(directory);
    }

    /** What a power cut may leave: of data and log either what was synced, or what was written. */
    private static final class Images implements SweepStep.Listener {
        private static final int MOST_OF_EACH = 1;
        private final Path store;
        private final Path images;
        private final SpaceScenario scenario;
        private final Map<SweepStep, Integer> seen = new EnumMap<>(SweepStep.class);
        /** An image, and the acknowledgements that it must have. */
        private final List<Image> taken = new ArrayList<>();
        private final TimeBox box = TimeBox.of(0, Duration.ofSeconds(10));
        private byte[] written = new byte[0];
        /** What was acknowledged before the last sync of the log and that of the data before it. */
        private byte[] durable = new byte[0];

        @SuppressWarnings("ArrayRecordComponent") // nobody writes it
        private record Image(Path path, byte[] least) {}

        Images(Path store, Path images, SpaceScenario scenario) {
            this.store = store;
            this.images = images;
            this.scenario = scenario;
        }

        private Path synced() {
            return images.resolve("synced");
        }

        @Override
        public synchronized void at(SweepStep step) {
            try {
                switch (step) {
                    case DATA_SYNCED -> {
                        replace("data");
                        written = scenario.snapshot();
                    }
                    case LOG_SYNCED -> {
                        replace("log");
                        durable = written;
                    }
                    default -> {
                        if (durable.length == 0) {
                            return;
                        }
                        if (seen.merge(step, 1, Integer::sum) <= MOST_OF_EACH) {
                            takeAll(step);
                        }
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** One of the three ways to lose something at the least. */
        private void takeAll(SweepStep step) throws IOException {
            List<List<String>> ways = List.of(List.of("data"), List.of("log"), List.of("data", "log"));
            int before = taken.size();
            for (List<String> lost : TimeBox.shuffled(ways, SEED + step.name().hashCode())) {
                if (taken.size() == before || box.goesOn()) {
                    take(step, lost);
                }
            }
        }

        private void replace(String name) throws IOException {
            PowerCuts.delete(synced().resolve(name));
            Files.createDirectories(synced());
            SpaceScenario.copy(store.resolve(name), synced().resolve(name));
        }

        private void take(SweepStep step, List<String> lost) throws IOException {
            Path image = images.resolve(taken.size() + " " + step + " without the rest of " + lost);
            SpaceScenario.copy(store, image);
            for (String name : lost) {
                PowerCuts.delete(image.resolve(name));
                SpaceScenario.copy(synced().resolve(name), image.resolve(name));
            }
            taken.add(new Image(image, durable));
        }
    }

    @Test
    void move_order_isCopySyncRelocateSyncRelease() {
        Path store = temporary.resolve("store");
        SpaceScenario scenario = new SpaceScenario(temporary.resolve("states"));
        Set<SweepStep> ofInterest = EnumSet.of(SweepStep.MOVE_FROZEN, SweepStep.MOVE_COPIED, SweepStep.DATA_SYNCED,
                SweepStep.LOG_SYNCED, SweepStep.APPLYING, SweepStep.RELEASE_LOGGED);
        List<SweepStep> steps = new ArrayList<>();
        try (WritableAttachment attachment = attach(store, Host.current(), step -> {
            if (ofInterest.contains(step) && !Background.isCurrentThread()
                    && (steps.isEmpty() || steps.getLast() != step)) {
                steps.add(step);
            }
        })) {
            scenario.fill(attachment);
            scenario.churn(attachment, 3);
        }
        List<SweepStep> order = List.of(SweepStep.MOVE_FROZEN, SweepStep.MOVE_COPIED, SweepStep.DATA_SYNCED,
                SweepStep.APPLYING, SweepStep.DATA_SYNCED, SweepStep.LOG_SYNCED, SweepStep.RELEASE_LOGGED);
        assertTrue(Collections.indexOfSubList(steps, order) >= 0, "steps=" + steps);
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i) == SweepStep.MOVE_COPIED) {
                assertEquals(SweepStep.DATA_SYNCED, steps.get(i + 1), "steps=" + steps);
            }
        }
    }

    @Test
    void powerCut_atEachStep_losesNoParameterThatWasDurable() throws IOException {
        Path store = temporary.resolve("store");
        SpaceScenario scenario = new SpaceScenario(temporary.resolve("states"));
        Images cuts = new Images(store, temporary.resolve("images"), scenario);
        try (WritableAttachment attachment = attach(store, Host.current(), cuts)) {
            scenario.fill(attachment);
            scenario.churn(attachment, 3);
        }
        assertFalse(cuts.taken.isEmpty());
        for (SweepStep step : SweepStep.values()) {
            boolean isSync = step == SweepStep.DATA_SYNCED || step == SweepStep.LOG_SYNCED;
            assertTrue(isSync || cuts.seen.containsKey(step), step + " was not come to");
        }
        int boot = 1;
        TimeBox box = TimeBox.of(8, Duration.ofSeconds(20));
        for (Images.Image image : TimeBox.shuffled(cuts.taken, SEED)) {
            if (!box.goesOn()) {
                break;
            }
            String what = String.valueOf(image.path.getFileName());
            try (WritableAttachment attachment = attach(image.path, Host.current().withBootId(new UUID(boot++, 2)),
                    SweepStep.Listener.NONE)) {
                scenario.check(attachment, image.least, what);
                SpaceScenario.checkSpace(image.path, attachment, what);
            }
            PowerCuts.delete(image.path);
        }
        System.out.println("seed=" + SEED + " power cuts=" + box.begun() + " of " + cuts.taken.size());
    }
}
