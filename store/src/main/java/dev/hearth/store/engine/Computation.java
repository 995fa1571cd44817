package dev.hearth.store.engine;

import dev.hearth.store.PutOptions;
import dev.hearth.store.SourceSupplier;
import dev.hearth.store.ValueSource;
import dev.hearth.store.ValueSupplier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;

/**
 * How a value is had that the store has not: what its user computes, as something that can be written more than once.
 * One thread.
 *
 * @param <E> what the user's part throws
 */
public abstract sealed class Computation<E extends Exception> {
    private static final int PIECE_BYTES = 8 << 20;

    private Computation() {}

    /** A value that a supplier leaves in memory. */
    public static <E extends Exception> Computation<E> of(ValueSupplier<E> supplier) {
        return new InMemory<>(supplier);
    }

    /** A value that is read piece by piece. */
    public static Computation<IOException> of(long valueBytes, SourceSupplier supplier) {
        return new Streamed(valueBytes, supplier);
    }

    /** The user's part failed with an error that means something else when it comes from the store. */
    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final InternalError error;

        Failed(InternalError error) {
            super(error);
            this.error = error;
        }

        /** What the user's part threw. */
        InternalError error() {
            return error;
        }
    }

    /** Writes to the store, or to memory, from a source that starts at the beginning. */
    interface Sink<T> {
        T take(ValueSource source) throws IOException;
    }

    /** Computes it, once; returns the options with what that took, unless they know it. */
    abstract PutOptions run(PutOptions options) throws E;

    /** Length of the value, once it was computed. */
    abstract long valueBytes();

    /** Has the value written from its start; may be called again. */
    abstract <T> T into(Sink<T> sink) throws E;

    /** Copies the value, which is as long as the target. */
    final void copyTo(MemorySegment target) throws E {
        boolean _ = this.<Boolean>into(source -> {
            for (long at = 0; at < target.byteSize(); at += PIECE_BYTES) {
                source.read(target.asSlice(at, Math.min(PIECE_BYTES, target.byteSize() - at)));
            }
            return true;
        });
    }

    private static final class InMemory<E extends Exception> extends Computation<E> {
        private final ValueSupplier<E> supplier;
        private MemorySegment value = MemorySegment.NULL;

        InMemory(ValueSupplier<E> supplier) {
            this.supplier = supplier;
        }

        @Override
        PutOptions run(PutOptions options) throws E {
            long startNs = System.nanoTime();
            MemorySegment computed;
            try {
                computed = supplier.compute();
            } catch (InternalError e) {
                throw new Failed(e);
            }
            long tookNs = Math.max(1, System.nanoTime() - startNs);
            value = computed;
            return options.recomputeCostNs() == 0 ? options.weight(options.priority(), tookNs) : options;
        }

        @Override
        long valueBytes() {
            return value.byteSize();
        }

        @Override
        <T> T into(Sink<T> sink) {
            try {
                return sink.take(Writes.source(value));
            } catch (IOException e) {
                throw new UncheckedIOException(e); // a segment throws none
            }
        }
    }

    private static final class Streamed extends Computation<IOException> {
        private final long valueBytes;
        private final SourceSupplier supplier;

        Streamed(long valueBytes, SourceSupplier supplier) {
            this.valueBytes = valueBytes;
            this.supplier = supplier;
        }

        @Override
        PutOptions run(PutOptions options) {
            return options;
        }

        @Override
        long valueBytes() {
            return valueBytes;
        }

        @Override
        <T> T into(Sink<T> sink) throws IOException {
            try {
                ValueSource source = supplier.open();
                return sink.take(target -> read(source, target));
            } catch (InternalError e) {
                throw new Failed(e);
            }
        }

        private static void read(ValueSource source, MemorySegment target) throws IOException {
            try {
                source.read(target);
            } catch (InternalError e) {
                throw new Failed(e);
            }
        }
    }
}
