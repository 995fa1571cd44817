package dev.hearth.store.index;

import java.util.HashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Sets Chronicle up before its first class is loaded, so that it stays quiet, alone and on this machine.
 *
 * <p>
 * Left to itself it reports its use to a server, prints a banner, reads a file {@code system.properties} in the working
 * directory into the system properties, starts a thread that it never ends, and logs warnings about flags that are not
 * needed. It is told otherwise by system properties, which are read once, when its first classes are initialised: those
 * that another user of the same libraries might care about are taken back afterwards, and none that is already set is
 * touched.
 */
final class ChronicleRuntime {
    /** Kept for the life of the process. */
    private static final Map<String, String> LASTING = Map.of("chronicle.analytics.disable", "true",
            "chronicle.announcer.disable", "true");
    /** Set while the libraries start. */
    private static final Map<String, String> PASSING = Map.of(
            // Names a resource of ours, which is empty, in place of a file that happens to lie around.
            "system.properties", "META-INF/hearth/chronicle.properties",
            "background.releaser", "false",
            "slf4j.internal.verbosity", "ERROR");
    /** It warns that direct buffers cannot be freed early, which nothing here does. Held, or its level is forgotten. */
    private static final Logger CLEANER = Logger.getLogger(
            "net.openhft.chronicle.core.internal.cleaner.ReflectionBasedByteBufferCleanerService");
    private static boolean prepared;

    private ChronicleRuntime() {}

    /** Does it once in a process; later calls return at once. */
    static synchronized void prepare() {
        if (prepared) {
            return;
        }
        CLEANER.setLevel(Level.OFF);
        LASTING.forEach(ChronicleRuntime::setIfAbsent);
        Map<String, String> set = new HashMap<>();
        PASSING.forEach((name, value) -> {
            if (setIfAbsent(name, value)) {
                set.put(name, value);
            }
        });
        try {
            ChronicleEntries.initialiseLibraries();
        } finally {
            set.forEach((name, value) -> System.getProperties().remove(name, value));
        }
        prepared = true;
    }

    private static boolean setIfAbsent(String name, String value) {
        return System.getProperties().putIfAbsent(name, value) == null;
    }
}
