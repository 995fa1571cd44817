package dev.hearth.perf.codec;

import dev.hearth.codec.AloneEncoder;
import dev.hearth.codec.Compression;
import dev.hearth.codec.PageCodecs;
import dev.hearth.codec.PageEncoder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Prints what it costs to find the codec that suits each page, beside that codec alone.
 *
 * <p>Question: how much longer does {@link PageEncoder} take for pages than the codecs it chose for them would have
 * taken, had they been known? On real data and on seeded data of kinds that nothing was tuned on, with and without
 * their type. Rounds of both are interleaved; medians of thread CPU time. A raw page alone is a copy.
 *
 * <p>Command: {@code perf/run chooser [--rounds N] [--data PART-OF-NAME]}.
 */
public final class ChooserTable {
    private static final int PAGE_BYTES = 64 << 10;
    private static final int MOST_PAGES = 128;
    private static final int WARM_UP = 6;
    private static final java.lang.management.ThreadMXBean THREADS =
            java.lang.management.ManagementFactory.getThreadMXBean();

    private final MemorySegment target;
    private final int rounds;

    private ChooserTable(Arena arena, int rounds) {
        this.target = arena.allocate(2 * PAGE_BYTES, 4096);
        this.rounds = rounds;
    }

    public static void main(String[] args) {
        int rounds = 11;
        String part = "";
        for (int i = 0; i + 1 < args.length; i += 2) {
            switch (args[i]) {
                case "--rounds" -> rounds = Integer.parseInt(args[i + 1]);
                case "--data" -> part = args[i + 1];
                default -> throw new IllegalArgumentException("unknown option=" + args[i]);
            }
        }
        System.out.printf("transforms %s, LZ4 %s, pages of %d KiB, %d rounds%n%n",
                PageCodecs.vectorImplementation(), PageCodecs.lz4Implementation(), PAGE_BYTES >> 10, rounds);
        System.out.println("| data | level | chosen | size % | encode GB/s | alone GB/s | slower % |");
        System.out.println("|---|---|---|---|---|---|---|");
        try (Arena arena = Arena.ofConfined()) {
            ChooserTable table = new ChooserTable(arena, rounds);
            List<CodecData> all = new ArrayList<>(CodecData.all(arena));
            all.addAll(SyntheticData.all(arena));
            for (CodecData data : all) {
                if (data.name().contains(part)) {
                    table.measure(data);
                    table.measure(SyntheticData.untyped(data));
                }
            }
        }
    }

    private void measure(CodecData data) {
        for (Compression level : List.of(Compression.FAST, Compression.BALANCED, Compression.SMALL)) {
            List<MemorySegment> pages = pages(data);
            PageEncoder encoder = PageEncoder.create(level, data.dtype(), PAGE_BYTES);
            AloneEncoder alone = new AloneEncoder(level, PAGE_BYTES);
            int[] chosen = new int[pages.size()];
            long bytes = 0;
            for (int i = 0; i < chosen.length; i++) {
                bytes += encoder.encode(pages.get(i), target);
                chosen[i] = encoder.codecId();
            }
            double[] choosing = new double[rounds];
            double[] known = new double[rounds];
            for (int round = -WARM_UP; round < rounds; round++) {
                int at = Math.max(0, round);
                choosing[at] = choose(data, encoder, pages);
                known[at] = encode(data, alone, chosen, pages);
            }
            double ours = median(choosing);
            double theirs = median(known);
            System.out.printf(Locale.ROOT, "| %s | %s | %s | %.1f | %.2f | %.2f | %.0f |%n", data.name(), level,
                    names(chosen), 100.0 * bytes / PAGE_BYTES / chosen.length, ours, theirs,
                    100 * (theirs / ours - 1));
        }
    }

    private static List<MemorySegment> pages(CodecData data) {
        long all = data.bytes().byteSize() / PAGE_BYTES;
        List<MemorySegment> pages = new ArrayList<>();
        for (long i = 0; i < Math.min(all, MOST_PAGES); i++) {
            pages.add(data.bytes().asSlice(i * PAGE_BYTES, PAGE_BYTES));
        }
        return pages;
    }

    private double choose(CodecData data, PageEncoder encoder, List<MemorySegment> pages) {
        long start = THREADS.getCurrentThreadCpuTime();
        for (int value = 0; value < values(pages); value++) {
            encoder.startValue(data.dtype());
            for (MemorySegment page : pages) {
                encoder.encode(page, target);
                if (encoder.codecId() == PageCodecs.RAW) {
                    MemorySegment.copy(page, 0, target, 0, PAGE_BYTES);
                }
            }
        }
        return speed(pages, start);
    }

    private double encode(CodecData data, AloneEncoder alone, int[] chosen, List<MemorySegment> pages) {
        alone.startValue(data.dtype(), pages.getFirst());
        long start = THREADS.getCurrentThreadCpuTime();
        for (int value = 0; value < values(pages); value++) {
            for (int i = 0; i < chosen.length; i++) {
                alone.encode(chosen[i], pages.get(i), target);
            }
        }
        return speed(pages, start);
    }

    // Short values are encoded several times, so that all that choosing asks for is compiled.
    private static int values(List<MemorySegment> pages) {
        return MOST_PAGES / pages.size();
    }

    private static double speed(List<MemorySegment> pages, long start) {
        return (double) values(pages) * pages.size() * PAGE_BYTES / (THREADS.getCurrentThreadCpuTime() - start);
    }

    private static String names(int[] chosen) {
        StringBuilder names = new StringBuilder();
        for (int id = PageCodecs.RAW; id <= PageCodecs.TENSOR_SMALL; id++) {
            int codec = id;
            long count = Arrays.stream(chosen).filter(c -> c == codec).count();
            if (count > 0) {
                names.append(names.isEmpty() ? "" : ", ").append(PageCodecs.byId(id).codecName());
                names.append(count < chosen.length ? " " + count : "");
            }
        }
        return names.toString();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
