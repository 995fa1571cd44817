package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.Kind;
import dev.hearth.store.SegmentInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code heatmap}: draws what lies where in the data file, and how much of it is used. */
@Command(description = {"Draw the segments of the data file: what is in them, how full they are, how much is used."})
final class HeatmapCommand implements Callable<Integer> {
    private static final int SEGMENTS_A_LINE = 64;
    private final RootCommand root;

    HeatmapCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        List<SegmentInfo> segments;
        long segmentBytes;
        try (Hearth hearth = root.attachReadOnly()) {
            segments = hearth.segments();
            segmentBytes = hearth.stats().segmentBytes();
        }
        if (root.isJson()) {
            segments.forEach(segment -> root.out().line(json(segment, segmentBytes).toString()));
        } else {
            draw(segments);
            summary(segments, segmentBytes);
        }
        return ExitCode.DONE;
    }

    private void draw(List<SegmentInfo> segments) {
        StringBuilder map = new StringBuilder();
        for (SegmentInfo segment : segments) {
            // Without a mark only segments that hold something are known.
            map.append(".".repeat(Math.max(0, segment.segment() - map.length())));
            map.append(glyph(segment)).append("=".repeat(segment.run() - 1));
        }
        for (int from = 0; from < map.length(); from += SEGMENTS_A_LINE) {
            root.out().line(String.format(Locale.ROOT, "%8d  %s", from,
                    map.substring(from, Math.min(map.length(), from + SEGMENTS_A_LINE))));
        }
        root.out().line("");
        root.out().line(". free   P parameters   0-9 activations, tenths of their entries that were used   = run goes"
                + " on   ~ in between   ! damaged");
        root.out().line("");
    }

    private static char glyph(SegmentInfo segment) {
        return switch (segment.state()) {
            case "free" -> '.';
            case "damaged" -> '!';
            case "claimed", "released" -> '~';
            default -> segment.kind() == Kind.PARAMETER ? 'P' : (char) ('0' + Math.min(9, tenths(segment)));
        };
    }

    private static int tenths(SegmentInfo segment) {
        return segment.entries() == 0 ? 0 : (int) (segment.usedEntries() * 10 / segment.entries());
    }

    private void summary(List<SegmentInfo> segments, long segmentBytes) {
        TextTable table = new TextTable("kind", ">segments", ">bytes", ">given", ">stored", ">entries", ">used");
        for (String kind : List.of("parameter", "activation", "none")) {
            List<SegmentInfo> own = new ArrayList<>(segments);
            own.removeIf(segment -> !kind(segment).equals(kind));
            long run = own.stream().mapToLong(SegmentInfo::run).sum();
            table.row(kind, run, run * segmentBytes, own.stream().mapToLong(SegmentInfo::givenBytes).sum(),
                    own.stream().mapToLong(SegmentInfo::storedBytes).sum(),
                    own.stream().mapToLong(SegmentInfo::entries).sum(),
                    own.stream().mapToLong(SegmentInfo::usedEntries).sum());
        }
        table.print(root.out());
    }

    private static String kind(SegmentInfo segment) {
        Kind kind = segment.kind();
        return kind == null ? "none" : Words.of(kind);
    }

    private static Json json(SegmentInfo segment, long segmentBytes) {
        long bytes = segment.run() * segmentBytes;
        return new Json().put("segment", segment.segment()).put("run", segment.run()).put("state", segment.state())
                .put("kind", kind(segment)).put("generation", segment.generation()).put("bytes", bytes)
                .put("givenBytes", segment.givenBytes()).put("storedBytes", segment.storedBytes())
                .put("entries", segment.entries()).put("usedEntries", segment.usedEntries())
                .put("fill", bytes == 0 ? 0 : (double) segment.storedBytes() / bytes)
                .put("heat", segment.entries() == 0 ? 0 : (double) segment.usedEntries() / segment.entries());
    }
}
