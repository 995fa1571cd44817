package dev.hearth.codec;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;

/**
 * Handles of methods that are to be compiled by themselves.
 *
 * <p>A method full of vector operations must be inlined to the last call, or its vectors become objects and it is
 * thirty times slower. The compiler stops inlining when a compilation has grown too large, and it counts what it
 * inlined of several such methods into one caller together. Through a handle in an ordinary field, which it may not
 * take for constant, it cannot inline: each method is a compilation of its own, whatever the mix of pages a process
 * meets. A call through one costs some nanoseconds.
 */
final class Apart {
    private Apart() {}

    /** The handle of the only static method of a name in the class of the look-up. */
    static MethodHandle of(MethodHandles.Lookup lookup, String name) {
        try {
            return lookup.unreflect(Arrays.stream(lookup.lookupClass().getDeclaredMethods())
                    .filter(method -> method.getName().equals(name)).findFirst().orElseThrow());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("method=" + name, e);
        }
    }

    /** What a handle threw, as what its method can throw. */
    static RuntimeException rethrown(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException exception ? exception : new IllegalStateException(thrown);
    }
}
