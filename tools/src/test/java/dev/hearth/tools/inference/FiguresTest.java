package dev.hearth.tools.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Figures as they are computed, and as they go from process to process. */
final class FiguresTest {
    @Test
    void latencies_ofAHundred_areMeanAndNearestRanks() {
        List<Long> nanos = LongStream.rangeClosed(1, 100).map(i -> 101 - i).boxed().toList();
        assertEquals(new Latencies(100, 51, 50, 99), Latencies.of(nanos));
    }

    @Test
    void latencies_ofFew_areTimesThatWereMeasured() {
        assertEquals(new Latencies(1, 7, 7, 7), Latencies.of(List.of(7L)));
        assertEquals(new Latencies(3, 34, 2, 100), Latencies.of(List.of(1L, 100L, 2L)));
        assertEquals(new Latencies(0, 0, 0, 0), Latencies.of(List.of()));
    }

    @Test
    void memory_ofALineEach_isSummedByItsKind() throws IOException {
        ProcessMemory memory = ProcessMemory.parse(List.of("00400000-7ffc rw-p 00000000 00:00 0      [rollup]",
                "Rss:               10000 kB", "Pss:                4000 kB", "Pss_Dirty:          1000 kB",
                "Shared_Clean:       1024 kB", "Shared_Dirty:          1 kB", "Private_Clean:         2 kB",
                "Private_Dirty:         3 kB", "Private_Hugetlb:    2048 kB", "SwapPss:               9 kB"));
        assertEquals(new ProcessMemory(2_053 << 10, 1_025 << 10, 4_000 << 10), memory);
        assertEquals(new ProcessMemory(2 * (2_053 << 10), 2 * (1_025 << 10), 2 * (4_000 << 10)), memory.plus(memory));
        assertThrows(IOException.class, () -> ProcessMemory.parse(List.of("Rss: 1 kB")));
    }

    @Test
    void memory_ofThisProcess_isSomeAndAddsUp() throws IOException {
        ProcessMemory memory = ProcessMemory.of(ProcessHandle.current().pid());
        assertTrue(memory.privateBytes() > 1 << 20 && memory.pssBytes() >= memory.privateBytes(), memory::toString);
        assertTrue(memory.pssBytes() <= memory.privateBytes() + memory.sharedBytes(), memory::toString);
    }

    @Test
    void reply_throughItsLines_staysTheSame() {
        BitSet set = new BitSet();
        set.set(0);
        set.set(1_000);
        List<String> lines = new Reply().put("number", -7).put("numbers", List.of(1L, 2L)).put("set", set)
                .put("none", List.of()).put("text", "a=b").lines();

        Reply read = new Reply();
        lines.subList(0, lines.size() - 1).forEach(read::read);

        assertEquals(Reply.END, lines.getLast());
        assertEquals(-7, read.number("number"));
        assertEquals(List.of(1L, 2L), read.numbers("numbers"));
        assertEquals(List.of(), read.numbers("none"));
        assertEquals(set, read.set("set"));
        assertEquals("a=b", read.text("text"));
        assertEquals(-1, read.number("missing"));
        assertTrue(read.set("missing").isEmpty());
        assertThrows(IllegalArgumentException.class, () -> read.read("no equals sign"));
    }

    @Test
    void task_throughItsArguments_staysTheSame() {
        WorkerTask task = new WorkerTask(SessionKind.LEASES, Path.of("/a b/m=1.onnx"), Path.of("/f"), Path.of("/s"),
                "name", "revision", 300, 17);
        assertEquals(task, WorkerTask.parse(task.arguments().toArray(String[]::new)));
        assertEquals(300, task.allSentences().size());
        assertArrayEquals(task.requests(3, 5), task.start(SessionKind.COPIES, 18).requests(3, 5));
        assertThrows(IllegalArgumentException.class, () -> WorkerTask.parse("kind=LEASES"));
    }
}
