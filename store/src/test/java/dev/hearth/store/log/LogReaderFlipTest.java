package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.HearthException.Incompatible;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogScan.Stop;
import dev.hearth.store.testing.FlipImage;
import dev.hearth.store.testing.MemoryFiles;
import dev.hearth.store.testing.ReaderFlips;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Logs and checkpoints damaged at random, read by all that reads them: what is delivered is a prefix of what was
 * written, never altered, left out or repeated, and that something is missing is said.
 *
 * <p>
 * Some flips by default; the campaign is {@code mvn verify -pl store -am -Dit.test=none -Dtest='*ReaderFlipTest'
 * -Dhearth.reader.flips=20000 -Dhearth.reader.flips.seed=1 -Dsurefire.failIfNoSpecifiedTests=false}.
 */
@Tag("system")
final class LogReaderFlipTest {
    private static final long HEAP_BYTES = 96 << 20;
    private static final int LARGE_PUTS = 12_000;

    private final History small = new History(settings(), 5, 900, 0);
    /** Has a transaction of more than one record. */
    private final History large = new History(settings(4 << 20), 6, 60, LARGE_PUTS);

    /** A log as it was written, and what it says. */
    private static final class History {
        private final LogSettings settings;
        private final MemoryFiles files = new MemoryFiles();
        private final Map<String, FlipImage> images = new TreeMap<>();
        private final List<LogTransaction> truth = new ArrayList<>();
        private final Set<String> operations = new HashSet<>();
        private final TreeMap<Long, Contents> checkpoints = new TreeMap<>(Long::compareUnsigned);

        History(LogSettings settings, long seed, int commits, int largePuts) {
            this.settings = settings;
            CheckpointModel model = new CheckpointModel(seed);
            try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
                for (int i = 1; i <= commits; i++) {
                    model.commitRandom(writer);
                    if (i % 30 == 0) {
                        model.commitMark(writer);
                    }
                    if (i == commits / 2 && largePuts > 0) {
                        model.commitLarge(writer, largePuts);
                    }
                    if (i == commits / 3 || i == 2 * commits / 3) {
                        checkpoint(model, writer.tail());
                    }
                }
            }
            LogReader.scan(files, settings, LogTail.ORIGIN, truth::add);
            truth.stream().flatMap(transaction -> transaction.operations().stream())
                    .forEach(operation -> operations.add(LogFixture.describe(operation)));
            files.list().forEach(name -> images.put(name, new FlipImage(files.bytes(name))));
        }

        private void checkpoint(CheckpointModel model, LogTail tail) {
            try (Checkpoint previous = Checkpoint.latest(files, settings, damage -> {
            })) {
                long version = Checkpoint.write(files, settings, previous, tail);
                checkpoints.put(version, new Contents(model.entries(), model.namespaces(), tail));
            }
        }

        /** Whether the log says this. */
        boolean wrote(LogOperation operation) {
            return operations.contains(LogFixture.describe(operation));
        }

        FlipImage image(String name) {
            return Objects.requireNonNull(images.get(name), name);
        }

        Contents contents(long version) {
            return Objects.requireNonNull(checkpoints.get(version), () -> "version=" + version);
        }

        void restore() {
            images.forEach((name, image) -> files.setBytes(name, image.bytes()));
        }
    }

    private record Contents(List<EntryDescriptor> entries, List<LoggedNamespace> namespaces, LogTail position) {}

    @Test
    void log_damagedAnywhere_isReadAsAPrefixAndSaysSo() {
        assertTrue(small.images.size() > 5, "files: " + small.images.keySet());
        ReaderFlips flips = new ReaderFlips("log", HEAP_BYTES);
        Map<String, Integer> outcomes = flips.run(flip -> {
            History history = flip.random().nextInt(60) == 0 ? large : small;
            List<String> names = List.copyOf(history.images.keySet());
            String name = names.get(flip.random().nextInt(names.size()));
            flip.say("commits=" + history.truth.size() + " file=" + name);
            history.files.setBytes(name, history.image(name).damaged(flip));
            String outcome = LogNames.logNumbers(history.files).stream().anyMatch(n -> LogNames.log(n).equals(name))
                    ? "log "
                    : "checkpoint ";
            if (flip.random().nextBoolean()) {
                follow(history, flip.random());
            }
            String scanned = scan(history, flip.random());
            String opened = latest(history);
            history.checkpoints.keySet().forEach(version -> readUnverified(history, version));
            if (flip.random().nextInt(8) == 0) {
                write(history, flip.random().nextBoolean());
                history.restore();
            } else {
                history.files.setBytes(name, history.image(name).bytes());
            }
            return outcome + (outcome.startsWith("log") ? scanned : opened);
        });
        assertTrue(outcomes.keySet().containsAll(List.of("log DAMAGED_WITH_VALID_TAIL_BEHIND", "checkpoint older")),
                outcomes::toString);
    }

    private static String scan(History history, Random random) {
        int from = random.nextInt(4) == 0 ? random.nextInt(history.truth.size()) : 0;
        int limit = random.nextInt(4) == 0
                ? from + random.nextInt(history.truth.size() - from) + 1
                : history.truth.size();
        LogTail start = from == 0 ? LogTail.ORIGIN : history.truth.get(from).before();
        long through = limit == history.truth.size() ? -1 : history.truth.get(limit - 1).version();
        int[] next = {from};
        LogScan scan;
        try {
            scan = LogReader.scan(history.files, history.settings, start, through,
                    transaction -> next[0] = checked(history, transaction, next[0]));
        } catch (Corrupt | Incompatible e) {
            return "refused";
        }
        assertEquals(next[0] - from, scan.transactions(), "transactions");
        LogTail expected = next[0] == from ? start : history.truth.get(next[0] - 1).after();
        assertEquals(expected.lastVersion(), scan.tail().lastVersion(), "tail");
        assertEquals(expected.chain(), scan.tail().chain(), "tail");
        assertTrue(next[0] <= limit, "no more than was asked for");
        assertTrue(next[0] == limit || !scan.clean() || (scan.stop() == Stop.END && isEnd(history.files, scan.tail())),
                () -> "only " + next[0] + " of " + limit + " transactions, but " + scan);
        if (!scan.clean() && random.nextInt(4) == 0) {
            LogLoss.behind(history.files, history.settings, scan,
                    operation -> assertTrue(history.wrote(operation), () -> "never written: " + operation));
        }
        return next[0] == limit ? "whole" : scan.stop().toString();
    }

    /** The number of the transaction behind the one that was delivered, which has to be {@code next}. */
    private static int checked(History history, LogTransaction transaction, int next) {
        assertTrue(next < history.truth.size(), () -> "behind the last: " + LogFixture.describe(transaction));
        assertTrue(same(history.truth.get(next), transaction),
                () -> "expected " + LogFixture.describe(history.truth.get(next)) + " but was "
                        + LogFixture.describe(transaction));
        return next + 1;
    }

    /** Whether a log that was never longer would look the same: nothing but zeros behind its tail. */
    private static boolean isEnd(MemoryFiles files, LogTail tail) {
        for (int number : LogNames.logNumbers(files)) {
            byte[] bytes = files.bytes(LogNames.log(number));
            int from = number == tail.file() ? (int) tail.offsetBytes() : LogFileDescriptor.HEADER_BYTES;
            if (number >= tail.file() && !isZero(bytes, from)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(byte[] bytes, int from) {
        return Arrays.mismatch(bytes, from, bytes.length, new byte[bytes.length], from, bytes.length) < 0;
    }

    private static boolean same(LogTransaction a, LogTransaction b) {
        boolean same = a.version() == b.version() && a.timestampMs() == b.timestampMs()
                && a.before().equals(b.before()) && a.after().equals(b.after())
                && a.operations().size() == b.operations().size();
        for (int i = 0; same && i < a.operations().size(); i++) {
            same = same(a.operations().get(i), b.operations().get(i));
        }
        return same;
    }

    private static boolean same(LogOperation a, LogOperation b) {
        return switch (a) {
            case LogOperation.Put put -> b instanceof LogOperation.Put other && put.entry().equals(other.entry())
                    && put.key().mismatch(other.key()) < 0;
            case LogOperation.Remove remove -> b instanceof LogOperation.Remove other
                    && remove.digestHi() == other.digestHi() && remove.digestLo() == other.digestLo()
                    && remove.namespace() == other.namespace() && remove.key().mismatch(other.key()) < 0;
            default -> a.equals(b);
        };
    }

    private static void follow(History history, Random random) {
        int next = random.nextInt(4) == 0 ? random.nextInt(history.truth.size()) : 0;
        long last = history.truth.getLast().version();
        try (LogFollower follower =
                LogReader.follow(history.files, history.settings, history.truth.get(next).version())) {
            for (LogTransaction t = follower.next(last); t != null; t = follower.next(last)) {
                next = checked(history, t, next);
            }
            assertFalse(follower.behind(), "no file is missing");
            assertEquals(history.truth.size(), next, "ended without a word");
        } catch (Corrupt | Incompatible e) {
            assertTrue(next < history.truth.size(), "all was delivered");
        }
    }

    /** Which checkpoint was taken: it is right, and of newer ones something was heard. */
    private static String latest(History history) {
        List<Corrupt> damaged = new ArrayList<>();
        try (Checkpoint checkpoint = Checkpoint.latest(history.files, history.settings, damaged::add)) {
            if (checkpoint == null) {
                assertEquals(history.checkpoints.size(), damaged.size(), "passed over");
                return "none";
            }
            Contents contents = history.contents(checkpoint.version());
            assertEquals(contents.namespaces(), checkpoint.namespaces(), "namespaces");
            assertEquals(contents.position(), checkpoint.position(), "position");
            List<EntryDescriptor> entries = new ArrayList<>();
            checkpoint.forEach(entries::add);
            assertEquals(contents.entries().size(), checkpoint.entryCount(), "count");
            assertTrue(contents.entries().equals(entries), () -> "another entry in version " + checkpoint.version());
            boolean newest = checkpoint.version() == history.checkpoints.lastKey();
            assertEquals(newest ? 0 : 1, damaged.size(), "passed over");
            return newest ? "newest" : "older";
        } catch (Incompatible e) {
            return "refused";
        }
    }

    /** What is read without being verified as a whole: the entries of the checkpoint, until damage is met. */
    private static void readUnverified(History history, long version) {
        Contents contents = history.contents(version);
        List<EntryDescriptor> entries = new ArrayList<>();
        try (Checkpoint checkpoint = Checkpoint.open(history.files, history.settings, version)) {
            assertEquals(contents.namespaces(), checkpoint.namespaces(), "namespaces");
            checkpoint.forEach(entries::add);
            assertTrue(contents.entries().equals(entries), () -> "another entry in version " + version);
        } catch (Corrupt | Incompatible e) {
            assertTrue(entries.size() <= contents.entries().size(), () -> "more than were written, and then " + e);
            assertTrue(contents.entries().subList(0, entries.size()).equals(entries),
                    () -> "another entry in front of " + e);
        }
    }

    /** Writes the last checkpoint again, from what is damaged: it is as it was, or none. */
    private static void write(History history, boolean fromFirst) {
        long first = history.checkpoints.firstKey();
        long last = history.checkpoints.lastKey();
        String name = LogNames.checkpoint(last);
        history.files.delete(name);
        try (Checkpoint previous = fromFirst
                ? Checkpoint.open(history.files, history.settings, first)
                : null) {
            Checkpoint.write(history.files, history.settings, previous, history.contents(last).position());
            assertTrue(Arrays.equals(history.image(name).bytes(), history.files.bytes(name)), "the same bytes");
        } catch (Corrupt | Incompatible e) {
            assertFalse(history.files.exists(name), "published");
        }
        assertTrue(history.files.list().stream().noneMatch(LogNames::isTemporary), "left behind");
    }
}
