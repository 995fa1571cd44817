package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Durability;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.VerifyReport;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Everything that writes, and what a store holds when the process was killed between any two of its stores to the mark:
 * what was acknowledged, and what it was at whole or not at all. To be run by the classes of a
 * {@link dev.hearth.store.testing.SharedWordLoader}. One thread.
 */
final class MarkCrashScenario {
    /** How many images of a step are looked at; set for a campaign. */
    static final String IMAGES_PROPERTY = "hearth.mark.images";
    private static final String KEY = "k";
    private final Path directory;
    private final Durability durability;
    private final int imagesPerStep;
    private final StoreImages images;
    private final Map<String, Integer> model = new TreeMap<>();
    private final Map<String, Integer> counts = new TreeMap<>();
    private final TimeBox box = TimeBox.unlessAsked(IMAGES_PROPERTY, 0, Duration.ofSeconds(20));
    private int checked;

    private MarkCrashScenario(Path directory, Durability durability, int imagesPerStep, long seed) {
        this.directory = directory;
        this.durability = durability;
        this.imagesPerStep = imagesPerStep;
        this.images = new StoreImages(new Random(seed));
    }

    /** How many images were opened for each step, as text: of each the first, and all of them if there is time. */
    static String run(Path directory, String durability, int imagesPerStep, long seed) throws IOException {
        MarkCrashScenario scenario =
                new MarkCrashScenario(directory, Durability.valueOf(durability), imagesPerStep, seed);
        scenario.run();
        return scenario.counts + " images=" + scenario.checked + " stores=" + scenario.images.stores();
    }

    /** What is done. */
    private interface Action {
        void run(WritableAttachment attachment);
    }

    private WritableAttachment open(Path path, FileEvents events) {
        return WritableAttachment.open(path, SpaceScenario.SMALL.durability(durability),
                new Environment(Host.current(), System::currentTimeMillis, events));
    }

    private static NamespaceInfo namespace(WritableAttachment attachment, String name) {
        attachment.writes().define(Fingerprint.of(name));
        return attachment.view().namespace(Fingerprint.of(name)).orElseThrow();
    }

    private static byte[] value(String key, int salt) {
        int length = key.startsWith("large") ? 300_000 : key.startsWith("m") ? 8 : 3_000 + key.length() * 9_000;
        byte[] bytes = new byte[length];
        new Random(key.hashCode() * 31L + salt).nextBytes(bytes);
        Arrays.fill(bytes, length / 2, length, (byte) salt);
        bytes[0] = (byte) salt;
        return bytes;
    }

    private static PutOptions options(String key) {
        return key.startsWith("a")
                ? PutOptions.of(Kind.ACTIVATION).storage(Storage.COMPACT)
                : PutOptions.of(Kind.PARAMETER).storage(key.endsWith("c") ? Storage.COMPACT : Storage.IN_PLACE);
    }

    private static void put(WritableAttachment attachment, String key, int salt) {
        attachment.writes().put(namespace(attachment, KEY), Keys.utf8(key), MemorySegment.ofArray(value(key, salt)),
                options(key));
    }

    private void run() throws IOException {
        Path store = directory.resolve("store");
        try (WritableAttachment attachment = open(store, images)) {
            for (int i = 0; i < 24; i++) {
                put(attachment, "p" + i, 1);
                put(attachment, "a" + i, 1);
                model.put("p" + i, 1);
                model.put("a" + i, 1);
            }
            step(store, attachment, "put", Map.of("pnew", 1), List.of(), true, at -> put(at, "pnew", 1));
            step(store, attachment, "encoded", Map.of("anew", 1), List.of(), true, at -> put(at, "anew", 1));
            step(store, attachment, "run", Map.of("large", 1), List.of(), true, at -> put(at, "large", 1));
            step(store, attachment, "overwrite", Map.of("p3", 2), List.of(), true, at -> put(at, "p3", 2));
            step(store, attachment, "batch", Map.of("p4", 2, "pbatch", 2, "abatch", 2), List.of("p5"), true, at -> {
                try (EngineBatch batch = new EngineBatch(at.writes(), new CallGate("test"))) {
                    NamespaceInfo namespace = namespace(at, KEY);
                    for (String key : List.of("p4", "pbatch", "abatch")) {
                        batch.put(namespace, Keys.utf8(key), MemorySegment.ofArray(value(key, 2)), options(key));
                    }
                    batch.remove(namespace, Keys.utf8("p5"));
                    batch.commit();
                }
            });
            List<String> removed = List.of("p6", "p7");
            for (String key : removed) {
                step(store, attachment, "remove", Map.of(), List.of(key), true,
                        at -> assertTrue(at.writes().remove(namespace(at, KEY), Keys.utf8(key))));
            }
            step(store, attachment, "namespace", Map.of(), List.of(), true, at -> {
                NamespaceInfo other = namespace(at, "other");
                at.writes().put(other, Keys.utf8("gone"), MemorySegment.ofArray(new byte[9]),
                        PutOptions.of(Kind.PARAMETER));
                at.writes().end(other);
            });
            step(store, attachment, "sync", Map.of(), List.of(), true, WritableAttachment::sync);
            step(store, attachment, "move", Map.of(), List.of(), false,
                    at -> at.writes().compact(Long.MAX_VALUE, Progress.NONE));
            for (int i = 0; i < 24; i += 2) {
                boolean _ = attachment.view().reads().touch(namespace(attachment, KEY), Keys.utf8("a" + i));
            }
            step(store, attachment, "evict", Map.of(), List.of(), false, at -> at.writes().evict(512 << 10));
            step(store, attachment, "checkpoint", many(), List.of(), false, this::switchLog);
        }
    }

    private static Map<String, Integer> many() {
        Map<String, Integer> many = new HashMap<>();
        for (int i = 0; i < 40; i++) {
            many.put("m" + i + "x".repeat(900), 1);
        }
        return many;
    }

    /** Fills a file of the log, so that it goes on in the next and a checkpoint is written. */
    private void switchLog(WritableAttachment attachment) {
        NamespaceInfo namespace = namespace(attachment, KEY);
        for (int i = 0; attachment.view().newestCheckpoint() == 0; i++) {
            assertTrue(i < 5_000, "no checkpoint");
            try (EngineBatch batch = new EngineBatch(attachment.writes(), new CallGate("test"))) {
                many().forEach((key, salt) -> batch.put(namespace, Keys.utf8(key),
                        MemorySegment.ofArray(value(key, salt)), options(key)));
                batch.commit();
            }
        }
    }

    /**
     * Does it, and looks at each image of it: {@code strict} if nothing but what is named may change.
     */
    private void step(Path store, WritableAttachment attachment, String name, Map<String, Integer> puts,
            List<String> removes, boolean strict, Action action) throws IOException {
        Map<String, Integer> before = new TreeMap<>(model);
        model.putAll(puts);
        removes.forEach(model::remove);
        Path into = directory.resolve("images");
        images.arm(store, into, box.isOver() ? 1 : imagesPerStep);
        List<Path> taken;
        try {
            action.run(attachment);
        } finally {
            taken = images.disarm();
        }
        int opened = 0;
        for (Path image : taken) {
            if (opened > 0 && !box.goesOn()) {
                break;
            }
            opened++;
            String what = name + " " + image.getFileName();
            images.arm(image, directory.resolve("second"), 1);
            List<Path> again;
            try (WritableAttachment attached = open(image, images)) {
                again = images.disarm();
                check(image, attached, before, strict, what);
            } finally {
                List<Path> _ = images.disarm();
            }
            for (Path second : again) {
                if (checked % 3 != 0 && !box.goesOn()) {
                    break;
                }
                try (WritableAttachment attached = open(second, FileEvents.NONE)) {
                    check(second, attached, before, strict, what + ", killed again");
                }
            }
        }
        PowerCuts.delete(into);
        PowerCuts.delete(directory.resolve("second"));
        counts.merge(name, opened, Integer::sum);
    }

    private void check(Path path, WritableAttachment attachment, Map<String, Integer> before, boolean strict,
            String what) {
        checked++;
        Map<String, Integer> found = new TreeMap<>();
        NamespaceInfo namespace = namespace(attachment, KEY);
        Map<String, Integer> all = new TreeMap<>(before);
        all.putAll(model);
        all.keySet().forEach(key -> {
            byte[] bytes = new byte[300_000];
            long count = attachment.view().reads().read(namespace, Keys.utf8(key), 0, MemorySegment.ofArray(bytes));
            if (count >= 0) {
                int salt = bytes[0];
                assertArrayEquals(value(key, salt), Arrays.copyOf(bytes, (int) count), what + ": " + key);
                found.put(key, salt);
            } else if (!strict && key.startsWith("a") && before.containsKey(key)) {
                // It may have been evicted.
                found.put(key, before.get(key));
            }
        });
        assertTrue(found.equals(before) || found.equals(model),
                () -> what + ": neither before nor after: " + difference(found, before));
        VerifyReport report = attachment.view().verifier().run(Progress.NONE);
        assertTrue(report.isSound(), () -> what + ": " + report.damage());
        put(attachment, "later", 3);
        SpaceScenario.checkSpace(path, attachment, what);
        byte[] later = new byte[300_000];
        long count = attachment.view().reads().read(namespace, Keys.utf8("later"), 0, MemorySegment.ofArray(later));
        assertEquals(value("later", 3).length, count, what);
    }

    private static String difference(Map<String, Integer> found, Map<String, Integer> before) {
        Map<String, Integer> text = new TreeMap<>(found);
        text.entrySet().removeIf(entry -> entry.getValue().equals(before.get(entry.getKey())));
        Map<String, Integer> gone = new TreeMap<>(before);
        gone.keySet().removeAll(found.keySet());
        return "other=" + text + " gone=" + gone;
    }
}
