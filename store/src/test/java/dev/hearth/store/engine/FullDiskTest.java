package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Durability;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that is full at the n-th call that takes space, for every n. */
class FullDiskTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(4 << 20)
            .segmentBytes(256 << 10).pageBytes(4 << 10).maxEntries(2_000);
    private static final int OLD = 20;

    @TempDir
    Path temporary;

    /** Fails one call of the thread that armed it, or that one and all that need new blocks behind it. */
    private static final class Disk implements FileEvents {
        private static final Set<Type> TAKING = Set.of(Type.WRITE, Type.ALLOCATE, Type.CREATE, Type.MAKE_DIRECTORY);
        private Thread thread = Thread.currentThread();
        private int left = Integer.MAX_VALUE;
        private boolean stays;
        private boolean full;

        void arm(int calls, boolean untilFreed) {
            thread = Thread.currentThread();
            left = calls;
            stays = untilFreed;
            full = false;
        }

        /** Frees space; returns whether the disk had been full. */
        boolean free() {
            left = Integer.MAX_VALUE;
            stays = false;
            return full;
        }

        @Override
        public void before(Event event) {
            if (!TAKING.contains(event.type()) || !thread.equals(Thread.currentThread())) {
                return;
            }
            boolean now = left-- == 0;
            if (now || (full && stays && event.type() != Type.WRITE)) {
                full = true;
                throw new HearthException.Full(event.type() + " " + event.path() + ": no space left on device");
            }
        }
    }

    private static byte[] value(int number, int length) {
        byte[] bytes = new byte[length];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private static NamespaceInfo namespace(WritableAttachment attachment, String name) {
        attachment.writes().define(Fingerprint.of(name));
        return attachment.view().namespace(Fingerprint.of(name)).orElseThrow();
    }

    private static void put(WritableAttachment attachment, NamespaceInfo namespace, String key, byte[] value,
            PutOptions options) {
        attachment.writes().put(namespace, Keys.utf8(key), MemorySegment.ofArray(value), options);
    }

    /** Everything that writes, in the same way each time. */
    private static void scenario(WritableAttachment attachment) {
        NamespaceInfo namespace = namespace(attachment, "new");
        PutOptions activation = PutOptions.of(Kind.ACTIVATION);
        put(attachment, namespace, "parameter", value(1, 70_000), PutOptions.of(Kind.PARAMETER));
        put(attachment, namespace, "compact", value(2, 30_000), activation.storage(Storage.COMPACT));
        put(attachment, namespace, "streamed", value(3, 200_000), activation);
        try (EngineBatch batch = new EngineBatch(attachment.writes(), new CallGate("test"))) {
            for (int i = 0; i < 3; i++) {
                batch.put(namespace, Keys.utf8("batch" + i), MemorySegment.ofArray(value(4 + i, 5_000)), activation);
            }
            batch.commit();
        }
        attachment.writes().remove(namespace, Keys.utf8("parameter"));
        attachment.writes().evict(512 << 10);
        attachment.sync();
        attachment.writes().end(namespace);
    }

    private static void checkOld(WritableAttachment attachment) {
        NamespaceInfo old = namespace(attachment, "old");
        for (int i = 0; i < OLD; i++) {
            byte[] read = new byte[6_000];
            assertEquals(read.length, attachment.view().reads().read(old, Keys.utf8("k" + i), 0,
                    MemorySegment.ofArray(read)), "k" + i);
            assertArrayEquals(value(100 + i, read.length), read, "k" + i);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PROCESS", "COMMIT"})
    void write_diskFullAtEveryCall_isTypedAndAllWorksWhenSpaceIsFreed(Durability durability) {
        for (boolean stays : new boolean[]{false, true}) {
            Path path = temporary.resolve("store-" + stays);
            Disk disk = new Disk();
            int failed = 0;
            try (WritableAttachment attachment = attach(path, durability, disk, Host.current())) {
                NamespaceInfo old = namespace(attachment, "old");
                for (int i = 0; i < OLD; i++) {
                    put(attachment, old, "k" + i, value(100 + i, 6_000), PutOptions.of(Kind.PARAMETER));
                }
                boolean full = true;
                for (int call = 0; full; call++) {
                    disk.arm(call, stays);
                    try {
                        scenario(attachment);
                    } catch (RuntimeException e) {
                        assertInstanceOf(HearthException.class, e, "call=" + call);
                    }
                    full = disk.free();
                    failed += full ? 1 : 0;
                    checkOld(attachment);
                    scenario(attachment);
                }
                assertTrue(attachment.view().verifier().run(Progress.NONE).isSound());
            }
            assertTrue(failed > 20, "calls that take space: " + failed);
            try (WritableAttachment again =
                    attach(path, durability, FileEvents.NONE, Host.current().withBootId(new UUID(1, 1)))) {
                checkOld(again);
                scenario(again);
            }
        }
    }

    private static WritableAttachment attach(Path path, Durability durability, FileEvents files, Host host) {
        return WritableAttachment.open(path, SMALL.durability(durability),
                new Environment(host, System::currentTimeMillis, files));
    }
}
