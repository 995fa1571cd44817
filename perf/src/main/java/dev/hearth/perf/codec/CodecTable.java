package dev.hearth.perf.codec;

import dev.hearth.codec.Crc32c;
import dev.hearth.codec.DType;
import dev.hearth.codec.PageCodecs;
import dev.hearth.perf.DocumentSection;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Prints what every level saves and costs on real data, beside peers, copying and the entropy limit, in one run.
 *
 * <p>Question: what share of the speed of {@code MemorySegment.copy} does decoding with CRC32C keep, and how much
 * smaller are pages? Pages of 64 KiB, one thread; encoded pages are spread over 256 MiB, so that they come from
 * memory, and are decoded into one hot, page-aligned target; so is the copy. Rounds of all contenders are interleaved
 * and the median is printed. Thread CPU time, not wall time, is measured, so that neighbours on the machine cost
 * less; ratios are the result.
 *
 * <p>Command: {@code perf/run codecs [--plain] [--rounds N] [--data PART-OF-NAME] [--write]}. It passes
 * {@code --add-modules jdk.incubator.vector}, with {@code --plain} it does not: then the plain path is measured. With
 * {@code --write} the table also replaces the one of the same path in {@code perf/RESULTS.md}.
 */
public final class CodecTable {
    private static final int PAGE_BYTES = 64 << 10;
    private static final long SPREAD_BYTES = 256L << 20;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final MemorySegment target;
    private final Crc32c crc = new Crc32c();
    private final int rounds;
    private final StringBuilder text = new StringBuilder();
    private long sink;

    private CodecTable(Arena arena, int rounds) {
        this.target = arena.allocate(2 * PAGE_BYTES, 4096);
        this.rounds = rounds;
    }

    /** {@code PERF-DIRECTORY [--rounds N] [--data PART] [--write]}. */
    public static void main(String[] args) throws IOException {
        int rounds = 11;
        String part = "";
        boolean write = false;
        for (int i = 1; i < args.length; i++) {
            switch (args[i]) {
                case "--rounds" -> rounds = Integer.parseInt(args[++i]);
                case "--data" -> part = args[++i];
                case "--write" -> write = true;
                default -> throw new IllegalArgumentException("unknown option=" + args[i]);
            }
        }
        if (write && !part.isEmpty()) {
            throw new IllegalArgumentException("--write takes all data, not those of --data " + part);
        }
        try (Arena arena = Arena.ofConfined()) {
            CodecTable table = new CodecTable(arena, rounds);
            table.start();
            for (CodecData data : CodecData.all(arena)) {
                if (data.name().contains(part)) {
                    table.measure(data);
                }
            }
            if (write) {
                Path document = Path.of(args[0], "RESULTS.md");
                Files.writeString(document, section().replace(Files.readString(document), table.text.toString()));
            }
            // What is printed cannot be left out by the compiler.
            System.out.println("\nsum of checksums " + table.sink);
        }
    }

    private static String path() {
        return PageCodecs.vectorImplementation().equals("plain") ? "plain" : "vector";
    }

    private static DocumentSection section() {
        return new DocumentSection(
                "<!-- codecs, " + path() + ": written by perf/run -->", "<!-- end of codecs, " + path() + " -->");
    }

    private void start() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        line("Command: `perf/run codecs%s --rounds %d`, %s.".formatted(path().equals("plain") ? " --plain" : "", rounds,
                LocalDate.now(ZoneOffset.UTC)));
        line("Transforms %s, LZ4 %s, pages of %d KiB, JDK %s.".formatted(PageCodecs.vectorImplementation(),
                PageCodecs.lz4Implementation(), PAGE_BYTES >> 10, System.getProperty("java.vm.version")));
        line(String.format(Locale.ROOT, "Load average %.1f on %d cores.%n", load,
                Runtime.getRuntime().availableProcessors()));
        line("| data | codec | size % | decode GB/s | share of copy % | encode GB/s |");
        line("|---|---|---|---|---|---|");
    }

    // To the screen as it comes, and kept for the document.
    private void line(String line) {
        System.out.println(line);
        System.out.flush();
        text.append(line).append('\n');
    }

    /** Encoded pages of one contender, spread over memory, and its rounds. */
    private static final class Run {
        final Peer peer;
        final MemorySegment encoded;
        final List<int[]> pages = new ArrayList<>();
        final double[] decode;
        final double[] encode;
        long rawBytes;
        long encodedBytes;

        Run(Peer peer, Arena arena, int rounds) {
            this.peer = peer;
            this.encoded = arena.allocate(SPREAD_BYTES + 2 * PAGE_BYTES, 4096);
            this.decode = new double[rounds];
            this.encode = new double[rounds];
        }
    }

    private void measure(CodecData data) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment raw = spread(data, arena);
            List<Run> runs = new ArrayList<>();
            for (Peer peer : Peer.all(PAGE_BYTES)) {
                Run run = new Run(peer, arena, rounds);
                encodeAll(data, run);
                check(data, run);
                runs.add(run);
            }
            double[] copy = new double[rounds];
            // The first rounds compile.
            for (int round = -3; round < rounds; round++) {
                int at = Math.max(0, round);
                copy[at] = copyAll(raw);
                for (Run run : runs) {
                    run.decode[at] = decodeAll(run);
                    run.encode[at] = encodeSome(data, run);
                }
            }
            print(data, median(copy), runs);
        }
    }

    private static MemorySegment spread(CodecData data, Arena arena) {
        MemorySegment raw = arena.allocate(SPREAD_BYTES, 4096);
        for (long at = 0; at < SPREAD_BYTES; at += PAGE_BYTES) {
            MemorySegment.copy(data.bytes(), at / PAGE_BYTES % pages(data) * PAGE_BYTES, raw, at, PAGE_BYTES);
        }
        return raw;
    }

    private static long pages(CodecData data) {
        return data.bytes().byteSize() / PAGE_BYTES;
    }

    private static MemorySegment page(CodecData data, long i) {
        return data.bytes().asSlice(i % pages(data) * PAGE_BYTES, PAGE_BYTES);
    }

    private void encodeAll(CodecData data, Run run) {
        long most = 4 * SPREAD_BYTES / PAGE_BYTES;
        int at = 0;
        for (long i = 0; i < most && at + PAGE_BYTES <= SPREAD_BYTES; i++) {
            if (i == 0) {
                run.peer.startValue(data.dtype());
            }
            boolean repeated = i >= pages(data);
            int[] before = repeated ? run.pages.get((int) (i - pages(data))) : new int[3];
            int length = repeated ? before[1] : run.peer.encode(page(data, i), target);
            MemorySegment.copy(repeated ? run.encoded : target, before[0], run.encoded, at, length);
            run.pages.add(new int[]{at, length, repeated ? before[2] : run.peer.codecId()});
            run.encodedBytes += length;
            run.rawBytes += PAGE_BYTES;
            at = (at + length + 63) & -64;
        }
    }

    private void check(CodecData data, Run run) {
        for (int i = 0; i < Math.min(pages(data), run.pages.size()); i++) {
            decode(run, run.pages.get(i));
            if (MemorySegment.mismatch(target, 0, PAGE_BYTES, page(data, i), 0, PAGE_BYTES) >= 0) {
                throw new IllegalStateException(run.peer.name() + " is wrong on " + data.name() + ", page " + i);
            }
        }
    }

    private void decode(Run run, int[] page) {
        MemorySegment hot = target.asSlice(0, PAGE_BYTES);
        if (page[2] == PageCodecs.RAW) {
            sink += crc.reset().updateCopying(run.encoded, page[0], hot, 0, PAGE_BYTES).value();
        } else {
            sink += crc.of(run.encoded, page[0], page[1]);
            run.peer.decode(page[2], run.encoded.asSlice(page[0], page[1]), hot);
        }
    }

    private double copyAll(MemorySegment raw) {
        long start = THREADS.getCurrentThreadCpuTime();
        for (long at = 0; at < SPREAD_BYTES; at += PAGE_BYTES) {
            MemorySegment.copy(raw, at, target, 0, PAGE_BYTES);
        }
        return (double) SPREAD_BYTES / (THREADS.getCurrentThreadCpuTime() - start);
    }

    private double decodeAll(Run run) {
        // Slow peers do not need all of it to be measured, only memory that is not in any cache.
        boolean slow = run.decode[0] > 0 && run.decode[0] < 1.5;
        int count = slow ? run.pages.size() / 16 : run.pages.size();
        long start = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < count; i++) {
            decode(run, run.pages.get(i));
        }
        return (double) count * PAGE_BYTES / (THREADS.getCurrentThreadCpuTime() - start);
    }

    private double encodeSome(CodecData data, Run run) {
        long count = Math.min(pages(data), 200);
        run.peer.startValue(data.dtype());
        long start = THREADS.getCurrentThreadCpuTime();
        for (long i = 0; i < count; i++) {
            sink += run.peer.encode(page(data, i), target);
        }
        return (double) count * PAGE_BYTES / (THREADS.getCurrentThreadCpuTime() - start);
    }

    private void print(CodecData data, double copy, List<Run> runs) {
        row(data.name(), "copy", 100, copy, copy, copy);
        line(String.format(Locale.ROOT, "| %s | order-0 entropy | %.2f | | | |", data.name(), entropy(data)));
        for (Run run : runs) {
            row(data.name(), run.peer.name(), 100.0 * run.encodedBytes / run.rawBytes, median(run.decode), copy,
                    median(run.encode));
        }
    }

    private void row(String data, String name, double size, double decode, double copy, double encode) {
        line(String.format(Locale.ROOT, "| %s | %s | %.2f | %.2f | %.0f | %.2f |", data, name, size, decode,
                100 * decode / copy, encode));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The size, in percent, that no code of single bytes of the elements goes below, page by page. */
    private static double entropy(CodecData data) {
        int size = data.dtype() == DType.UNTYPED ? 1 : data.dtype().bits() / 8;
        boolean isFloat = data.dtype() != DType.I8 && size > 1;
        ToDoubleFunction<int[]> bits = counts -> {
            double sum = 0;
            int total = Arrays.stream(counts).sum();
            for (int count : counts) {
                sum += count == 0 ? 0 : count * Math.log((double) total / count) / Math.log(2);
            }
            return sum;
        };
        double sum = 0;
        long step = Math.max(1, pages(data) / 64);
        long measured = 0;
        for (long i = 0; i < pages(data); i += step) {
            int[][] counts = new int[size][256];
            count(page(data, i), size, isFloat, counts);
            for (int[] plane : counts) {
                sum += bits.applyAsDouble(plane);
            }
            measured += PAGE_BYTES;
        }
        return 100 * sum / 8 / measured;
    }

    private static void count(MemorySegment page, int size, boolean rotated, int[][] counts) {
        for (int at = 0; at < PAGE_BYTES; at += size) {
            long element = 0;
            for (int b = size - 1; b >= 0; b--) {
                element = (element << 8) | (page.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at + b) & 0xFF);
            }
            if (rotated) {
                element = (element << 1) | (element >>> (8 * size - 1));
            }
            for (int b = 0; b < size; b++) {
                counts[b][(int) (element >>> (8 * b)) & 0xFF]++;
            }
        }
    }
}
