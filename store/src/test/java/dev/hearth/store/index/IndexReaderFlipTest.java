package dev.hearth.store.index;

import static dev.hearth.store.index.IndexFixture.entry;
import static dev.hearth.store.index.IndexFixture.hi;
import static dev.hearth.store.index.IndexFixture.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.testing.FlipImage;
import dev.hearth.store.testing.ReaderFlips;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Index files damaged at random, opened, searched, scanned and changed: what a search finds is the descriptor that was
 * put, a scan that calls itself complete has all of them and no others, or the index is given up.
 *
 * <p>
 * The campaign is that of {@code LogReaderFlipTest}.
 */
@Tag("system")
final class IndexReaderFlipTest {
    private static final long HEAP_BYTES = 64 << 20;
    private static final int ENTRIES = 300;
    private static final long VERSION = 3;
    /** One segment, and two. */
    private static final List<Long> SIZES = List.of(400L, 8192L);

    @TempDir
    Path temporary;

    private final Map<Long, EntryDescriptor> truth = new HashMap<>();

    /** Puts all entries, and then, when others could have it open already, changes some and removes some. */
    private void create(StoreDirectory files, long generation, long maxEntries) {
        truth.clear();
        IndexFixture.publish(files, generation, maxEntries, ENTRIES);
        for (long number = 0; number < ENTRIES; number++) {
            truth.put(number, entry(number, 1));
        }
        try (PersistentIndex index = PersistentIndexes.open(files, generation, settings(maxEntries))) {
            for (long number = 0; number < ENTRIES; number += 7) {
                index.put(entry(number, 2));
                truth.put(number, entry(number, 2));
            }
            index.indexed(2);
            for (long number = 0; number < ENTRIES; number += 10) {
                index.remove(hi(number), number, VERSION);
                truth.remove(number);
            }
            index.indexed(VERSION);
            // A change that was announced, and whether it was made is to be found out.
            index.put(entry(1, VERSION + 1));
            truth.put(1L, entry(1, VERSION + 1));
        }
    }

    @Test
    void index_damagedAnywhere_isNeverBelieved() throws IOException {
        try (StoreDirectory files = IndexFixture.directory(temporary)) {
            List<FlipImage> images = new ArrayList<>();
            for (int i = 0; i < SIZES.size(); i++) {
                create(files, i + 1, SIZES.get(i));
                images.add(new FlipImage(Files.readAllBytes(path(i + 1))));
            }
            Map<String, Integer> outcomes = new ReaderFlips("index", HEAP_BYTES).run(flip -> {
                int number = flip.random().nextInt(8) == 0 ? 1 : 0;
                flip.say("maxEntries=" + SIZES.get(number));
                FlipImage image = images.get(number);
                Files.write(path(number + 1), image.damaged(flip));
                try {
                    return use(files, number + 1, SIZES.get(number), flip.random());
                } finally {
                    Files.write(path(number + 1), image.bytes());
                }
            });
            assertTrue(outcomes.size() > 2, outcomes::toString);
        }
    }

    private Path path(long generation) {
        return temporary.resolve("index").resolve(IndexNames.published(generation));
    }

    private String use(StoreDirectory files, long generation, long maxEntries, Random random) {
        try (PersistentIndex index = PersistentIndexes.open(files, generation, settings(maxEntries))) {
            boolean scanFirst = random.nextBoolean();
            String scanned = scanFirst ? scan(index) : "";
            int absent = 0;
            int refused = 0;
            // A segment that is refused is read again each time.
            for (long number = 0; number < ENTRIES + 10 && refused < 4; number++) {
                EntryDescriptor expected = truth.get(number);
                try {
                    EntryDescriptor found = index.get(hi(number), number);
                    if (expected == null || found != null) {
                        assertEquals(expected, found, "entry");
                    } else {
                        absent++;
                    }
                } catch (IndexUnusable e) {
                    refused++;
                }
            }
            scanned = scanFirst ? scanned : scan(index);
            if (absent + refused > 0) {
                assertNotEquals("complete", scanned, "absent=" + absent + " refused=" + refused);
            }
            assertTrue(Long.compareUnsigned(index.indexedVersion(), VERSION) <= 0, "indexed further than it was");
            if (random.nextInt(4) == 0) {
                try {
                    change(index);
                } catch (IndexUnusable e) {
                    return "scan " + scanned + ", change refused";
                }
            }
            return "scan " + scanned + (refused > 0 ? ", get refused" : absent > 0 ? ", get absent" : "");
        } catch (IndexUnusable e) {
            return "not opened: " + e.reason();
        }
    }

    /** Whatever of the entries a scan hands out is right; all of them if it says so. */
    private String scan(PersistentIndex index) {
        Map<Long, EntryDescriptor> found = new HashMap<>();
        PersistentIndex.Scan scan;
        try {
            scan = index.scan(entry -> {
                assertEquals(truth.get(entry.digestLo()), entry, "handed out");
                assertNull(found.put(entry.digestLo(), entry), "handed out twice");
            });
        } catch (IndexUnusable e) {
            return "refused";
        }
        assertEquals(found.size(), scan.entries(), "count");
        if (scan.complete()) {
            assertEquals(truth, found, "complete");
            return "complete";
        }
        return "incomplete";
    }

    /** Puts and removes; what was put last is found, unless the index is given up on the way. */
    private static void change(PersistentIndex index) {
        for (long number = 0; number < ENTRIES; number++) {
            if (number % 3 == 0) {
                index.remove(hi(number), number, VERSION + 2);
            } else {
                index.put(entry(number, VERSION + 2));
            }
        }
        for (long number = 0; number < ENTRIES; number++) {
            EntryDescriptor expected = number % 3 == 0 ? null : entry(number, VERSION + 2);
            assertEquals(expected, index.get(hi(number), number), "what was put");
        }
    }
}
