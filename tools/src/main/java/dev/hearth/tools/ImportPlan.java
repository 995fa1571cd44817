package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.Fingerprint;
import dev.hearth.tools.convert.Conversion;
import dev.hearth.tools.convert.RowScales;
import dev.hearth.tools.model.MetadataJson;
import dev.hearth.tools.model.TensorInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an import is going to put: tensors as they are or converted, scales beside them, and the files' metadata. */
final class ImportPlan {
    /** Attribute of a converted tensor: the type it had in its file. */
    static final String CONVERTED_FROM = "convertedFrom";
    /** Attribute of a tensor in eight bits: whether its scales are for {@code rows} or for the whole {@code tensor}. */
    static final String SCALES = "scales";
    private static final String CONVERSION_PART = "conversion";

    private final ModelSet models;
    private final @Nullable Conversion conversion;
    private final List<Planned> tensors = new ArrayList<>();
    private final byte[] metadata;

    /**
     * A tensor to be put.
     *
     * @param item   where it comes from
     * @param stored what it will be in the store
     * @param scales the tensor of its scales, which is put beside it; null if it needs none
     */
    record Planned(ModelSet.Item item, TensorInfo stored, @Nullable TensorInfo scales) {
        /** Whether its elements change. */
        boolean isConverted() {
            return stored.dtype() != item.info().dtype();
        }
    }

    private ImportPlan(ModelSet models, @Nullable Conversion conversion) {
        this.models = models;
        this.conversion = conversion;
        this.metadata = models.metadata().isEmpty() ? new byte[0] : MetadataJson.write(models.metadata());
    }

    /** The plan to put every tensor as it is. */
    static ImportPlan exact(ModelSet models) {
        return of(models, null);
    }

    /**
     * The plan with a conversion of floating-point tensors; null for none.
     *
     * @throws ToolFailure if scales would take the name of another tensor
     */
    static ImportPlan of(ModelSet models, @Nullable Conversion conversion) {
        ImportPlan plan = new ImportPlan(models, conversion);
        for (ModelSet.Item item : models.items()) {
            plan.tensors.add(plan.planned(item));
        }
        plan.requireFreeNames();
        return plan;
    }

    private Planned planned(ModelSet.Item item) {
        TensorInfo info = item.info();
        if (conversion == null || !conversion.converts(info.dtype())) {
            return new Planned(item, info, null);
        }
        Map<String, String> attributes = new HashMap<>(info.attributes());
        attributes.put(CONVERTED_FROM, info.dtype().name());
        TensorInfo scales = null;
        if (conversion == Conversion.INT8) {
            attributes.put(SCALES, RowScales.isByRow(info.shape()) ? "rows" : "tensor");
            scales = RowScales.info(info);
            ModelSet.requireKey(scales);
        }
        DType dtype = conversion.dtype();
        long bytes = info.byteSize() / (info.dtype().bits() / Byte.SIZE) * (dtype.bits() / Byte.SIZE);
        return new Planned(item, new TensorInfo(info.name(), dtype, info.shape(), bytes, attributes), scales);
    }

    private void requireFreeNames() {
        Set<String> names = new HashSet<>();
        tensors.forEach(tensor -> names.add(tensor.stored().name()));
        for (Planned tensor : tensors) {
            if (tensor.scales() != null && names.contains(tensor.scales().name())) {
                throw ToolFailure.usage("tensor=" + tensor.scales().name() + " has the name that the scales of "
                        + tensor.stored().name() + " need");
            }
        }
    }

    /** The files. */
    ModelSet models() {
        return models;
    }

    /** What floating-point tensors become; null if they stay. */
    @Nullable
    Conversion conversion() {
        return conversion;
    }

    /** What is put, in the order of the files. */
    List<Planned> tensors() {
        return List.copyOf(tensors);
    }

    /** The names of everything that is put, scales included. */
    Set<String> names() {
        Set<String> names = new HashSet<>();
        for (Planned tensor : tensors) {
            names.add(tensor.stored().name());
            if (tensor.scales() != null) {
                names.add(tensor.scales().name());
            }
        }
        return names;
    }

    /** The files' metadata as canonical JSON; of no bytes if they have none. */
    byte[] metadata() {
        return metadata.clone();
    }

    /** Bytes of everything that is put. */
    long logicalBytes() {
        long bytes = metadata.length;
        for (Planned tensor : tensors) {
            bytes = Math.addExact(bytes, tensor.stored().byteSize());
            bytes += tensor.scales() == null ? 0 : tensor.scales().byteSize();
        }
        return bytes;
    }

    /** A namespace with what the plan does to values: converted ones are no hit for who asks for exact ones. */
    Fingerprint fingerprint(Fingerprint exact) {
        return conversion == null ? exact : exact.with(CONVERSION_PART, conversion.part());
    }
}
