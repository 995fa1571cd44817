package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Durability;
import dev.hearth.store.HearthException;
import dev.hearth.store.testing.FileRecorder;
import dev.hearth.store.testing.PowerCut;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A few power cuts; {@link PowerCutCampaign} makes thousands. */
class PowerCutTest {
    @TempDir
    Path temporary;

    @ParameterizedTest
    @EnumSource
    void put_againAfterAPowerCutThatLeftTheBytes_oldBytesNeverPassForTheNewOnes(Durability durability)
            throws IOException {
        Map<List<Object>, Long> numbers = new ConcurrentHashMap<>();
        Path second = temporary.resolve("second");
        long before;
        try (PowerCutStore store = PowerCutStore.open(temporary.resolve("first"), durability, 1, numbers)) {
            long _ = store.putParameter();
            store.sync();
            before = store.parameter();
            // The record is lost, and the bytes are not.
            assertNotEquals(before, store.putParameter());
            PowerCut.writeOnly(store.recorder(), "data", second);
        }
        Path third = temporary.resolve("third");
        long again;
        try (PowerCutStore store = PowerCutStore.open(second, durability, 2, numbers)) {
            if (durability == Durability.PROCESS) {
                assertEquals(before, store.parameter());
            }
            // The same length at the same place; now the bytes are lost, and the record is not.
            again = store.putParameter();
            PowerCut.writeOnly(store.recorder(), "log/0001.log", third);
        }
        try (PowerCutStore store = PowerCutStore.open(third, durability, 3, numbers)) {
            long found = store.parameter();
            if (durability == Durability.PROCESS) {
                assertEquals(before, found, "again=" + again);
            } else if (durability == Durability.COMMIT) {
                assertEquals(again, found);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"COMMIT, 1", "PROCESS, 3", "INTERVAL, 10"})
    void open_afterPowerCuts_isAPrefixThatHasWhatWasPromised(Durability durability, long seed)
            throws IOException, ExecutionException, InterruptedException {
        PowerCuts cuts = new PowerCuts(temporary, durability, seed, TimeBox.of(3, Duration.ofSeconds(12)));
        cuts.run(12);
        assertTrue(cuts.images() >= 3, "images=" + cuts.images());
    }

    @ParameterizedTest
    @EnumSource
    void create_powerCutAtEveryStep_canBeOpened(Durability durability) throws IOException {
        Map<List<Object>, Long> numbers = new ConcurrentHashMap<>();
        FileRecorder recorder;
        try (PowerCutStore store = PowerCutStore.open(temporary.resolve("first"), durability, 1, numbers)) {
            recorder = store.recorder();
        }
        int steps = Math.min(recorder.size(), 40);
        // What is created is the same with all of them.
        int seeds = durability == Durability.COMMIT ? 2 : 1;
        int step = durability == Durability.COMMIT ? 1 : 3;
        TimeBox box = TimeBox.of(4, Duration.ofSeconds(8));
        List<Integer> ends = IntStream.rangeClosed(0, steps / step).map(i -> i * step).boxed().toList();
        for (int end : TimeBox.shuffled(ends, durability.name().hashCode())) {
            for (int seed = 0; seed < seeds && box.goesOn(); seed++) {
                Path image = temporary.resolve("image");
                PowerCut.write(recorder, end, seed, image);
                try (PowerCutStore store = PowerCutStore.open(image, durability, 2, numbers)) {
                    assertEquals(-1, store.parameter());
                } catch (HearthException e) {
                    throw new AssertionError("end=" + end + " of " + steps + " seed=" + seed, e);
                }
                PowerCuts.delete(image);
            }
        }
    }
}
