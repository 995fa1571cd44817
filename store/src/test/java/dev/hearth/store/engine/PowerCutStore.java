package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Durability;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.Host;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.mark.Epochs;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.table.TableEntry;
import dev.hearth.store.testing.FileRecorder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A store that is worked with, or looked at, in one boot of a history with power cuts, while what it does to its files
 * is recorded. The length of a value follows from its key, so that what is put again after a power cut lies where the
 * lost one lay; its bytes follow from a number in its first eight, and the number from the put. One thread but for the
 * puts of {@link #work}.
 */
final class PowerCutStore implements AutoCloseable {
    private static final int NAMESPACES = 3;
    private static final int KEYS = 60;
    /** Has more than one page. */
    private static final int PARAMETER = 21;
    /** The number of the last value of this JVM. */
    private static final AtomicLong LAST_NUMBER = new AtomicLong();
    private final WritableAttachment attachment;
    private final FileRecorder recorder;
    private final LogFollower follower;
    private final List<LogTransaction> seen = new ArrayList<>();
    private final long epoch;
    private int opened;
    private int steps;
    private final Map<List<Object>, Long> numbers;

    private PowerCutStore(WritableAttachment attachment, FileRecorder recorder, Map<List<Object>, Long> numbers) {
        this.attachment = attachment;
        this.recorder = recorder;
        this.numbers = numbers;
        this.epoch = word(MarkWord.EPOCH);
        this.follower = attachment.view().follow(Epochs.next(0, epoch));
    }

    /** Opens the store in {@code path} as the boot with this number does; {@code numbers} are those of all values. */
    static PowerCutStore open(Path path, Durability durability, int boot, Map<List<Object>, Long> numbers) {
        FileRecorder recorder = new FileRecorder(path);
        HearthOptions options = HearthOptions.defaults().capacityBytes(6 << 20).segmentBytes(256 << 10)
                .pageBytes(4 << 10).maxEntries(1_000).durability(durability).syncIntervalMs(30)
                .frameBytes(HearthOptions.MIN_FRAME_BYTES);
        return new PowerCutStore(WritableAttachment.open(path, options, new Environment(
                Host.current().withBootId(new UUID(boot, 1)), System::currentTimeMillis, recorder)), recorder,
                numbers);
    }

    /** Whether it was created just now. */
    boolean isNew() {
        return epoch == 0;
    }

    /** The first step in which what was committed in this boot may have been seen. */
    int opened() {
        return opened;
    }

    /** The steps that the transactions come from. */
    int steps() {
        return steps;
    }

    FileRecorder recorder() {
        return recorder;
    }

    private long word(MarkWord word) {
        try (MarkFile mark = MarkFile.open(attachment.view().directory(), true)) {
            return mark.words().get(word);
        }
    }

    /** The transactions of this boot so far; the first one says that the epoch was raised. */
    List<LogTransaction> transactions() {
        for (LogTransaction next = follower.next(); next != null; next = follower.next()) {
            seen.add(next);
        }
        return seen;
    }

    /** The version up to which what was there before is still there. */
    long survived() {
        return transactions().getFirst().before().lastVersion();
    }

    /** Works for a while, and notes what was acknowledged and what is said to be durable. */
    void work(Random random, int count, boolean manyRecords) throws ExecutionException, InterruptedException {
        opened = recorder.size();
        recorder.note("durable", word(MarkWord.LAST_SYNCED));
        try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
            for (int step = 0; step < count; step++) {
                step(random, manyRecords, pool);
                transactions();
                recorder.note("durable", word(MarkWord.LAST_SYNCED));
            }
        }
        if (manyRecords) {
            awaitCheckpoint();
        }
        // What is committed in the background from here on is no part of what is looked at.
        steps = recorder.size();
        transactions();
    }

    private void awaitCheckpoint() {
        long deadlineNs = System.nanoTime() + 240_000_000_000L;
        while (word(MarkWord.LOG_FILE) > 1 && attachment.view().newestCheckpoint() == 0) {
            assertTrue(System.nanoTime() < deadlineNs, "no checkpoint");
            Thread.onSpinWait();
        }
    }

    private void step(Random random, boolean manyRecords, ExecutorService pool)
            throws ExecutionException, InterruptedException {
        int kind = random.nextInt(100);
        int namespace = random.nextInt(NAMESPACES);
        if (manyRecords) {
            batch(namespace, random, 40, true);
        } else if (kind < 35) {
            acknowledged(put(namespace, random.nextInt(KEYS)));
        } else if (kind < 55) {
            List<Future<Long>> puts = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                int key = random.nextInt(KEYS);
                int within = random.nextInt(NAMESPACES - 1);
                puts.add(pool.submit(() -> {
                    long version = put(within, key);
                    acknowledged(version);
                    return version;
                }));
            }
            for (Future<Long> put : puts) {
                assertTrue(put.get() != 0);
            }
        } else if (kind < 70) {
            batch(namespace, random, 1 + random.nextInt(6), false);
        } else if (kind < 82) {
            NamespaceInfo info = namespace(namespace);
            if (attachment.writes().remove(info, key(random.nextInt(KEYS), false))) {
                acknowledged(word(MarkWord.LAST_APPLIED));
            }
        } else if (kind < 90) {
            attachment.writes().evict(256 << 10);
        } else if (kind < 94) {
            attachment.writes().end(namespace(NAMESPACES - 1));
            acknowledged(word(MarkWord.LAST_APPLIED));
        } else {
            attachment.sync();
            recorder.note("durable", word(MarkWord.LAST_SYNCED));
        }
    }

    /** Puts a parameter under a key that has no other namespace; the number of its value is returned. */
    long putParameter() {
        long _ = put(0, PARAMETER);
        return LAST_NUMBER.get();
    }

    /** The number of the value of that parameter; -1 if there is none. */
    long parameter() {
        return numberOf(namespace(0), key(PARAMETER, false).toArray(ValueLayout.JAVA_BYTE), length(PARAMETER));
    }

    void sync() {
        attachment.sync();
    }

    private void acknowledged(long version) {
        recorder.note("acknowledged", version);
    }

    private NamespaceInfo namespace(int number) {
        Fingerprint fingerprint = Fingerprint.of("n" + number);
        while (true) {
            attachment.writes().define(fingerprint);
            NamespaceInfo info = attachment.view().namespace(fingerprint).orElse(null);
            if (info != null) {
                return info;
            }
        }
    }

    private static String text(int number, boolean longKey) {
        return "k" + number + (longKey ? "x".repeat(900) : "");
    }

    private static MemorySegment key(int number, boolean longKey) {
        return MemorySegment.ofArray(text(number, longKey).getBytes(StandardCharsets.UTF_8));
    }

    private static PutOptions options(int key) {
        PutOptions options = PutOptions.of(key % 3 == 0 ? Kind.PARAMETER : Kind.ACTIVATION);
        return key % 4 == 0 ? options.storage(Storage.COMPACT) : options;
    }

    private long put(int namespace, int key) {
        for (int attempt = 0;; attempt++) {
            try {
                NamespaceInfo info = namespace(namespace);
                long number = LAST_NUMBER.incrementAndGet();
                long version = attachment.writes().put(info, key(key, false),
                        MemorySegment.ofArray(bytes(number, length(key))), options(key));
                numbers.put(List.of(version, info.number(), text(key, false)), number);
                return version;
            } catch (HearthException.Full e) {
                // What was removed of parameters only comes back with the last one of a segment.
                attachment.writes().end(namespace(attempt % NAMESPACES));
            } catch (IllegalStateException e) {
                assertTrue(attempt < 100 && String.valueOf(e.getMessage()).contains("removed"), e.toString());
            }
        }
    }

    private void batch(int namespace, Random random, int count, boolean small) {
        try (EngineBatch batch = new EngineBatch(attachment.writes(), new CallGate("test"))) {
            NamespaceInfo info = namespace(namespace);
            Map<String, Long> newest = new HashMap<>();
            for (int i = 0; i < count; i++) {
                int key = random.nextInt(KEYS);
                long number = LAST_NUMBER.incrementAndGet();
                batch.put(info, key(key, small), MemorySegment.ofArray(bytes(number, small ? 24 : length(key))),
                        options(key));
                newest.put(text(key, small), number);
            }
            long version = batch.commit();
            newest.forEach((key, number) -> numbers.put(List.of(version, info.number(), key), number));
            acknowledged(version);
        } catch (HearthException.Full e) {
            attachment.writes().end(namespace(namespace));
        }
    }

    private static int length(int key) {
        return key % 7 == 0 ? 30_000 + key : 16 + key * 211 % 9_000;
    }

    private static byte[] bytes(long number, int length) {
        byte[] bytes = new byte[length];
        Random random = new Random(number);
        random.nextBytes(bytes);
        // So that encoding saves something.
        Arrays.fill(bytes, length / 2, length, (byte) number);
        ByteBuffer.wrap(bytes).putLong(number);
        return bytes;
    }

    /** The number of the value of an entry as it is now; -1 if it is absent. Its bytes are checked. */
    private long numberOf(NamespaceInfo namespace, byte[] key, long logicalBytes) {
        byte[] read = new byte[(int) logicalBytes];
        long count = attachment.view().reads().read(namespace, MemorySegment.ofArray(key), 0,
                MemorySegment.ofArray(read));
        if (count < 0) {
            return -1;
        }
        assertEquals(logicalBytes, count);
        long number = ByteBuffer.wrap(read).getLong();
        assertTrue(Arrays.equals(bytes(number, read.length), read), "other bytes than were ever put: number=" + number);
        return number;
    }

    /** Compares all there is with what the history says for {@code version}. */
    void check(PowerCutHistory history, long version) {
        Map<PowerCutHistory.Digest, PowerCutHistory.Entry> expected = history.stateAt(version);
        assertEquals(expected.size(), attachment.stats().entries(), "entries");
        TableEntry found = new TableEntry();
        expected.forEach((digest, entry) -> {
            EntryDescriptor descriptor = entry.descriptor();
            NamespaceInfo namespace = attachment.view().namespaces().stream()
                    .filter(info -> info.number() == descriptor.namespace()).findAny().orElseThrow();
            assertTrue(attachment.view().table().find(digest.hi(), digest.lo(), found), () -> "absent: " + descriptor);
            assertEquals(descriptor.version(), found.version(), () -> "version of " + descriptor);
            long number = numberOf(namespace, entry.key(), descriptor.logicalBytes());
            if (number < 0) {
                assertTrue(mayBeAbsent(entry), () -> "absent: " + descriptor);
            } else {
                String key = new String(entry.key(), StandardCharsets.UTF_8);
                assertEquals(numbers.get(List.of(descriptor.version(), descriptor.namespace(), key)), number,
                        () -> "the bytes of another put: " + descriptor);
            }
        });
    }

    /** Without a sync, a segment may be written anew although the record of its release is lost. */
    private boolean mayBeAbsent(PowerCutHistory.Entry entry) {
        return attachment.view().geometry().durabilityId() == Durability.PROCESS.id()
                && entry.descriptor().kind() == Kind.ACTIVATION;
    }

    @Override
    public void close() {
        follower.close();
        attachment.close();
    }
}
