package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.tools.convert.ConversionError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What came of an import, for people or programs. */
final class ImportReport {
    private final Importer.Result result;

    ImportReport(Importer.Result result) {
        this.result = result;
    }

    void print(RootCommand root) {
        if (root.isJson()) {
            root.out().line(json().toString());
            return;
        }
        types().print(root.out());
        if (!result.converted().isEmpty()) {
            root.out().line("");
            errors().print(root.out());
            root.out().line("");
        }
        root.out().line("namespace " + TextTable.printable(result.namespace().display()));
        root.out().line("version " + result.version());
    }

    private TextTable types() {
        TextTable table = new TextTable("dtype", ">tensors", ">logicalBytes", ">storedBytes", ">rate");
        for (Map.Entry<DType, Importer.Totals> type : result.totals().entrySet()) {
            Importer.Totals total = type.getValue();
            table.row(type.getKey(), total.tensors(), total.logicalBytes(), total.storedBytes(),
                    Sizes.humanRate(total.logicalBytes(), total.nanos()));
        }
        return table.row("all", result.tensors(), result.logicalBytes(), result.storedBytes(),
                Sizes.humanRate(result.logicalBytes(), result.nanos()));
    }

    private TextTable errors() {
        TextTable table = new TextTable("tensor", "from", "to", ">elements", ">maxAbsError", ">meanAbsError",
                ">maxRelativeError", ">overflows", ">underflows", ">nonFinite");
        for (Importer.Converted tensor : result.converted()) {
            row(table, tensor.before().name(), tensor.before().dtype().name(), tensor.after().dtype().name(),
                    tensor.error());
        }
        row(table, "all", "", "", total());
        return table;
    }

    private static void row(TextTable table, String name, String from, String to, ConversionError error) {
        table.row(name, from, to, error.elements(), figure(error.maxAbs()), figure(error.meanAbs()),
                figure(error.maxRelative()), error.overflows(), error.underflows(), error.nonFinite());
    }

    private static String figure(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.3g", value);
    }

    private ConversionError total() {
        ConversionError total = new ConversionError();
        result.converted().forEach(tensor -> total.add(tensor.error()));
        return total;
    }

    private Json json() {
        List<Json> types = new ArrayList<>();
        result.totals().forEach((dtype, total) -> types.add(figures(new Json().put("dtype", dtype.name()),
                total.tensors(), total.logicalBytes(), total.storedBytes(), total.nanos())));
        Json json = new Json().put("namespace", result.namespace().display()).put("version", result.version());
        figures(json, result.tensors(), result.logicalBytes(), result.storedBytes(), result.nanos())
                .put("metadataBytes", result.metadataBytes()).put("dtypes", types);
        if (!result.converted().isEmpty()) {
            errors(json.put("converted", result.converted().stream().map(ImportReport::json).toList()), total());
        }
        return json;
    }

    private static Json json(Importer.Converted tensor) {
        return errors(new Json().put("name", tensor.before().name()).put("from", tensor.before().dtype().name())
                .put("to", tensor.after().dtype().name()), tensor.error());
    }

    private static Json errors(Json json, ConversionError error) {
        return json.put("elements", error.elements()).put("maxAbsError", error.maxAbs())
                .put("meanAbsError", error.meanAbs()).put("maxRelativeError", error.maxRelative())
                .put("overflows", error.overflows()).put("underflows", error.underflows())
                .put("nonFinite", error.nonFinite());
    }

    private static Json figures(Json json, long tensors, long logicalBytes, long storedBytes, long nanos) {
        return json.put("tensors", tensors).put("logicalBytes", logicalBytes).put("storedBytes", storedBytes)
                .put("durationNanos", nanos).put("bytesPerSecond", Math.round(Sizes.rate(logicalBytes, nanos)));
    }
}
