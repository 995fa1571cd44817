package dev.hearth.perf.compare;

import dev.hearth.perf.TemporaryDirectory;
import dev.hearth.perf.compare.peer.Peer;
import dev.hearth.perf.compare.peer.Peers;
import dev.hearth.perf.compare.peer.Session;
import dev.hearth.perf.compare.peer.Values;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does one operation cost in Hearth and in each peer, as JMH sees it: uniform keys, all files in memory,
 * nothing durable? {@link Comparison} answers it round by round and process by process, with goals; this is for looking
 * closer, for example with {@code -prof gc} or {@code -prof perfnorm}.
 *
 * <p>
 * Command: {@code perf/run jmh PeerBenchmark}, some ten minutes; a part of it: {@code perf/run jmh PeerBenchmark.hit -p
 * peer=hearth,lmdb -p valueBytes=4096 -t 2}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx3g", "-XX:MaxDirectMemorySize=16g", "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED"})
@SuppressWarnings("NullAway.Init") // What JMH calls first sets it.
public class PeerBenchmark {
    private static final long SEED = 42;

    @Param({Peers.HEARTH, Peers.LMDB, Peers.ROCKSDB, Peers.CHRONICLE, Peers.MVSTORE, Peers.EHCACHE, Peers.CAFFEINE,
            Peers.FLOOR})
    String peer = "";

    @Param("4096")
    int valueBytes;

    @Param("20000")
    long entries;

    private TemporaryDirectory directory;
    private Peer store;
    private Values values;
    private final AtomicLong threads = new AtomicLong();

    /** Loads the store. */
    @Setup
    public void open() throws IOException {
        Scenario scenario = Scenario.of("benchmark", valueBytes, entries).spare(64L << 20);
        directory = TemporaryDirectory.inMemory(scenario.fileBytes(1));
        store = Peers.open(peer, scenario.setup(peer, directory.path().resolve(peer)));
        // Some peers take buffers over memory only that lives as long as the process.
        values = new Values(Arena.global(), valueBytes, SEED);
        store.load(values, 0, entries);
        store.settle();
    }

    /** Removes it. */
    @TearDown
    public void close() {
        store.close();
        directory.close();
    }

    /** What a thread has for itself. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init")
    public static class Caller {
        private Session session;
        private KeySequence keys;
        private MemorySegment target;
        private long entries;

        /** Opens a session. */
        @Setup
        public void open(PeerBenchmark benchmark) {
            session = benchmark.store.session();
            keys = new KeySequence(benchmark.entries, false, SEED + benchmark.threads.getAndIncrement());
            target = Arena.global().allocate(benchmark.valueBytes, 4_096);
            entries = benchmark.entries;
        }

        /** Closes it. */
        @TearDown
        public void close() {
            session.close();
        }
    }

    /** Sees the first bytes of a value that is there, where it lies if the store lets one. */
    @Benchmark
    public long hit(Caller caller) {
        return there(caller.session.hit(caller.keys.next()));
    }

    /** Looks for what is not there. */
    @Benchmark
    public long miss(Caller caller) {
        return caller.session.hit(caller.entries + caller.keys.next());
    }

    /** Copies a value that is there. */
    @Benchmark
    public long read(Caller caller) {
        return there(caller.session.read(caller.keys.next(), caller.target));
    }

    /** Replaces a value. */
    @Benchmark
    public void put(Caller caller) {
        long id = caller.keys.next();
        caller.session.put(id, values.of(id));
    }

    private static long there(long first) {
        if (first == Peer.ABSENT) {
            throw new IllegalStateException("the entry is not there");
        }
        return first;
    }
}
