package dev.hearth.store.io;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The JVM flags without which the store cannot work, tested before anything else so that one message can name all
 * that are missing.
 *
 * <p>
 * A flag is listed here only because something fails without it. Found by leaving out one at a time on JDK 25:
 *
 * <ul>
 * <li>{@code java.lang.reflect} opened: the index library cannot look at its own private members ({@code
 * IllegalAccessException});
 * <li>{@code sun.nio.ch} exported: it cannot map a file ({@code IllegalAccessError});
 * <li>{@code jdk.internal.misc} exported: the counters library cannot load ({@code IllegalAccessError}); opening the
 * package, which its documentation asks for, is more than it needs;
 * <li>native access: system calls print warnings now, and are refused where {@code --illegal-native-access=deny} is
 * set.
 * </ul>
 *
 * <p>
 * {@code java.lang} opened and {@code jdk.compiler/com.sun.tools.javac.file} exported, which the index library's
 * documentation asks for, are needed only to compile a class at run time, which does not happen here. {@code
 * --sun-misc-unsafe-memory-access=allow} only silences warnings.
 */
public final class RuntimeFlags {
    private static final List<Flag> NEEDED = List.of(opens("java.lang.reflect"), exports("sun.nio.ch"),
            exports("jdk.internal.misc"),
            new Flag("--enable-native-access=ALL-UNNAMED", Module::isNativeAccessEnabled));

    private RuntimeFlags() {}

    /** A flag, and how to see from a module whether it was given. */
    private record Flag(String text, Predicate<Module> isGiven) {}

    /**
     * Checks that all flags were given that are needed.
     *
     * @throws IllegalStateException naming exactly those that were not
     */
    public static void check() {
        String missing = NEEDED.stream().filter(flag -> !flag.isGiven.test(RuntimeFlags.class.getModule()))
                .map(Flag::text).collect(Collectors.joining(" "));
        if (!missing.isEmpty()) {
            throw new IllegalStateException("Hearth needs JVM flags that are missing: " + missing
                    + " (all of them are in META-INF/hearth/jvm.args of its jar)");
        }
    }

    private static Flag opens(String packageName) {
        return new Flag("--add-opens java.base/" + packageName + "=ALL-UNNAMED",
                module -> base().map(base -> base.isOpen(packageName, module)).orElse(false));
    }

    private static Flag exports(String packageName) {
        return new Flag("--add-exports java.base/" + packageName + "=ALL-UNNAMED",
                module -> base().map(base -> base.isExported(packageName, module)).orElse(false));
    }

    private static Optional<Module> base() {
        return ModuleLayer.boot().findModule("java.base");
    }
}
