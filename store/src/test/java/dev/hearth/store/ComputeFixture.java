package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A small store, and threads that compute values in it. */
abstract class ComputeFixture {
    static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20).segmentBytes(256 << 10)
            .pageBytes(16 << 10).maxEntries(5_000);
    static final PutOptions ACTIVATION = PutOptions.of(Kind.ACTIVATION);
    static final MemorySegment KEY = Keys.utf8("the key");
    static final Duration LONG = Duration.ofMinutes(4);

    @TempDir
    Path temporary;
    Hearth hearth;
    Namespace namespace;
    ExecutorService threads;

    @BeforeEach
    void open() {
        hearth = Hearth.open(temporary.resolve("store"), SMALL);
        namespace = hearth.namespace(Fingerprint.of("n"));
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        hearth.close();
    }

    static MemorySegment value(int length, long seed) {
        return MemorySegment.ofArray(LeaseTest.bytes(length, seed));
    }

    static byte[] toBytes(Lease lease) {
        return lease.segment().toArray(ValueLayout.JAVA_BYTE);
    }

    static byte[] toBytes(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    @SuppressWarnings("DoNotCallSuggester") // it is a supplier
    static MemorySegment mustNotRun() {
        throw new AssertionError("computed although it is there");
    }

    /** A supplier that says when it began, and goes on when it is let. */
    static final class Held implements ValueSupplier<IOException> {
        final CountDownLatch began = new CountDownLatch(1);
        final CountDownLatch end = new CountDownLatch(1);
        private final Callable<MemorySegment> last;

        Held(Callable<MemorySegment> last) {
            this.last = last;
        }

        @Override
        public MemorySegment compute() throws IOException {
            began.countDown();
            await(end);
            try {
                return last.call();
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(300, TimeUnit.SECONDS), "latch");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs a getOrCompute in a thread of its own and copies what it got. */
    Future<byte[]> start(Duration limit, ValueSupplier<IOException> supplier) {
        return threads.submit(() -> {
            try (Lease lease = namespace.getOrCompute(KEY, ACTIVATION, limit, supplier)) {
                return toBytes(lease);
            }
        });
    }

    static Throwable failure(Future<byte[]> future) {
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> future.get(300, TimeUnit.SECONDS));
        return Objects.requireNonNull(thrown.getCause());
    }

    /** Waits until a thread waits for the turn of a key: there are no more ways to be parked here. */
    static Thread awaitParked(AtomicReference<Thread> thread) {
        Thread waiter = thread.get();
        while (waiter == null || waiter.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
            waiter = thread.get();
        }
        return waiter;
    }
}
