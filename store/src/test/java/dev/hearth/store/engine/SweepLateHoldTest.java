package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.mark.SegmentHolds;
import dev.hearth.store.mark.SegmentState;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hold of another process that is seen only when its segment was released: nothing is overwritten under it. */
@Timeout(300)
final class SweepLateHoldTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(4 << 20).segmentBytes(256 << 10);
    private static final int NOT_YET = -1;
    @TempDir
    Path temporary;
    private @Nullable SegmentHolds other;
    private @Nullable MarkFile mark;
    private int held = NOT_YET;
    private int stripe;

    /** As it would be if the store of the hold had been on its way since before the mark. */
    private void at(SweepStep step) {
        SegmentHolds holds = other;
        MarkFile seen = mark;
        if (step != SweepStep.RELEASE_APPLIED || holds == null || seen == null || held != NOT_YET) {
            return;
        }
        for (int segment = 0; segment < seen.segments().count() && held == NOT_YET; segment++) {
            if (seen.segments().state(segment) == SegmentState.RELEASED) {
                held = segment;
                stripe = holds.acquire(segment);
            }
        }
    }

    private static void put(WritableAttachment attachment, NamespaceInfo namespace, int from, int to) {
        for (int i = from; i < to; i++) {
            long _ = attachment.writes().put(namespace, Keys.utf8("key " + i), MemorySegment.ofArray(new byte[60_000]),
                    PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE));
        }
    }

    @Test
    void hold_seenBehindTheRelease_keepsTheSegmentAsItIs() {
        Path path = temporary.resolve("store");
        Environment environment = new Environment(Host.current(), System::currentTimeMillis, FileEvents.NONE);
        try (WritableAttachment attachment = WritableAttachment.open(path, SMALL, environment, new Journal(), false,
                this::at);
                StoreDirectory directory = StoreDirectory.open(path);
                MarkFile opened = MarkFile.open(directory, false);
                OfdLocks locks = OfdLocks.openOrCreate(directory, Store.LOCK)) {
            mark = opened;
            ProcessSlots slots = new ProcessSlots(opened, locks);
            try (ProcessSlot slot = slots.take(Host.current(), System.currentTimeMillis(), 0)) {
                SegmentHolds holds = new SegmentHolds(slots, slot, opened.geometry());
                assumeTrue(holds.leaveOutFences(), "this kernel executes no fences for others");
                other = holds;
                attachment.writes().define(Fingerprint.of("n"));
                NamespaceInfo namespace = attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
                put(attachment, namespace, 0, 200);
                assertNotEquals(NOT_YET, held, "something was released");
                long generation = opened.segments().generation(held);
                put(attachment, namespace, 200, 400);
                assertEquals(SegmentState.RELEASED, opened.segments().state(held), "nobody got it");
                assertEquals(generation, opened.segments().generation(held));
                holds.release(held, stripe);
                put(attachment, namespace, 400, 600);
                assertTrue(opened.segments().generation(held) != generation
                        || opened.segments().state(held) != SegmentState.RELEASED, "it is used again");
            }
        }
    }
}
