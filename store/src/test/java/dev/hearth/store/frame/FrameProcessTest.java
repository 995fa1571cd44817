package dev.hearth.store.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.frame.FrameStore.Attachment;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.testing.CpuClock;
import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several JVMs on the frames of one store, some of them killed or stopped in the middle. */
@Tag("system")
final class FrameProcessTest {
    /** All rounds together fit into the sets they belong to, so that none has to go. */
    private static final int PAGES = 6;

    @TempDir
    Path temporary;
    private Path store;
    private Path memory;

    @BeforeEach
    void create() throws IOException {
        store = temporary.resolve("store");
        memory = Files.createDirectory(temporary.resolve("shm"));
        FrameStore.create(store);
    }

    private ForkedJvm start(String... flags) {
        ForkedJvm jvm = ForkedJvm.of(FrameProgram.class).jvmArgs(flags).args(store.toString(), memory.toString())
                .start();
        jvm.awaitLine("attached");
        return jvm;
    }

    private static String ask(ForkedJvm jvm, String line, String answer) {
        jvm.send(line);
        return jvm.awaitLine(answer);
    }

    @Test
    void read_byThreeProcesses_eachPageDecodedOnce() {
        try (ForkedJvm one = start(); ForkedJvm two = start(); ForkedJvm three = start()) {
            List<ForkedJvm> all = List.of(one, two, three);
            int decoded = 0;
            int privately = 0;
            for (int round = 0; round < 5; round++) {
                for (int index = 0; index < 3; index++) {
                    all.get(index).send("read " + round * PAGES + " " + (round + 1) * PAGES + " " + index);
                }
                for (ForkedJvm jvm : all) {
                    String[] counts = jvm.awaitLine("read").split(" ", -1);
                    decoded += Integer.parseInt(counts[0]);
                    privately += Integer.parseInt(counts[1]);
                    assertEquals("0", counts[2], "damaged");
                }
                assertEquals((round + 1) * PAGES, decoded);
            }
            // Whoever waits in vain, for a process that is not run for so long, decodes privately.
            assertTrue(privately <= 5 * PAGES / 4, "privately=" + privately);
            for (ForkedJvm jvm : all) {
                jvm.send("exit");
                assertEquals(0, jvm.awaitExit(), jvm.output());
            }
        }
        assertEquals(List.of(), FrameStore.list(memory), "the last has removed them");
    }

    @Test
    void claim_ofAKilledProcess_isTakenOverWithinASecond() {
        try (Attachment here = new Attachment(store, memory);
                ForkedJvm other = start();
                CpuClock clock = new CpuClock()) {
            FrameCache frames = here.frames();
            assertTrue(Long.parseLong(ask(other, "claim 1", "claimed")) >= 0);
            assertEquals(FrameCache.NONE, frames.claim(FrameProgram.key(1)), "it lives");
            other.kill();
            long startNs = clock.nowNs();
            while (!TestFrames.fill(frames, FrameProgram.key(1))) {
                long tookNs = clock.nowNs() - startNs;
                assertTrue(tookNs < Duration.ofSeconds(1).toNanos(), "tookNs=" + tookNs);
            }
            assertArrayEquals(TestFrames.page(FrameProgram.key(1)), TestFrames.read(frames, FrameProgram.key(1)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hold", "hold-in-lane"})
    void hold_ofAKilledProcess_countsNoMore(String how) {
        try (Attachment here = new Attachment(store, memory); ForkedJvm other = start()) {
            FrameCache frames = here.frames();
            fillSetOf(frames, 1);
            assertTrue(Long.parseLong(ask(other, how + " 1", "held")) >= 0);
            int more = anotherOfSet(1, 100);
            assertFalse(TestFrames.fill(frames, FrameProgram.key(more)), "it is held");
            other.stop();
            assertFalse(TestFrames.fill(frames, FrameProgram.key(more)), "stopped is not dead");
            other.kill();
            assertTrue(TestFrames.fill(frames, FrameProgram.key(more)));
        }
    }

    private static void fillSetOf(FrameCache frames, int number) {
        int filled = number;
        FrameLayout layout = new FrameLayout(FrameStore.FRAME_BYTES, 64 << 10, 8);
        for (int way = 0; way < layout.classOf(40_000).ways(); way++) {
            assertTrue(TestFrames.fill(frames, FrameProgram.key(filled)));
            filled = anotherOfSet(number, filled);
        }
    }

    /** The next page in the same set. */
    private static int anotherOfSet(int number, int after) {
        SizeClass sizeClass = new FrameLayout(FrameStore.FRAME_BYTES, 64 << 10, 8).classOf(40_000);
        int next = after + 1;
        while (sizeClass.setOf(FrameProgram.key(next).hash()) != sizeClass.setOf(FrameProgram.key(number).hash())) {
            next++;
        }
        return next;
    }

    @Test
    void claim_ofAStoppedProcess_othersGoOnAndNothingIsTaken() {
        try (Attachment here = new Attachment(store, memory); ForkedJvm other = start()) {
            FrameCache frames = here.frames();
            assertTrue(Long.parseLong(ask(other, "claim 1", "claimed")) >= 0);
            other.stop();
            assertEquals(FrameCache.NONE, frames.claim(FrameProgram.key(1)));
            long startNs = System.nanoTime();
            for (int again = 0; again < 1_000; again++) {
                assertEquals(FrameCache.NONE, frames.claim(FrameProgram.key(1)));
            }
            long tookNs = System.nanoTime() - startNs;
            assertTrue(tookNs < Duration.ofSeconds(20).toNanos(), "once waited for, at once: tookNs=" + tookNs);
            assertTrue(TestFrames.fill(frames, FrameProgram.key(2)), "others are not concerned");
            other.resume();
            ask(other, "publish", "published");
            assertArrayEquals(TestFrames.page(FrameProgram.key(1)), TestFrames.read(frames, FrameProgram.key(1)));
        }
    }

    @Test
    void open_afterAllWereKilled_removesWhatTheyLeft() {
        try (ForkedJvm one = start()) {
            ask(one, "read 0 3 1", "read");
            one.kill();
        }
        List<String> left = FrameStore.framesIn(memory);
        assertEquals(1, left.size());
        try (Attachment here = new Attachment(store, memory)) {
            assertEquals(0, TestFrames.read(here.frames(), FrameProgram.key(1)).length);
            assertEquals(1, FrameStore.framesIn(memory).size());
            assertFalse(FrameStore.framesIn(memory).contains(left.getFirst()));
        }
    }

    @Test
    void open_otherStoreAfterAKill_removesWhatWasLeft() {
        try (ForkedJvm one = start()) {
            one.kill();
        }
        Path otherStore = temporary.resolve("other");
        FrameStore.create(otherStore);
        try (ForkedJvm living = start()) {
            assertTrue(living.isAlive());
            List<String> used = FrameStore.framesIn(memory);
            assertEquals(1, used.size());
            try (Attachment here = new Attachment(otherStore, memory)) {
                assertTrue(TestFrames.fill(here.frames(), FrameProgram.key(1)));
                assertEquals(2, FrameStore.framesIn(memory).size());
                assertTrue(FrameStore.framesIn(memory).containsAll(used));
                living.kill();
            }
            try (Attachment here = new Attachment(otherStore, memory)) {
                assertTrue(TestFrames.fill(here.frames(), FrameProgram.key(1)));
                assertEquals(1, FrameStore.framesIn(memory).size());
            }
        }
    }

    @Test
    void read_fileTruncatedWhileMapped_goesOnWithout() {
        truncateUnder(start());
        truncateUnder(start("-Xint"));
    }

    private void truncateUnder(ForkedJvm started) {
        try (ForkedJvm jvm = started) {
            ask(jvm, "read 0 20 1", "read");
            String name = FrameStore.framesIn(memory).getFirst();
            try (StoreDirectory directory = StoreDirectory.open(memory.resolve(name));
                    PosixFile file = directory.open("frames", false)) {
                file.truncate(0);
            }
            String[] counts = ask(jvm, "read 0 20 2", "read").split(" ", -1);
            assertEquals("0", counts[0], "decoded into frames");
            assertEquals("20", counts[1], "privately");
            assertEquals("-1", ask(jvm, "hold 3", "held"));
            jvm.send("exit");
            assertEquals(0, jvm.awaitExit(), jvm.output());
        }
    }
}
