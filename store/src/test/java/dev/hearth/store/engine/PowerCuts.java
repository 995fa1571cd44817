package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Durability;
import dev.hearth.store.HearthException;
import dev.hearth.store.testing.FileRecorder;
import dev.hearth.store.testing.PowerCut;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * Power cuts of one seed: a store is created and worked with, and the power is cut again and again, in that boot and in
 * those that follow. Each image is opened as after a reboot, and has to be a prefix of what was committed that goes at
 * least as far as its durability promises, with the right bytes, and without a version or generation that was issued
 * before. One thread.
 */
final class PowerCuts {
    private static final int DEEPEST = 3;
    private final Path directory;
    private final Durability durability;
    private final long seed;
    private final Random random;
    private final boolean manyRecords;
    private final TimeBox box;
    private int images;
    private int boots;

    /** Of the first boot there are as many images as the box goes on for. */
    PowerCuts(Path directory, Durability durability, long seed, TimeBox box) {
        this.box = box;
        this.directory = directory;
        this.durability = durability;
        this.seed = seed;
        this.random = new Random(seed);
        this.manyRecords = seed % 5 == 0;
    }

    /** How many were looked at. */
    int images() {
        return images;
    }

    /** Cuts the power up to {@code count} times in the first boot, and now and then in those that follow. */
    void run(int count) throws IOException, ExecutionException, InterruptedException {
        Path first = directory.resolve("first");
        boot(new Image(first, new PowerCutHistory(), Map.of(), 0, 0), count);
    }

    /**
     * What a boot finds.
     *
     * @param path    the store
     * @param history what was committed in all boots before
     * @param numbers those of the values that were put in all boots before: another image of the same boot may come to
     *                issue the same versions, if its power was cut before the new epoch was durable
     * @param floor   the version up to which everything has to be there
     * @param depth   power cuts so far
     */
    private record Image(Path path, PowerCutHistory history, Map<List<Object>, Long> numbers, long floor, int depth) {}

    private void boot(Image image, int cuts) throws IOException, ExecutionException, InterruptedException {
        PowerCutHistory history = image.history;
        Map<List<Object>, Long> numbers = new ConcurrentHashMap<>(image.numbers);
        FileRecorder recorder;
        PowerCutHistory begun;
        int opened;
        int steps;
        boolean markLost = image.depth > 0 && random.nextInt(12) == 0
                && Files.deleteIfExists(image.path.resolve("hearth.mark"));
        try (PowerCutStore store = PowerCutStore.open(image.path, durability, ++boots, numbers)) {
            recorder = store.recorder();
            long survived = store.survived();
            if (store.isNew()) {
                assertEquals(0, image.floor, "a store that was there is gone");
                history = new PowerCutHistory();
            }
            assertTrue(Long.compareUnsigned(survived, image.floor) >= 0, "survived=" + Long.toHexString(survived)
                    + " durable=" + Long.toHexString(image.floor));
            assertTrue(history.has(survived), "a prefix: survived=" + Long.toHexString(survived));
            history.loseBehind(survived);
            store.check(history, survived);
            if (cuts == 0) {
                assertEquals("", history.add(store.transactions()));
                return;
            }
            begun = history.copy();
            begun.addUnseen(store.transactions());
            store.work(random, manyRecords ? 70 : image.depth == 0 ? 60 : 12, manyRecords);
            assertEquals("", history.add(store.transactions()));
            opened = store.opened();
            steps = store.steps();
        } catch (HearthException.Corrupt e) {
            // Without the mark nobody knows whether there was a reboot, and damage inside the log is not cut.
            assertTrue(markLost && String.valueOf(e.getMessage()).contains("log"), e.toString());
            return;
        }
        for (int i = 0; i < cuts && (image.depth > 0 || box.goesOn()); i++) {
            int end = i == 0 ? steps : random.nextInt(steps + 1);
            cut(recorder, new Image(image.path, end < opened ? begun : history, numbers, image.floor, image.depth),
                    end);
        }
    }

    /** {@code image} has what there is now. */
    private void cut(FileRecorder recorder, Image image, int end)
            throws IOException, ExecutionException, InterruptedException {
        long durable = recorder.noted("durable", end);
        long acknowledged = durability == Durability.COMMIT ? recorder.noted("acknowledged", end) : 0;
        long floor = max(image.floor, max(durable, acknowledged));
        long imageSeed = random.nextLong();
        Path path = directory.resolve("image");
        if (image.depth > 0) {
            path = directory.resolve("image-" + image.depth);
        }
        delete(path);
        PowerCut.write(recorder, end, imageSeed, path);
        images++;
        boolean deeper = image.depth + 1 < DEEPEST && random.nextInt(4) == 0;
        try {
            boot(new Image(path, image.history.copy(), image.numbers, floor, image.depth + 1), deeper ? 3 : 0);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("durability=" + durability + " seed=" + seed + " image=" + images + " imageSeed="
                    + imageSeed + " depth=" + (image.depth + 1) + " end=" + end + " of " + recorder.size(), e);
        }
        delete(path);
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) > 0 ? a : b;
    }

    static void delete(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> below = Files.walk(path)) {
                for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
