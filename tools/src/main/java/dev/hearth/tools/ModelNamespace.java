package dev.hearth.tools;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.tools.model.ModelChangedException;
import dev.hearth.tools.model.ModelFormatException;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A namespace into which models were imported lazily ({@code hearth import --lazy}): names that are registered, and
 * become entries at their first use.
 *
 * <p>A get of a name that is registered and no entry puts the whole tensor from its model file, through {@link
 * Namespace#getOrCompute}: once a host, whichever process asks first. A file that is gone or is not what it was when
 * its names were registered is a {@link ModelChangedException}, and nothing is put.
 *
 * <p>Any thread. Model files are opened when they are first needed and stay open until {@link #close}, which must not
 * be called while a get is running.
 */
public final class ModelNamespace implements AutoCloseable {
    private static final int MAX_ATTEMPTS = 8;

    private final Namespace namespace;
    private final List<RegisteredSource> open = new ArrayList<>();
    private Registration registration = Registration.NONE;
    private long registrationVersion;

    /** The registered names of a namespace; it stays its opener's. */
    public ModelNamespace(Namespace namespace) {
        this.namespace = namespace;
    }

    /** As {@link #get(MemorySegment, Duration)}, waiting {@link Namespace#COMPUTE_LIMIT} for others. */
    public @Nullable Lease get(MemorySegment key) throws IOException {
        return get(key, Namespace.COMPUTE_LIMIT);
    }

    /**
     * Leases the value of a key to the calling thread; null if it is neither an entry nor registered.
     *
     * @param limit how long others who read it from its file are waited for
     * @throws ModelChangedException if a model file is not what was registered: names it, what was expected and found
     * @throws ModelFormatException  if the registration is damaged
     * @throws IOException           if a model file cannot be read
     * @throws IllegalStateException if the value has to be put and the store is attached read-only
     */
    public @Nullable Lease get(MemorySegment key, Duration limit) throws IOException {
        Lease there = namespace.get(key);
        if (there != null) {
            return there;
        }
        String name = TensorNames.name(key);
        for (int attempt = 1;; attempt++) {
            long version = version();
            RegisteredSource source = source(name);
            try {
                return source == null
                        ? namespace.get(key)
                        : source.lease(namespace, name, limit, () -> version() == version);
            } catch (RegisteredSource.RegisteredAnew e) {
                if (attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Of the entry that says what is registered; 0 if there is none. */
    private long version() {
        return namespace.find(TensorNames.registrationKey()).map(EntryInfo::version).orElse(0L);
    }

    /** What is registered and no entry yet: as it will be in the store, without attributes. */
    public List<TensorInfo> registered() throws IOException {
        return registration().tensors().filter(tensor -> !namespace.contains(TensorNames.key(tensor.name()))).toList();
    }

    private synchronized @Nullable RegisteredSource source(String name) throws IOException {
        Registration.Source source = registration().source(name);
        if (source == null) {
            return null;
        }
        for (RegisteredSource candidate : open) {
            if (candidate.isOf(source)) {
                return candidate;
            }
        }
        RegisteredSource opened = RegisteredSource.open(source);
        open.add(opened);
        return opened;
    }

    /** As it is now: read again if another one was put. */
    synchronized Registration registration() throws IOException {
        long version = version();
        if (version != registrationVersion) {
            registration = Registration.of(namespace);
            registrationVersion = version;
        }
        return registration;
    }

    /** Closes the model files; leases stay. */
    @Override
    public synchronized void close() {
        open.forEach(RegisteredSource::close);
        open.clear();
    }
}
