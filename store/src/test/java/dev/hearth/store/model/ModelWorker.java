package dev.hearth.store.model;

import dev.hearth.store.Batch;
import dev.hearth.store.CompactReport;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.GroupLease;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
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
import java.time.Duration;
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
    /** A busy machine takes longer to do what shows anything, but not for ever. */
    private static final long LEAST_OPERATIONS = 4_000;
    private static final long MOST_NS_MORE = 90_000_000_000L;
    /** Values that are computed, and those of groups, are of keys of their own. */
    private static final int COMPUTED = 900_000;
    private static final int COMPUTED_KEYS = 60;
    private static final int GROUPED = 950_000;
    private static final int GROUP_KEYS = 6;
    private static final Duration COMPUTE_LIMIT = Duration.ofSeconds(30);
    /** Whoever computes may have been stopped. */
    private static final Duration SHORT_LIMIT = Duration.ofMillis(300);
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

    /** What else happens to a run. */
    interface Surroundings {
        /** Whether to do another operation; called in front of each. */
        boolean goesOn();

        /** Whether processes are stopped, so that a change may be refused because the writer lock was not had. */
        boolean mayBeBusy();

        /** Whether what room is made with may be in the hands of somebody who was stopped during this operation. */
        default boolean mayBeFull() {
            return false;
        }

        /** What is many operations, and not asked to be over soon, begins or has ended; not told if it failed. */
        default void compacting(boolean begins) {}

        /** A computed value begins to be computed, or is computed now. */
        void computing(int index, boolean begins);
    }

    ModelWorker(Hearth hearth, Namespace namespace, KeyStates states, ModelSettings settings, int worker, Arena arena) {
        this.hearth = hearth;
        this.namespace = namespace;
        this.states = states;
        this.settings = settings;
        this.worker = worker;
        // Another process that goes on with these keys begins where they are.
        this.random = new SplittableRandom(settings.seed() * 1_000 + worker + 31 * states.begun(worker));
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
                        long endNs = System.nanoTime() + settings.seconds() * 1_000_000_000L;
                        model.run(new Surroundings() {
                            @Override
                            public boolean goesOn() {
                                long leftNs = endNs - System.nanoTime();
                                // A busy machine takes longer to do what shows anything.
                                boolean more = leftNs > 0 || (model.operations < LEAST_OPERATIONS
                                        && leftNs > -MOST_NS_MORE);
                                return more && failure.get() == null;
                            }

                            @Override
                            public boolean mayBeBusy() {
                                return false;
                            }

                            @Override
                            public void computing(int index, boolean begins) {}
                        });
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

    void run(Surroundings around) {
        try {
            while (around.goesOn()) {
                try {
                    step(around);
                    if (operations % COMPACTION_PERIOD == 0) {
                        around.compacting(true);
                        CompactReport report = hearth.compact(MOST_MOVED_BYTES, Progress.NONE);
                        require(report.movedBytes() <= 2 * MOST_MOVED_BYTES, "" + report);
                        around.compacting(false);
                    }
                } catch (HearthException.Busy e) {
                    // A change that was begun did not happen; nothing says otherwise before the next one of its key.
                    require(around.mayBeBusy(), "busy: " + e.getMessage());
                } catch (HearthException.Full e) {
                    require(around.mayBeFull(), "full: " + e.getMessage());
                }
                operations++;
            }
        } finally {
            held.forEach(lease -> lease.lease.close());
        }
    }

    private void step(Surroundings around) {
        switch (random.nextInt(23)) {
            case 0, 1, 2, 3, 4, 5 -> put(ownKey());
            case 6 -> remove(ownKey());
            case 7 -> batch();
            case 8, 9, 10, 11 -> readWhole(anyKey());
            case 12, 13 -> readRange(anyKey());
            case 14, 15, 16 -> lease(anyKey());
            case 17 -> letGo();
            case 19, 20 -> compute(random.nextInt(COMPUTED_KEYS), around);
            case 21 -> putGroup();
            case 22 -> leaseGroup(random.nextInt(settings.workers()));
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
        boolean isKnown = states.begun(key) == states.done(key) >>> 1;
        long change = states.begin(key);
        boolean removed = namespace.remove(key(key));
        require(!isKnown || removed == wasPresent || (wasPresent && Values.kind(key) == Kind.ACTIVATION),
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

    /** Whoever computes it, all get the same. */
    private void compute(int index, Surroundings around) {
        int key = COMPUTED + index;
        try (Lease lease = namespace.getOrCompute(Keys.utf8("computed " + index), PutOptions.of(Kind.ACTIVATION),
                around.mayBeBusy() ? SHORT_LIMIT : COMPUTE_LIMIT, () -> {
                    around.computing(index, true);
                    MemorySegment value = value(key, 1);
                    around.computing(index, false);
                    return value;
                })) {
            MemorySegment segment = lease.segment();
            require(segment.byteSize() == Values.bytes(key, 1), "length of computed key=" + index);
            check(key, 1, 0, segment);
        }
    }

    private static MemorySegment group(int owner) {
        return Keys.utf8("group of " + owner);
    }

    private static MemorySegment groupKey(int owner, int i) {
        return Keys.utf8("group of " + owner + " key " + i);
    }

    /** All keys of the own group, in one batch, with values of one change. */
    private void putGroup() {
        long change = 1L + random.nextInt(1 << 30);
        try (Batch batch = namespace.batch()) {
            batch.group(group(worker));
            for (int i = 0; i < GROUP_KEYS; i++) {
                int key = GROUPED + worker * GROUP_KEYS + i;
                batch.put(groupKey(worker, i), value(key, change),
                        PutOptions.of(worker % 2 == 0 ? Kind.PARAMETER : Kind.ACTIVATION));
            }
            long version = batch.commit();
            require(version != 0, "version of a batch");
        }
    }

    /** A group is of one version, whoever replaces it meanwhile. */
    private void leaseGroup(int owner) {
        try (GroupLease group = namespace.getGroup(group(owner))) {
            if (group == null) {
                misses++;
                return;
            }
            require(group.size() == GROUP_KEYS, "size of the group of " + owner + ": " + group.size());
            long change = Values.changeOf(group.segment(0).get(LONG, 0));
            for (int i = 0; i < GROUP_KEYS; i++) {
                MemorySegment segment = group.segment(i);
                int key = GROUPED + owner * GROUP_KEYS + i;
                require(Values.changeOf(segment.get(LONG, 0)) == change,
                        "the group of " + owner + " is of two versions");
                require(segment.byteSize() == Values.bytes(key, change), "length in the group of " + owner);
                check(key, change, 0, segment);
            }
            hits++;
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
