package dev.hearth.tools;

import dev.hearth.tools.model.TensorInfo;
import java.util.ArrayList;
import java.util.List;

/** What an import would put, for people or programs. */
final class ImportListing {
    private final ImportPlan plan;

    ImportListing(ImportPlan plan) {
        this.plan = plan;
    }

    void print(RootCommand root) {
        List<TensorInfo> tensors = new ArrayList<>();
        for (ImportPlan.Planned planned : plan.tensors()) {
            tensors.add(planned.stored());
            if (planned.scales() != null) {
                tensors.add(planned.scales());
            }
        }
        long bytes = tensors.stream().mapToLong(TensorInfo::byteSize).sum();
        if (root.isJson()) {
            root.out().line(new Json().put("dryRun", true).put("tensors", tensors.size()).put("logicalBytes", bytes)
                    .put("metadataBytes", plan.metadata().length)
                    .put("list", tensors.stream().map(ImportListing::json).toList()).toString());
            return;
        }
        TextTable table = new TextTable("tensor", "dtype", "from", "shape", ">logicalBytes");
        for (TensorInfo tensor : tensors) {
            table.row(tensor.name(), type(tensor), from(tensor), new Shape(tensor.shape()), tensor.byteSize());
        }
        table.row("all " + tensors.size(), "", "", "", bytes);
        table.print(root.out());
    }

    private static String type(TensorInfo tensor) {
        String block = tensor.attributes().get(TensorInfo.TYPE);
        return block == null ? tensor.dtype().name() : tensor.dtype() + " " + block;
    }

    private static String from(TensorInfo tensor) {
        return tensor.attributes().getOrDefault(ImportPlan.CONVERTED_FROM, "-");
    }

    private static Json json(TensorInfo tensor) {
        return new Json().put("name", tensor.name()).put("dtype", tensor.dtype().name()).put("shape", tensor.shape())
                .put("logicalBytes", tensor.byteSize()).put("attributes", new java.util.TreeMap<>(tensor.attributes()));
    }
}
