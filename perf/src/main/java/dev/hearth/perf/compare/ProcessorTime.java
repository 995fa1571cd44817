package dev.hearth.perf.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Where the time of the processors went up to a moment, in ticks of the kernel.
 *
 * @param total    of all processors
 * @param used     by programs and by the kernel for them, whoever they are
 * @param stolen   by the machine around this one
 * @param ours     by this process and those it started, and those these started
 */
record ProcessorTime(long total, long used, long stolen, long ours) {
    private static final Path SYSTEM = Path.of("/proc/stat");
    // Places in its first line, behind the word "cpu".
    private static final int USER = 1;
    private static final int SYSTEM_TIME = 3;
    private static final int STOLEN = 8;
    // Places in the line of a process, behind its name.
    private static final int OWN_USER = 12;
    private static final int CHILDREN_SYSTEM = 16;

    /** Up to now; all zeros where the kernel does not tell. */
    static ProcessorTime now() {
        ProcessHandle self = ProcessHandle.current();
        // Processes first: what they use meanwhile then counts as somebody else's, not the other way round.
        long ours = LongStream.concat(LongStream.of(self.pid()), self.descendants().mapToLong(ProcessHandle::pid))
                .map(ProcessorTime::ofProcess).sum();
        try {
            return parse(Files.readAllLines(SYSTEM).getFirst(), ours);
        } catch (IOException e) {
            return new ProcessorTime(0, 0, 0, 0);
        }
    }

    /** What the first line of the kernel's file says. */
    static ProcessorTime parse(String line, long ours) {
        List<String> words = List.of(line.strip().split("\\s+", -1));
        long total = 0;
        long used = 0;
        for (int i = USER; i <= STOLEN; i++) {
            long ticks = Long.parseLong(words.get(i));
            total += ticks;
            // Interrupts come with whoever asked for them, and that is not told.
            used += i <= SYSTEM_TIME ? ticks : 0;
        }
        return new ProcessorTime(total, used, Long.parseLong(words.get(STOLEN)), ours);
    }

    /** What a process used, and those of its children that ended; 0 if it is gone. */
    private static long ofProcess(long pid) {
        try {
            return ofProcess(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
        } catch (IOException e) {
            return 0;
        }
    }

    /** What the line of a process says. */
    static long ofProcess(String line) {
        // The name is in brackets and may hold anything.
        String[] words = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", -1);
        long ticks = 0;
        for (int i = OWN_USER; i < CHILDREN_SYSTEM; i++) {
            ticks += Long.parseLong(words[i - 1]);
        }
        return ticks;
    }

    /** The part of all processor time since then that went to others, or to the machine around. */
    double lostSince(ProcessorTime then) {
        long passed = total - then.total;
        if (passed <= 0) {
            return 0;
        }
        long others = Math.max(0, (used - then.used) - (ours - then.ours));
        return (double) (others + stolen - then.stolen) / passed;
    }
}
