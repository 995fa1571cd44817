package dev.hearth.store.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Hearth;
import dev.hearth.store.Progress;
import dev.hearth.store.StoreStats;
import dev.hearth.store.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes and threads that do everything at once in a store that is too small for it, against a model.
 *
 * <p>
 * The whole campaign: {@code mvn -q verify -pl store -am -Dtest=ModelTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dhearth.model.seconds=1800 -Dhearth.model.seed=N}.
 */
class ModelTest {
    private static final int SECONDS = Integer.getInteger("hearth.model.seconds", 8);
    private static final long SEED = Long.getLong("hearth.model.seed", 20_261_122);

    @TempDir
    Path temporary;

    @Test
    void everythingAtOnce_underConstantEviction_isAsTheModelSays() {
        ModelSettings settings = new ModelSettings(SEED, 2, 2, SECONDS, 4_000, 12);
        System.out.println("model: " + settings);
        Path store = temporary.resolve("store");
        List<ForkedJvm> jvms = new ArrayList<>();
        long operations = 0;
        try {
            for (int process = 0; process < settings.processes(); process++) {
                jvms.add(ForkedJvm.of(ModelWorker.class).optimized().limitSeconds(SECONDS + 300)
                        .args(store.toString(), temporary.resolve("states").toString(), Integer.toString(process),
                                settings.text())
                        .start());
            }
            jvms.forEach(jvm -> jvm.awaitLine("ready"));
            jvms.forEach(jvm -> jvm.send("go"));
            for (ForkedJvm jvm : jvms) {
                String outcome = jvm.awaitLine("done");
                System.out.println("model: " + outcome);
                assertTrue(outcome.startsWith("operations="), outcome);
                operations += Long.parseLong(outcome.split("[= ]", -1)[1]);
                assertEquals(0, jvm.awaitExit(), jvm.output());
            }
        } finally {
            jvms.forEach(ForkedJvm::close);
        }
        try (Hearth hearth = Hearth.open(store, settings.options())) {
            StoreStats stats = hearth.stats();
            assertTrue(stats.counter("evictions") > operations / 10, "counters=" + stats.counters());
            assertTrue(stats.counter("parametersMoved") > 20, "counters=" + stats.counters());
            assertEquals(0, stats.counter("damage"));
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }
}
