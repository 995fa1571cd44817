package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.mark.SegmentHolds;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases and reads beside somebody, with a process slot of his own, who releases the segment they want. */
class ReleaseTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(20_000);
    private static final MemorySegment KEY = Keys.utf8("k");

    @TempDir
    Path temporary;

    private final Closer closer = new Closer();
    private WritableAttachment attachment;
    private NamespaceInfo namespace;
    private SegmentTable segments;
    private SegmentHolds holds;
    private final byte[] value = new byte[10_000];
    private final EngineLease lease = EngineLease.reused();

    @BeforeEach
    void open() {
        Path path = temporary.resolve("store");
        attachment = closer.add(WritableAttachment.open(path, SMALL, Host.current(), System::currentTimeMillis));
        attachment.writes().define(Fingerprint.of("n"));
        namespace = attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
        StoreDirectory directory = closer.add(StoreDirectory.open(path));
        OfdLocks locks = closer.add(OfdLocks.openOrCreate(directory, Store.LOCK));
        MarkFile mark = closer.add(MarkFile.open(directory, false));
        ProcessSlots slots = new ProcessSlots(mark, locks);
        ProcessSlot slot = closer.add(slots.take(Host.current(), 1, 0));
        segments = mark.segments();
        holds = new SegmentHolds(slots, slot, mark.geometry());
        new Random(1).nextBytes(value);
    }

    @AfterEach
    void close() {
        lease.close();
        closer.close();
    }

    private int put(Kind kind, Storage storage) {
        attachment.writes().put(namespace, KEY, MemorySegment.ofArray(value), PutOptions.of(kind).storage(storage));
        return location();
    }

    private int location() {
        return attachment.view().reads().find(namespace, KEY).orElseThrow().location().segment();
    }

    private boolean get() {
        return attachment.view().leases().open(namespace, KEY, 0, Long.MAX_VALUE, lease);
    }

    private long read() {
        return attachment.view().reads().read(namespace, KEY, 0, MemorySegment.ofArray(new byte[10_000]));
    }

    private void mark(int segment) {
        assertTrue(segments.transition(segment, SegmentState.OPEN, SegmentState.MARKED));
    }

    private void unmark(int segment) {
        assertTrue(segments.transition(segment, SegmentState.MARKED, SegmentState.OPEN));
    }

    @Test
    void lease_whileItIsOpen_showsAsAHoldToWhoeverMarks() {
        int segment = put(Kind.ACTIVATION, Storage.IN_PLACE);
        assertFalse(holds.isHeld(segment));
        assertTrue(get());
        mark(segment);
        assertTrue(holds.isHeld(segment), "a lease is open");
        assertArrayEquals(value, lease.segment().toArray(ValueLayout.JAVA_BYTE));
        unmark(segment);
        lease.close();
        assertFalse(holds.isHeld(segment), "it is closed");
    }

    @Test
    void get_ofAMarkedSegment_isAMissUntilItIsUnmarked() {
        int segment = put(Kind.ACTIVATION, Storage.IN_PLACE);
        mark(segment);
        assertFalse(get());
        assertFalse(holds.isHeld(segment), "a miss lets go");
        unmark(segment);
        assertTrue(get());
    }

    @Test
    void get_markedOnlyForAMoment_findsTheEntry() throws InterruptedException {
        int segment = put(Kind.ACTIVATION, Storage.IN_PLACE);
        Thread releaser = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 20_000; i++) {
                mark(segment);
                boolean _ = holds.isHeld(segment);
                unmark(segment);
            }
        });
        long hits = 0;
        while (releaser.isAlive()) {
            if (get()) {
                hits++;
                assertEquals(value[5], lease.segment().get(ValueLayout.JAVA_BYTE, 5));
                lease.close();
            }
        }
        releaser.join();
        assertTrue(hits > 0);
    }

    @Test
    void get_ofAReleasedSegment_isAMiss() {
        for (Storage storage : Storage.values()) {
            int segment = put(Kind.ACTIVATION, storage);
            assertTrue(get());
            lease.close();
            mark(segment);
            assertFalse(holds.isHeld(segment));
            long generation = segments.generation(segment);
            segments.release(segment, generation, generation + 1);
            assertFalse(get());
            assertEquals(Namespace.ABSENT, read());
            assertFalse(attachment.view().reads().contains(namespace, KEY));
            assertFalse(attachment.view().reads().touch(namespace, KEY));
        }
    }

    @Test
    void get_ofADamagedActivation_isAMissThatIsCountedOnce() throws IOException {
        damage(Kind.ACTIVATION);
        for (int i = 0; i < 3; i++) {
            assertFalse(get());
            assertEquals(Namespace.ABSENT, read());
        }
        assertEquals(1, attachment.stats().counter("damage"));
    }

    @Test
    void get_ofADamagedParameter_isAnErrorAndHoldsNothing() throws IOException {
        int segment = damage(Kind.PARAMETER);
        for (int i = 0; i < 3; i++) {
            assertThrows(HearthException.Corrupt.class, this::get);
            assertThrows(HearthException.Corrupt.class, this::read);
        }
        assertFalse(holds.isHeld(segment));
        assertThrows(IllegalStateException.class, lease::segment);
        assertEquals(1, attachment.stats().counter("damage"));
    }

    /** Puts a value and flips a bit of it before anybody reads it. */
    private int damage(Kind kind) throws IOException {
        int segment = put(kind, Storage.IN_PLACE);
        long extent = attachment.view().reads().find(namespace, KEY).orElseThrow().location().offsetBytes();
        try (FileChannel data = FileChannel.open(temporary.resolve("store").resolve("data"), StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            data.read(one, extent + 6_000);
            one.put(0, (byte) (one.get(0) ^ 4)).rewind();
            data.write(one, extent + 6_000);
        }
        return segment;
    }
}
