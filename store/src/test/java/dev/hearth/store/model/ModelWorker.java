package dev.hearth.store.model;

import dev.hearth.store.Batch;
import dev.hearth.store.CompactReport;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.testing.ForkedJvm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One process of a model run: threads that put, remove, batch, read, lease and touch at random, each change and each
 * look checked against {@link KeyStates}.
 */
final class ModelWorker {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Operations of a thread between two compactions, and what one of them moves. */
    private static final int COMPACTION_PERIOD = 500;
    private static final long MOST_MOVED_BYTES = 2 << 20;
    private final Hearth hearth;
    private final Namespace namespace;
    private final KeyStates states;
    private final ModelSettings settings;
    private final int worker;
    private final SplittableRandom random;
    private final MemorySegment buffer;
    private final List<Held> held = new ArrayList<>();
    private long operations;
    private long hits;
    private long misses;

    /** A lease that is kept open for a while. */
    private record Held(int key, long change, Lease lease) {}

    private ModelWorker(Hearth hearth, Namespace namespace, KeyStates states, ModelSettings settings, int worker,
            Arena arena) {
        this.hearth = hearth;
        this.namespace = namespace;
        this.states = states;
        this.settings = settings;
        this.worker = worker;
        this.random = new SplittableRandom(settings.seed() * 1_000 + worker);
        this.buffer = arena.allocate(1 << 20, 64);
    }

    /** Arguments: the store, the file of the model, the number of the process, and the settings. */
    public static void main(String[] args) throws Exception {
        Path store = Path.of(args[0]);
        ModelSettings settings = ModelSettings.parse(args[3]);
        int process = Integer.parseInt(args[2]);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicLong operations = new AtomicLong();
        AtomicLong hits = new AtomicLong();
        AtomicLong misses = new AtomicLong();
        try (KeyStates states = new KeyStates(Path.of(args[1]), settings.keys());
                Hearth hearth = Hearth.open(store, settings.options())) {
            Namespace namespace = hearth.namespace(Fingerprint.of("model"));
            ForkedJvm.say("ready");
            if (System.in.read() < 0) {
                return;
            }
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < settings.threads(); i++) {
                int worker = process * settings.threads() + i;
                threads.add(Thread.ofPlatform().start(() -> {
                    try (Arena arena = Arena.ofConfined()) {
                        ModelWorker model = new ModelWorker(hearth, namespace, states, settings, worker, arena);
                        model.run(failure);
                        operations.addAndGet(model.operations);
                        hits.addAndGet(model.hits);
                        misses.addAndGet(model.misses);
                    } catch (RuntimeException | Error e) {
                        failure.compareAndSet(null, e);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        Throwable problem = failure.get();
        if (problem != null) {
            problem.printStackTrace();
            ForkedJvm.say("failed " + problem);
            System.exit(1);
        }
        ForkedJvm.say("done operations=" + operations + " hits=" + hits + " misses=" + misses);
    }

    private void run(AtomicReference<Throwable> failure) {
        long endNs = System.nanoTime() + settings.seconds() * 1_000_000_000L;
        try {
            while (System.nanoTime() < endNs && failure.get() == null) {
                step();
                operations++;
                if (operations % COMPACTION_PERIOD == 0) {
                    CompactReport report = hearth.compact(MOST_MOVED_BYTES, Progress.NONE);
                    require(report.movedBytes() <= 2 * MOST_MOVED_BYTES, "" + report);
                }
            }
        } finally {
            held.forEach(lease -> lease.lease.close());
        }
    }

    private void step() {
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5 -> put(ownKey());
            case 6 -> remove(ownKey());
            case 7 -> batch();
            case 8, 9, 10, 11 -> readWhole(anyKey());
            case 12, 13 -> readRange(anyKey());
            case 14, 15, 16 -> lease(anyKey());
            case 17 -> letGo();
            case 18 -> {
                boolean _ = namespace.touch(key(anyKey()));
            }
            default -> {
                boolean _ = namespace.prefetch(key(anyKey()));
            }
        }
    }

    private static MemorySegment key(int key) {
        return Keys.utf8("model key " + key);
    }

    /** Few keys are looked at often. */
    private int anyKey() {
        double skewed = random.nextDouble() * random.nextDouble() * random.nextDouble();
        return (int) (skewed * settings.keys());
    }

    /** Of the keys near {@link #anyKey} the one that this thread owns. */
    private int ownKey() {
        int near = anyKey();
        int own = near - near % settings.workers() + worker;
        return own < settings.keys() ? own : worker;
    }

    private PutOptions options(int key) {
        PutOptions options = PutOptions.of(Values.kind(key));
        return random.nextInt(4) == 0
                ? options.storage(random.nextBoolean() ? Storage.IN_PLACE : Storage.COMPACT)
                : options;
    }

    private MemorySegment value(int key, long change) {
        MemorySegment value = buffer.asSlice(0, Values.bytes(key, change));
        Values.fill(key, change, value);
        return value;
    }

    private void put(int key) {
        long change = states.begin(key);
        long version = namespace.put(key(key), value(key, change), options(key));
        require(version != 0, "version of key=" + key);
        states.finish(key, change, true);
    }

    private void remove(int key) {
        boolean wasPresent = (states.done(key) & 1) == 1;
        long change = states.begin(key);
        boolean removed = namespace.remove(key(key));
        require(removed == wasPresent || (wasPresent && Values.kind(key) == Kind.ACTIVATION),
                "remove of key=" + key + " said " + removed);
        states.finish(key, change, false);
    }

    private void batch() {
        int[] keys = random.ints(4, 0, settings.keys() / settings.workers()).distinct()
                .map(i -> i * settings.workers() + worker).toArray();
        long[] changes = new long[keys.length];
        try (Batch batch = namespace.batch()) {
            for (int i = 0; i < keys.length; i++) {
                changes[i] = states.begin(keys[i]);
                batch.put(key(keys[i]), value(keys[i], changes[i]), options(keys[i]));
            }
            long version = batch.commit();
            require(version != 0, "version of a batch");
        }
        for (int i = 0; i < keys.length; i++) {
            states.finish(keys[i], changes[i], true);
        }
    }

    private void readWhole(int key) {
        long doneBefore = states.done(key);
        long count = namespace.read(key(key), 0, buffer);
        if (count == Namespace.ABSENT) {
            missed(key, doneBefore);
            return;
        }
        long change = checkChange(key, doneBefore, buffer);
        require(count == Values.bytes(key, change), "length of key=" + key + " is " + count);
        check(key, change, 0, buffer.asSlice(0, count));
    }

    private void readRange(int key) {
        long doneBefore = states.done(key);
        long first = namespace.read(key(key), 0, buffer.asSlice(0, 8));
        if (first == Namespace.ABSENT) {
            missed(key, doneBefore);
            return;
        }
        long change = checkChange(key, doneBefore, buffer);
        int whole = Values.bytes(key, change);
        int offset = random.nextInt(whole);
        MemorySegment target = buffer.asSlice(0, 1 + random.nextInt(whole - offset));
        long count = namespace.read(key(key), offset, target);
        if (count == target.byteSize() && states.begun(key) == change) {
            check(key, change, offset, target);
        }
    }

    private void lease(int key) {
        long doneBefore = states.done(key);
        Lease lease = namespace.get(key(key));
        if (lease == null) {
            missed(key, doneBefore);
            return;
        }
        MemorySegment segment = lease.segment();
        long change = checkChange(key, doneBefore, segment);
        require(segment.byteSize() == Values.bytes(key, change), "length of a lease of key=" + key);
        check(key, change, 0, segment);
        if (random.nextInt(4) == 0) {
            held.add(new Held(key, change, lease));
            if (held.size() > settings.leases()) {
                letGo();
            }
        } else {
            lease.close();
        }
    }

    /** What was leased has neither moved nor changed, whatever happened meanwhile. */
    private void letGo() {
        if (!held.isEmpty()) {
            Held one = held.remove(random.nextInt(held.size()));
            check(one.key, one.change, 0, one.lease.segment());
            one.lease.close();
        }
    }

    private void missed(int key, long doneBefore) {
        misses++;
        boolean quiet = states.begun(key) == doneBefore >>> 1 && states.done(key) == doneBefore;
        require(!quiet || (doneBefore & 1) == 0 || Values.kind(key) == Kind.ACTIVATION,
                "a parameter is gone: key=" + key + " change=" + (doneBefore >>> 1));
    }

    /** The change whose value was found; it must be one that can be there. */
    private long checkChange(int key, long doneBefore, MemorySegment value) {
        hits++;
        long first = value.get(LONG, 0);
        long change = Values.changeOf(first);
        require(Values.keyOf(first) == key, "key=" + key + " shows the value of key=" + Values.keyOf(first));
        long least = (doneBefore >>> 1) + ((doneBefore & 1) == 1 ? 0 : 1);
        require(change >= least && change <= states.begun(key), "key=" + key + " shows change=" + change
                + " which is not from " + least + " to " + states.begun(key));
        return change;
    }

    private static void check(int key, long change, long offset, MemorySegment bytes) {
        String problem = Values.problem(key, change, offset, bytes);
        require(problem.isEmpty(), problem);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new AssertionError(message);
        }
    }
}
