package dev.hearth.store.testing;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Called in front of each access to a word of the mark or of the table that goes through a handle which was given to
 * {@link #hooked}: what is in memory then is what the store before it left. {@link SharedWordLoader} has all of them go
 * through. Any thread.
 */
public final class SharedWordHook {
    private static volatile @Nullable Runnable hook;

    private SharedWordHook() {}

    /** Has {@code run} called from now on. */
    public static void set(Runnable run) {
        hook = run;
    }

    /** Calls nothing any more. */
    public static void clear() {
        hook = null;
    }

    /** The same handle, but calling the hook first. */
    public static VarHandle hooked(VarHandle handle) {
        try {
            MethodHandle before = MethodHandles.lookup().findStatic(SharedWordHook.class, "before",
                    MethodType.methodType(MemorySegment.class, MemorySegment.class));
            return MethodHandles.filterCoordinates(handle, 0, before);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("UnusedMethod") // by name
    private static MemorySegment before(MemorySegment memory) {
        Runnable run = hook;
        if (run != null) {
            run.run();
        }
        return memory;
    }
}
