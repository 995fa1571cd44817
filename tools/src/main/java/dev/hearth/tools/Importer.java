package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.Batch;
import dev.hearth.store.EntryInfo;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.TensorSpec;
import dev.hearth.store.ValueSource;
import dev.hearth.tools.convert.Conversion;
import dev.hearth.tools.convert.ConversionError;
import dev.hearth.tools.convert.ConvertedValue;
import dev.hearth.tools.convert.RowScales;
import dev.hearth.tools.model.ModelTensor;
import dev.hearth.tools.model.TensorContents;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts what a plan says into a namespace: one batch, one version. One thread, for one import. */
final class Importer {
    private final ImportPlan plan;
    private final PutOptions options;
    private final Progress progress;
    private final Map<DType, Totals> totals = new EnumMap<>(DType.class);
    private final List<Converted> converted = new ArrayList<>();
    private long doneBytes;

    /**
     * An import.
     *
     * @param options how tensors are put; type, shape and attributes are theirs
     */
    Importer(ImportPlan plan, PutOptions options, Progress progress) {
        this.plan = plan;
        this.options = options;
        this.progress = progress;
    }

    /** What the tensors of one type come to, and how long it took to write them. */
    static final class Totals {
        private long tensors;
        private long logicalBytes;
        private long storedBytes;
        private long nanos;

        long tensors() {
            return tensors;
        }

        long logicalBytes() {
            return logicalBytes;
        }

        long storedBytes() {
            return storedBytes;
        }

        long nanos() {
            return nanos;
        }
    }

    /**
     * What came of a tensor that was to be converted.
     *
     * @param before what it was in its file
     * @param after  what it is in the store; as before, if it has what the wanted type cannot say
     * @param error  how far the two are apart
     */
    record Converted(TensorInfo before, TensorInfo after, ConversionError error) {}

    /**
     * What came of an import.
     *
     * @param namespace     where the tensors are
     * @param version       the commit that made them visible
     * @param nanos         from the first byte read until the commit
     * @param metadataBytes bytes of the files' metadata
     * @param totals        by element type
     * @param converted     the tensors that were to be converted
     */
    record Result(Fingerprint namespace, long version, long nanos, long metadataBytes, Map<DType, Totals> totals,
            List<Converted> converted) {
        long tensors() {
            return totals.values().stream().mapToLong(Totals::tensors).sum();
        }

        long logicalBytes() {
            return totals.values().stream().mapToLong(Totals::logicalBytes).sum();
        }

        long storedBytes() {
            return totals.values().stream().mapToLong(Totals::storedBytes).sum();
        }
    }

    /**
     * Imports everything, or leaves the store as it was: a namespace that is new is defined by the commit.
     *
     * @throws IOException if the model's files cannot be read to their end or changed meanwhile
     */
    Result into(Hearth hearth, Fingerprint fingerprint) throws IOException {
        long startNanos = System.nanoTime();
        byte[] metadata = plan.metadata();
        try (Batch batch = hearth.batch(fingerprint)) {
            for (ImportPlan.Planned tensor : plan.tensors()) {
                put(batch, tensor);
            }
            if (metadata.length > 0) {
                batch.group();
                batch.put(TensorNames.metadataKey(), MemorySegment.ofArray(metadata), Registrar.json(options));
            }
            Optional<Namespace> there = hearth.findNamespace(fingerprint);
            if (there.isPresent()) {
                Registrar.unregister(there.get(), batch, plan.names());
            }
            plan.models().requireUnchanged();
            long version = batch.commit();
            long nanos = System.nanoTime() - startNanos;
            hearth.findNamespace(fingerprint).ifPresent(namespace -> addStoredBytes(namespace, version));
            return new Result(fingerprint, version, nanos, metadata.length, totals, converted);
        }
    }

    private void put(Batch batch, ImportPlan.Planned planned) throws IOException {
        ModelTensor tensor = planned.item().tensor();
        Conversion conversion = plan.conversion();
        if (conversion == null || !planned.isConverted()) {
            put(batch, planned.item().info(), inOrder(counted(tensor)));
        } else if (planned.scales() == null) {
            convert(batch, planned, conversion, null);
        } else {
            Optional<RowScales> scales = RowScales.of(planned.item().info(), tensor);
            if (scales.isPresent()) {
                convert(batch, planned, conversion, scales.get());
                MemorySegment bytes = scales.get().bytes();
                put(batch, planned.scales(),
                        inOrder((offset, target) -> target.copyFrom(bytes.asSlice(offset, target.byteSize()))));
            } else {
                put(batch, planned.item().info(), inOrder(counted(tensor)));
                converted.add(new Converted(planned.item().info(), planned.item().info(), new ConversionError()));
            }
        }
    }

    private void convert(Batch batch, ImportPlan.Planned planned, Conversion conversion, @Nullable RowScales scales)
            throws IOException {
        TensorInfo before = planned.item().info();
        ConvertedValue value =
                new ConvertedValue(before.dtype(), counted(planned.item().tensor()), conversion, scales);
        put(batch, planned.stored(), value);
        converted.add(new Converted(before, planned.stored(), value.error()));
    }

    private void put(Batch batch, TensorInfo info, ValueSource source) throws IOException {
        long startNanos = System.nanoTime();
        batch.group(TensorGroups.keys(info.name()));
        batch.put(TensorNames.key(info.name()), info.byteSize(), source,
                options.spec(new TensorSpec(info.dtype(), info.shape())).attributes(info.attributes()));
        Totals total = totals.computeIfAbsent(info.dtype(), _ -> new Totals());
        total.tensors++;
        total.logicalBytes += info.byteSize();
        total.nanos += System.nanoTime() - startNanos;
    }

    private static ValueSource inOrder(TensorContents contents) {
        long[] offset = new long[1];
        return target -> {
            contents.read(offset[0], target);
            offset[0] += target.byteSize();
        };
    }

    private TensorContents counted(TensorContents contents) {
        return (offset, target) -> {
            contents.read(offset, target);
            doneBytes += target.byteSize();
            progress.at(doneBytes, plan.models().tensorBytes());
        };
    }

    private void addStoredBytes(Namespace namespace, long version) {
        try (Stream<EntryInfo> entries = namespace.entries()) {
            entries.filter(entry -> entry.version() == version && !TensorNames.isReserved(entry.key()))
                    .forEach(entry -> totals.computeIfAbsent(entry.spec().dtype(), _ -> new Totals()).storedBytes +=
                            entry.storedBytes());
        }
    }
}
