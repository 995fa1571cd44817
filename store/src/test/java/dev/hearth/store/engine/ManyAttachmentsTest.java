package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.ProcessInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.io.Host;
import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As many attachments as there is room for, and one whose process sees other numbers of processes. */
@Tag("system")
class ManyAttachmentsTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(5_000);
    private static final int LEAST = 64;
    private static final int JVMS = 3;
    private static final PutOptions PUT = PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE);

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private static NamespaceInfo namespace(WritableAttachment attachment) {
        return attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
    }

    /** Puts a value, leases it and stays; its argument is the store. */
    static final class Stayer {
        private Stayer() {}

        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                long pid = ProcessHandle.current().pid();
                MemorySegment key = Keys.utf8("stayer " + pid);
                namespace.put(key, MemorySegment.ofArray(new byte[1_000]), PUT);
                try (Lease lease = namespace.get(key)) {
                    ForkedJvm.say("pid " + pid + " " + (lease == null));
                    ForkedJvm.say("end " + System.in.read());
                }
            }
        }
    }

    private static List<ProcessInfo> alive(WritableAttachment attachment) {
        return attachment.processes().stream().filter(ProcessInfo::alive).toList();
    }

    /** Most are of this JVM, each with a slot and threads of its own: the kernel does not tell them apart. */
    @Test
    void attachments_asManyAsThereAreSlots_workAndTheNextIsRefusedUntilOneDies() {
        try (Closer closer = new Closer()) {
            WritableAttachment first = closer.add(attach());
            first.writes().define(Fingerprint.of("n"));
            ForkedJvm[] jvms = new ForkedJvm[JVMS];
            for (int i = 0; i < JVMS; i++) {
                jvms[i] = closer.add(ForkedJvm.of(Stayer.class).jvmArgs("-Xmx64m")
                        .args(store().toString()).start());
                jvms[i].awaitLine("pid");
            }
            int count = 1 + JVMS;
            HearthException.Busy full = null;
            while (full == null) {
                assertTrue(count <= 1024, "count=" + count);
                try {
                    WritableAttachment attachment = closer.add(attach());
                    count++;
                    attachment.writes().put(namespace(attachment), Keys.utf8("key " + count),
                            MemorySegment.ofArray(new byte[count]), PUT);
                } catch (HearthException.Busy e) {
                    full = e;
                }
            }
            assertTrue(count >= LEAST, "count=" + count);
            assertTrue(String.valueOf(full.getMessage()).contains("all process slots are taken: slotCount=" + count),
                    full.getMessage());
            assertEquals(count, alive(first).size());
            for (int key = 2 + JVMS; key <= count; key++) {
                assertTrue(first.view().reads().find(namespace(first), Keys.utf8("key " + key)).isPresent(), "" + key);
            }
            jvms[1].kill();
            WritableAttachment next = closer.add(attach());
            assertEquals(count, alive(next).size());
            assertTrue(next.processes().stream().noneMatch(one -> one.pid() == jvms[1].pid()), "its slot was taken");
        }
    }

    private WritableAttachment attach() {
        return WritableAttachment.open(store(), SMALL.lockTimeoutMs(60_000), Host.current(),
                System::currentTimeMillis);
    }

    @Test
    void process_ofAnotherPidNamespace_isAliveAsLongAsItIs() throws IOException, InterruptedException {
        String[] apart = {"unshare", "--pid", "--fork", "--kill-child"};
        assumeTrue(new ProcessBuilder(List.of(apart[0], apart[1], apart[2], apart[3], "true")).start().waitFor() == 0,
                "this user may not make PID namespaces");
        try (Closer closer = new Closer()) {
            WritableAttachment here = closer.add(attach());
            here.writes().define(Fingerprint.of("n"));
            ForkedJvm other = closer.add(ForkedJvm.of(Stayer.class).within(apart).args(store().toString()).start());
            String[] said = other.awaitLine("pid").split(" ", -1);
            long pid = Long.parseLong(said[0]);
            assertTrue(pid < 10 && pid != other.pid(), "it sees numbers of its own: " + pid);
            ProcessInfo seen = alive(here).stream().filter(one -> one.pid() == pid).findFirst().orElseThrow();
            assertEquals(1, seen.holds());
            // Whoever has that number here is somebody else; the slot is not his, whether he lives or not.
            for (int i = 0; i < 1_000; i++) {
                here.writes().put(namespace(here), Keys.utf8("more " + i), MemorySegment.ofArray(new byte[30_000]),
                        PUT);
            }
            MemorySegment key = Keys.utf8("stayer " + pid);
            assertTrue(here.view().reads().find(namespace(here), key).isPresent(), "it is held");
            other.kill();
            long endNs = System.nanoTime() + 60_000_000_000L;
            while (alive(here).size() > 1) {
                assertTrue(System.nanoTime() < endNs, () -> "" + here.processes());
                Thread.onSpinWait();
            }
            for (int i = 0; i < 1_000; i++) {
                here.writes().put(namespace(here), Keys.utf8("more " + i), MemorySegment.ofArray(new byte[30_000]),
                        PUT);
            }
            assertTrue(here.view().reads().find(namespace(here), key).isEmpty(), "nobody holds it any more");
        }
    }
}
