package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.SharedWordLoader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that is killed between two stores to the words of the mark: in putting, replacing, removing, a batch,
 * ending a namespace, syncing, moving, evicting, a checkpoint, and in recovering what another one left.
 *
 * <p>
 * An image of each step by default, and up to three in twenty seconds; more of them with
 * {@code -Dhearth.mark.images=1000 -Dhearth.mark.seed=S}.
 */
@Tag("system")
class MarkCrashTest {
    private static final int IMAGES = Integer.getInteger(MarkCrashScenario.IMAGES_PROPERTY, 3);
    private static final long SEED = Long.getLong("hearth.mark.seed", 1);

    @TempDir
    Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"PROCESS", "COMMIT"})
    void kill_betweenAnyTwoStoresToTheMark_leavesWhatWasAcknowledgedAndAllSpace(String durability)
            throws ReflectiveOperationException {
        Method run = new SharedWordLoader().loadClass(MarkCrashScenario.class.getName()).getDeclaredMethod("run",
                Path.class, String.class, int.class, long.class);
        run.setAccessible(true);
        String counts;
        try {
            counts = (String) run.invoke(null, temporary, durability, IMAGES, SEED);
        } catch (InvocationTargetException e) {
            throw new AssertionError("durability=" + durability + " seed=" + SEED, e.getCause());
        }
        System.out.println("durability=" + durability + " seed=" + SEED + " " + counts);
        for (String step : List.of("put", "encoded", "run", "overwrite", "batch", "remove", "namespace", "move",
                "evict", "checkpoint")) {
            assertTrue(counts.contains(step + "=") && !counts.contains(step + "=0"), step + " in " + counts);
        }
    }
}
