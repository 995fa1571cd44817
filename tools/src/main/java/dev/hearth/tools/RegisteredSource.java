package dev.hearth.tools;

import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.TensorSpec;
import dev.hearth.store.ValueSource;
import dev.hearth.tools.convert.Conversion;
import dev.hearth.tools.convert.ConvertedValue;
import dev.hearth.tools.convert.RowScales;
import dev.hearth.tools.model.ModelChangedException;
import dev.hearth.tools.model.TensorContents;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The open files of a source of registered tensors, checked to be those that were registered. Any thread until it is
 * closed.
 */
final class RegisteredSource implements AutoCloseable {
    private final Registration.Source source;
    private final ModelSet models;
    private final Map<String, ImportPlan.Planned> tensors = new HashMap<>();
    private final Map<String, ImportPlan.Planned> scales = new HashMap<>();

    private RegisteredSource(Registration.Source source, ModelSet models) {
        this.source = source;
        this.models = models;
        for (ImportPlan.Planned planned : ImportPlan.of(models, source.conversion()).tensors()) {
            tensors.put(planned.stored().name(), planned);
            if (planned.scales() != null) {
                scales.put(planned.scales().name(), planned);
            }
        }
    }

    /** Something else was registered while a tensor was read. */
    static final class RegisteredAnew extends IOException {
        private static final long serialVersionUID = 1;

        RegisteredAnew(String name) {
            super("registered anew again and again while it was read: tensor=" + name);
        }
    }

    /** A tensor has what eight bits cannot say, and is put as it is. */
    private static final class NotConvertible extends IOException {
        private static final long serialVersionUID = 1;
    }

    /**
     * Opens the files.
     *
     * @throws ModelChangedException if one is gone, was written to, or says something else than before
     * @throws IOException           if one cannot be read
     */
    static RegisteredSource open(Registration.Source source) throws IOException {
        requireSame(source);
        ModelSet models = null;
        try {
            models = ModelSet.open(source.models(), source.filter());
            String structure = models.structure();
            if (!structure.equals(source.structure())) {
                throw new ModelChangedException(source.models().getFirst(), "structure=" + source.structure(),
                        "structure=" + structure);
            }
            RegisteredSource opened = new RegisteredSource(source, models);
            models = null;
            return opened;
        } catch (ToolFailure e) {
            throw new ModelChangedException(source.models().getFirst(), "structure=" + source.structure(),
                    String.valueOf(e.getMessage()));
        } finally {
            if (models != null) {
                models.close();
            }
        }
    }

    private static void requireSame(Registration.Source source) throws IOException {
        for (FileStamp stamp : source.stamps()) {
            stamp.requireSame();
        }
    }

    /** Whether these are the files of a source. */
    boolean isOf(Registration.Source other) {
        return other.structure().equals(source.structure()) && other.stamps().equals(source.stamps())
                && other.models().equals(source.models()) && other.filter().globs().equals(source.filter().globs())
                && other.conversion() == source.conversion() && other.storage() == source.storage()
                && other.compression() == source.compression();
    }

    /**
     * Leases a tensor, which is put now if that did not happen yet; null if it is the scales of a tensor that was not
     * converted.
     *
     * @param isCurrent whether this is what is registered; asked behind the last byte, before the put becomes visible
     * @throws ModelChangedException if a file is not what it was any more; nothing was put
     * @throws RegisteredAnew        if {@code isCurrent} says no; nothing was put
     */
    @Nullable
    Lease lease(Namespace namespace, String name, Duration limit, BooleanSupplier isCurrent) throws IOException {
        Target target = new Target(namespace, limit, isCurrent);
        ImportPlan.Planned scaled = scales.get(name);
        if (scaled != null) {
            return leaseScales(target, scaled);
        }
        ImportPlan.Planned planned = tensors.get(name);
        if (planned == null) {
            throw new ModelChangedException(source.models().getFirst(), "tensor=" + name, "no such tensor");
        }
        try {
            return lease(target, planned.stored(), () -> value(planned));
        } catch (NotConvertible e) {
            return lease(target, planned.item().info(), () -> inOrder(planned.item().tensor()));
        }
    }

    /** Opens the bytes of a tensor. */
    private interface Opening {
        ValueSource open() throws IOException;
    }

    /** Where a tensor goes, how long others are waited for, and whether it should still go there. */
    private record Target(Namespace namespace, Duration limit, BooleanSupplier isCurrent) {}

    private Lease lease(Target target, TensorInfo info, Opening opening) throws IOException {
        return target.namespace.getOrCompute(TensorNames.key(info.name()), info.byteSize(),
                source.options().spec(new TensorSpec(info.dtype(), info.shape())).attributes(info.attributes()),
                target.limit,
                () -> {
                    requireSame(source);
                    return untilChanged(opening.open(), info, target.isCurrent);
                });
    }

    private @Nullable Lease leaseScales(Target target, ImportPlan.Planned planned) throws IOException {
        TensorInfo info = RowScales.info(planned.item().info());
        try {
            return lease(target, info, () -> {
                MemorySegment bytes = scales(planned).bytes();
                return inOrder((offset, part) -> part.copyFrom(bytes.asSlice(offset, part.byteSize())));
            });
        } catch (NotConvertible e) {
            return null;
        }
    }

    private ValueSource value(ImportPlan.Planned planned) throws IOException {
        Conversion conversion = source.conversion();
        if (conversion == null || !planned.isConverted()) {
            return inOrder(planned.item().tensor());
        }
        return new ConvertedValue(planned.item().info().dtype(), planned.item().tensor(), conversion,
                planned.scales() == null ? null : scales(planned));
    }

    private static RowScales scales(ImportPlan.Planned planned) throws IOException {
        Optional<RowScales> scales = RowScales.of(planned.item().info(), planned.item().tensor());
        if (scales.isEmpty()) {
            throw new NotConvertible();
        }
        return scales.get();
    }

    /** Looks at the files again behind the last byte, which comes before the put becomes visible. */
    private ValueSource untilChanged(ValueSource bytes, TensorInfo info, BooleanSupplier isCurrent) {
        long[] done = new long[1];
        return target -> {
            bytes.read(target);
            done[0] += target.byteSize();
            if (done[0] == info.byteSize()) {
                requireSame(source);
                if (!isCurrent.getAsBoolean()) {
                    throw new RegisteredAnew(info.name());
                }
            }
        };
    }

    private static ValueSource inOrder(TensorContents contents) {
        long[] offset = new long[1];
        return target -> {
            contents.read(offset[0], target);
            offset[0] += target.byteSize();
        };
    }

    @Override
    public void close() {
        models.close();
    }
}
