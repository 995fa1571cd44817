package dev.hearth.tools.worker;

import dev.hearth.store.Keys;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.tools.model.ModelTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The parameters of a model where they lie in a store, held until this is closed. Their leases are for all threads, as
 * a session's runs may be anybody's. One thread.
 */
final class LeasedParameters implements AutoCloseable {
    private final Namespace namespace;
    private final List<Lease> leases = new ArrayList<>();

    LeasedParameters(Namespace namespace) {
        this.namespace = namespace;
    }

    /**
     * The bytes of a parameter: the file's pages, shared by all processes, that neither move nor change.
     *
     * @throws IllegalStateException if there is none of this name, or it has another length
     */
    MemorySegment bytes(ModelTensor parameter) {
        Lease lease = namespace.getShared(Keys.utf8(parameter.name()));
        if (lease == null) {
            throw new IllegalStateException("no parameter=" + parameter.name());
        }
        leases.add(lease);
        if (lease.byteSize() != parameter.byteSize()) {
            throw new IllegalStateException("parameter=" + parameter.name() + " bytes=" + parameter.byteSize()
                    + " leased=" + lease.byteSize());
        }
        return lease.segment();
    }

    @Override
    public void close() {
        leases.forEach(Lease::close);
    }
}
