package dev.hearth.perf;

import dev.hearth.codec.DType;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.TensorSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * What a second reading process costs and brings: {@code perf/run sharing [VALUES [ROUNDS [SECONDS]]]}.
 *
 * <p>
 * Values of 64 KiB on tmpfs, raw and encoded, are read at random by one process and by two at once, in turns, beside
 * {@code MemorySegment.copy} of as many bytes of a mapped file. Printed are rates, how each grows from one process to
 * two, and that growth as a share of what copying shows. Then the encoded values are leased, all of them, by one
 * process, by two and by three: decoded pages and memory of all processes (proportional set size) show what a further
 * process adds.
 */
public final class SharingTimings {
    private static final int VALUE_BYTES = 64 << 10;
    private static final int BATCH = 64;
    private static final long WARM_UP_NS = 10_000_000_000L;

    private SharingTimings() {}

    /** What a process does. */
    private enum Mode {
        COPY, RAW, ENCODED, LEASE
    }

    /** Runs the comparison; or, with a mode in front, one process of it. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && !Character.isDigit(arguments[0].charAt(0))) {
            work(Mode.valueOf(arguments[0]), Path.of(arguments[1]), Integer.parseInt(arguments[2]),
                    Double.parseDouble(arguments[3]));
            return;
        }
        int values = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 11;
        double seconds = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 1;
        try (TemporaryDirectory temporary = TemporaryDirectory.inMemory(6L * values * VALUE_BYTES)) {
            Path directory = temporary.path();
            fill(directory, values);
            rates(directory, values, rounds, seconds);
            memory(directory, values);
        }
    }

    private static HearthOptions options(int values) {
        long bytes = (long) values * VALUE_BYTES;
        return HearthOptions.defaults().capacityBytes(Math.max(64L << 20, 3 * bytes)).frameBytes(2 * bytes);
    }

    private static Namespace namespace(Hearth hearth) {
        return hearth.namespace(Fingerprint.of("sharing"));
    }

    private static MemorySegment key(Mode mode, int value) {
        return Keys.utf8(mode + " " + value);
    }

    /** Values of bf16 numbers as weights have them, each with its number in front. */
    private static void fill(Path directory, int values) throws IOException {
        try (Arena arena = Arena.ofConfined();
                Hearth hearth = Hearth.open(directory.resolve("store"), options(values))) {
            Namespace namespace = namespace(hearth);
            MemorySegment value = arena.allocate(VALUE_BYTES, 4096);
            SplittableRandom random = new SplittableRandom(1);
            Path file = directory.resolve("file");
            try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE)) {
                for (int i = 0; i < values; i++) {
                    for (long at = 0; at < VALUE_BYTES; at += 2) {
                        int bits = Float.floatToRawIntBits((float) (random.nextGaussian() * 0.05));
                        value.set(ValueLayout.JAVA_SHORT, at, (short) (bits >>> 16));
                    }
                    value.set(ValueLayout.JAVA_INT, 0, i);
                    TensorSpec spec = TensorSpec.of(DType.BF16, VALUE_BYTES / 2);
                    namespace.put(key(Mode.RAW, i), value, PutOptions.of(Kind.PARAMETER).spec(spec));
                    namespace.put(key(Mode.ENCODED, i), value,
                            PutOptions.of(Kind.PARAMETER).storage(Storage.COMPACT).spec(spec));
                    int written = channel.write(value.asByteBuffer());
                    if (written != VALUE_BYTES) {
                        throw new IOException("written=" + written);
                    }
                }
            }
        }
    }

    private static void rates(Path directory, int values, int rounds, double seconds) throws IOException {
        Mode[] modes = {Mode.COPY, Mode.RAW, Mode.ENCODED};
        double[][] one = new double[modes.length][rounds];
        double[][] two = new double[modes.length][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int mode = 0; mode < modes.length; mode++) {
                one[mode][round] = together(modes[mode], 1, directory, values, seconds);
                two[mode][round] = together(modes[mode], 2, directory, values, seconds);
            }
        }
        double copyGrowth = median(two[0]) / median(one[0]);
        for (int mode = 0; mode < modes.length; mode++) {
            double growth = median(two[mode]) / median(one[mode]);
            System.out.printf(Locale.ROOT,
                    "%s: oneProcessGBs=%.2f twoProcessesGBs=%.2f growth=%.2f shareOfCopyGrowth=%.2f%n",
                    modes[mode].name().toLowerCase(Locale.ROOT), median(one[mode]), median(two[mode]), growth,
                    growth / copyGrowth);
        }
    }

    private static double median(double[] of) {
        double[] sorted = of.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Rate in GB/s of so many processes at once. */
    private static double together(Mode mode, int processes, Path directory, int values, double seconds)
            throws IOException {
        double sum = 0;
        for (String answer : run(mode, processes, directory, values, seconds, () -> {})) {
            sum += Double.parseDouble(answer);
        }
        return sum;
    }

    /** What is done while all processes have what they read. */
    private interface Meanwhile {
        void look() throws IOException;
    }

    private static List<String> run(Mode mode, int processes, Path directory, int values, double seconds,
            Meanwhile meanwhile) throws IOException {
        List<Process> started = new ArrayList<>();
        List<BufferedReader> outputs = new ArrayList<>();
        try {
            for (int i = 0; i < processes; i++) {
                Process process = new ProcessBuilder(command(mode, directory, values, seconds))
                        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
                started.add(process);
                outputs.add(new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
            }
            // All are warm before any begins, so that they run at once.
            for (BufferedReader output : outputs) {
                expect("ready", output.readLine());
            }
            for (Process process : started) {
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
            }
            List<String> answers = new ArrayList<>();
            for (BufferedReader output : outputs) {
                answers.add(output.readLine());
            }
            meanwhile.look();
            for (Process process : started) {
                process.getOutputStream().close();
                expect("0", Integer.toString(process.waitFor()));
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            started.forEach(Process::destroyForcibly);
        }
    }

    private static void expect(String expected, String actual) throws IOException {
        if (!expected.equals(actual)) {
            throw new IOException("expected=" + expected + " actual=" + actual);
        }
    }

    private static List<String> command(Mode mode, Path directory, int values, double seconds) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SharingTimings.class.getName(),
                mode.name(), directory.toString(), Integer.toString(values), Double.toString(seconds)));
        return command;
    }

    private static void work(Mode mode, Path directory, int values, double seconds) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            if (mode == Mode.COPY) {
                try (var channel = FileChannel.open(directory.resolve("file"))) {
                    MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0,
                            channel.size(), arena);
                    measure(values, seconds, arena, (value, target) -> MemorySegment.copy(file,
                            (long) value * VALUE_BYTES, target, 0, VALUE_BYTES));
                }
                return;
            }
            try (Hearth hearth = Hearth.open(directory.resolve("store"), options(values))) {
                Namespace namespace = namespace(hearth);
                MemorySegment[] keys = new MemorySegment[values];
                Mode kind = mode == Mode.RAW ? Mode.RAW : Mode.ENCODED;
                Arrays.setAll(keys, value -> key(kind, value));
                if (mode == Mode.LEASE) {
                    leaseAll(hearth, namespace, keys);
                } else {
                    measure(values, seconds, arena, (value, target) -> {
                        if (namespace.read(keys[value], 0, target) != VALUE_BYTES) {
                            throw new IllegalStateException("absent: value=" + value);
                        }
                    });
                }
            }
        }
    }

    /** Copies a value. */
    private interface Reading {
        void read(int value, MemorySegment target);
    }

    private static void measure(int values, double seconds, Arena arena, Reading reading) throws IOException {
        MemorySegment target = arena.allocate(VALUE_BYTES, 4096);
        // Two processes leave no processor to their compilers while they are measured.
        long warmUntilNs = System.nanoTime() + WARM_UP_NS;
        for (int value = 0; value < values || System.nanoTime() < warmUntilNs; value++) {
            read(reading, value % values, target);
        }
        SplittableRandom random = new SplittableRandom(ProcessHandle.current().pid());
        signal("ready");
        long startNs = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - startNs < seconds * 1e9) {
            for (int i = 0; i < BATCH; i++) {
                read(reading, random.nextInt(values), target);
            }
            count += BATCH;
        }
        double gbs = (double) count * VALUE_BYTES / (System.nanoTime() - startNs);
        signal(Double.toString(gbs));
    }

    private static void read(Reading reading, int value, MemorySegment target) {
        reading.read(value, target);
        if (target.get(ValueLayout.JAVA_INT, 0) != value) {
            throw new IllegalStateException("expected=" + value + " actual=" + target.get(ValueLayout.JAVA_INT, 0));
        }
    }

    /** Says something to the process that measures, and waits for its answer. */
    private static void signal(String text) throws IOException {
        System.out.println(text);
        System.out.flush();
        int answer = System.in.read();
        if (answer >= 0 && answer != '\n') {
            throw new IOException("answer=" + answer);
        }
    }

    private static void leaseAll(Hearth hearth, Namespace namespace, MemorySegment[] keys) throws IOException {
        signal("ready");
        Lease lease = hearth.newLease();
        long sum = 0;
        for (MemorySegment key : keys) {
            if (!namespace.get(key, lease)) {
                throw new IllegalStateException("absent");
            }
            MemorySegment bytes = lease.segment();
            for (long at = 0; at < bytes.byteSize(); at += 4096) {
                sum += bytes.get(ValueLayout.JAVA_BYTE, at);
            }
            lease.close();
        }
        signal("read " + sum);
    }

    private static void memory(Path directory, int values) throws IOException {
        long decodedBytes = (long) values * VALUE_BYTES;
        try (Hearth hearth = Hearth.open(directory.resolve("store"), options(values))) {
            long[] pss = new long[3];
            for (int processes = 1; processes <= pss.length; processes++) {
                long decodedBefore = hearth.stats().counter("pagesDecoded");
                int index = processes - 1;
                var before = processHandles();
                run(Mode.LEASE, processes, directory, values, 0,
                        () -> pss[index] = LongStream.of(processHandles()).filter(pid -> !contains(before, pid))
                                .map(pid -> proportionalBytes(pid, directory)).sum());
                System.out.printf(Locale.ROOT, "lease: processes=%d pssMiB=%d pagesDecoded=%d of %d%n", processes,
                        pss[index] >> 20, hearth.stats().counter("pagesDecoded") - decodedBefore, values);
            }
            for (int further = 1; further < pss.length; further++) {
                System.out.printf(Locale.ROOT, "lease: process %d adds %.1f MiB, that is %.1f %% of what it reads%n",
                        further + 1, (pss[further] - pss[further - 1]) / (double) (1 << 20),
                        100.0 * (pss[further] - pss[further - 1]) / decodedBytes);
            }
        }
    }

    private static long[] processHandles() {
        return ProcessHandle.current().children().mapToLong(ProcessHandle::pid).toArray();
    }

    private static boolean contains(long[] among, long pid) {
        return LongStream.of(among).anyMatch(one -> one == pid);
    }

    /** Memory of mapped files, without what the JVM itself takes: that is private and the same for any program. */
    private static long proportionalBytes(long pid, Path directory) {
        try {
            long bytes = 0;
            boolean ours = false;
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps"))) {
                if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                    ours = line.contains(directory.toString()) || line.contains("/dev/shm/hearth-");
                } else if (ours && line.startsWith("Pss:")) {
                    bytes += Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
