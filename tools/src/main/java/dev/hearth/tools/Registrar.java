package dev.hearth.tools;

import dev.hearth.codec.Compression;
import dev.hearth.store.Batch;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Registers the tensors of a plan in a namespace, in one batch; reads none of them. */
final class Registrar {
    private final ImportPlan plan;
    private final PutOptions options;

    Registrar(ImportPlan plan, PutOptions options) {
        this.plan = plan;
        this.options = options;
    }

    /**
     * What came of it.
     *
     * @param namespace    where the names are
     * @param version      the commit that registered them
     * @param names        how many
     * @param logicalBytes what their values come to
     */
    record Result(Fingerprint namespace, long version, long names, long logicalBytes) {}

    /** Registers everything; entries there are under these names go, so that the next use reads these files. */
    Result into(Hearth hearth, Fingerprint fingerprint) throws IOException {
        Map<String, TensorInfo> tensors = tensors();
        try (Batch batch = hearth.batch(fingerprint)) {
            Optional<Namespace> there = hearth.findNamespace(fingerprint);
            Registration before = Registration.NONE;
            if (there.isPresent()) {
                before = Registration.of(there.get());
                for (String name : tensors.keySet()) {
                    MemorySegment key = TensorNames.key(name);
                    if (there.get().contains(key)) {
                        batch.remove(key);
                    }
                }
            }
            put(batch, before.with(source(tensors)));
            byte[] metadata = plan.metadata();
            if (metadata.length > 0) {
                batch.put(TensorNames.metadataKey(), MemorySegment.ofArray(metadata), json(options));
            }
            plan.models().requireUnchanged();
            long version = batch.commit();
            return new Result(fingerprint, version, tensors.size(),
                    tensors.values().stream().mapToLong(TensorInfo::byteSize).sum());
        }
    }

    /** Takes names that are put otherwise, or removed, out of what is registered, if they are in it. */
    static void unregister(Namespace namespace, Batch batch, Set<String> names) throws IOException {
        Registration before = Registration.of(namespace);
        if (before.tensors().anyMatch(tensor -> names.contains(tensor.name()))) {
            put(batch, before.without(names));
        }
    }

    private static void put(Batch batch, Registration registration) {
        if (registration.sources().isEmpty()) {
            batch.remove(TensorNames.registrationKey());
        } else {
            batch.put(TensorNames.registrationKey(), MemorySegment.ofArray(registration.bytes()),
                    json(PutOptions.of(dev.hearth.store.Kind.PARAMETER)));
        }
    }

    static PutOptions json(PutOptions options) {
        return options.storage(Storage.COMPACT).attributes(Map.of("contentType", "application/json"));
    }

    private Registration.Source source(Map<String, TensorInfo> tensors) throws IOException {
        Compression compression = options.compression();
        return new Registration.Source(plan.models().paths(), plan.models().fileStamps(), plan.models().structure(),
                plan.models().filter(), plan.conversion(), options.storage(), compression, tensors);
    }

    private Map<String, TensorInfo> tensors() {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        for (ImportPlan.Planned planned : plan.tensors()) {
            tensors.put(planned.stored().name(), planned.stored());
            if (planned.scales() != null) {
                tensors.put(planned.scales().name(), planned.scales());
            }
        }
        return tensors;
    }
}
