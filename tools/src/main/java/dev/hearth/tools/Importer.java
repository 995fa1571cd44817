package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.Batch;
import dev.hearth.store.EntryInfo;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.Keys;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import dev.hearth.store.Storage;
import dev.hearth.store.ValueSource;
import dev.hearth.tools.model.ModelTensor;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/** Puts the tensors of a model into a namespace: one batch, one version. One thread, for one import. */
final class Importer {
    private final ModelSet models;
    private final Storage storage;
    private final Progress progress;
    private final Map<DType, Totals> totals = new EnumMap<>(DType.class);
    private long doneBytes;

    Importer(ModelSet models, Storage storage, Progress progress) {
        this.models = models;
        this.storage = storage;
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
     * What came of an import.
     *
     * @param namespace where the tensors are
     * @param version   the commit that made them visible
     * @param nanos     from the first byte read until the commit
     * @param totals    by element type
     */
    record Result(Fingerprint namespace, long version, long nanos, Map<DType, Totals> totals) {
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
        try (Batch batch = hearth.batch(fingerprint)) {
            for (ModelTensor tensor : models.tensors()) {
                put(batch, tensor);
            }
            models.requireUnchanged();
            long version = batch.commit();
            long nanos = System.nanoTime() - startNanos;
            hearth.findNamespace(fingerprint).ifPresent(namespace -> addStoredBytes(namespace, version));
            return new Result(fingerprint, version, nanos, totals);
        }
    }

    private void put(Batch batch, ModelTensor tensor) throws IOException {
        long startNanos = System.nanoTime();
        batch.put(Keys.utf8(tensor.name()), tensor.byteSize(), source(tensor), ModelSet.options(tensor, storage));
        Totals total = totals.computeIfAbsent(tensor.dtype(), _ -> new Totals());
        total.tensors++;
        total.logicalBytes += tensor.byteSize();
        total.nanos += System.nanoTime() - startNanos;
    }

    private ValueSource source(ModelTensor tensor) {
        long[] offset = new long[1];
        return target -> {
            tensor.read(offset[0], target);
            offset[0] += target.byteSize();
            doneBytes += target.byteSize();
            progress.at(doneBytes, models.tensorBytes());
        };
    }

    private void addStoredBytes(Namespace namespace, long version) {
        try (Stream<EntryInfo> entries = namespace.entries()) {
            entries.filter(entry -> entry.version() == version)
                    .forEach(entry -> totals.computeIfAbsent(entry.spec().dtype(), _ -> new Totals()).storedBytes +=
                            entry
                                    .storedBytes());
        }
    }
}
