package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What comes to continue an entry right behind the release of its segment, while the table still speaks of it. */
@Timeout(300)
final class ChainReleaseTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(4 << 20).segmentBytes(256 << 10);
    private static final int VALUE_BYTES = 60_000;
    /** Has room beside others, so that nobody has to make any for it. */
    private static final int CHILD_BYTES = 10;
    private static final long LONGEST_WAIT_NS = 120_000_000_000L;
    private static final MemorySegment CHILD = Keys.utf8("child");
    @TempDir
    Path temporary;
    private WritableAttachment attachment;
    private NamespaceInfo namespace;
    /** Keys by the segment they were put into, the latest of each. */
    private final Map<Integer, List<MemorySegment>> bySegment = new HashMap<>();
    private @Nullable Thread late;

    @BeforeEach
    void open() {
        Environment environment = new Environment(Host.current(), System::currentTimeMillis, FileEvents.NONE);
        attachment = WritableAttachment.open(temporary.resolve("store"), SMALL, environment, new Journal(), false,
                this::at);
        attachment.writes().define(Fingerprint.of("n"));
        namespace = attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
    }

    @AfterEach
    void close() {
        attachment.close();
    }

    private void put(MemorySegment key, int valueBytes, PutOptions options) {
        long _ = attachment.writes().put(namespace, key, MemorySegment.ofArray(new byte[valueBytes]),
                options.storage(Storage.IN_PLACE));
    }

    /** While the lock is held in which a segment was released, somebody puts what continues an entry of it. */
    private void at(SweepStep step) {
        if (step != SweepStep.RELEASE_APPLIED || late != null) {
            return;
        }
        for (List<MemorySegment> keys : bySegment.values()) {
            if (keys.stream().noneMatch(this::isThere)) {
                Thread putting = Thread.ofPlatform().start(
                        () -> put(CHILD, CHILD_BYTES, PutOptions.of(Kind.ACTIVATION).after(keys.getFirst())));
                late = putting;
                awaitQueued(putting);
                return;
            }
        }
    }

    private boolean isThere(MemorySegment key) {
        return attachment.view().reads().contains(namespace, key);
    }

    private static void awaitQueued(Thread thread) {
        long deadlineNs = System.nanoTime() + LONGEST_WAIT_NS;
        while (thread.getState() != Thread.State.TIMED_WAITING || !isCommitting(thread)) {
            assertTrue(thread.isAlive() && System.nanoTime() - deadlineNs < 0, "it waits for its commit");
            Thread.onSpinWait();
        }
    }

    private static boolean isCommitting(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().equals(Committer.class.getName())) {
                return true;
            }
        }
        return false;
    }

    @Test
    void put_afterWhatWasJustReleased_putsNothing() throws InterruptedException {
        for (int i = 0; i < 1_000 && late == null; i++) {
            MemorySegment key = Keys.utf8("key " + i);
            put(key, VALUE_BYTES, PutOptions.of(Kind.ACTIVATION));
            int segment = attachment.view().reads().find(namespace, key).orElseThrow().location().segment();
            bySegment.computeIfAbsent(segment, any -> new ArrayList<>()).add(key);
        }
        Thread putting = late;
        assertTrue(putting != null, "something was released");
        if (putting != null) {
            putting.join();
        }
        assertFalse(isThere(CHILD), "what it continues is gone");
    }
}
