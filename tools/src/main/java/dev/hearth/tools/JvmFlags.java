package dev.hearth.tools;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The JVM flags that come with the store, and whether this JVM has what they give. The effect is looked at and not the
 * command line: a manifest or an environment variable may have given it as well.
 */
final class JvmFlags {
    private static final String RESOURCE = "/META-INF/hearth/jvm.args";

    private JvmFlags() {}

    /** The flags of the argument file that this JVM was started without. */
    static List<String> missing() {
        return missing(resource());
    }

    static List<String> missing(String argumentFile) {
        List<String> missing = new ArrayList<>();
        for (String line : argumentFile.lines().map(String::strip).toList()) {
            if (!line.isEmpty() && !line.startsWith("#") && !isInEffect(line)) {
                missing.add(line);
            }
        }
        return missing;
    }

    private static String resource() {
        try (InputStream stream = JvmFlags.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IllegalStateException("not on the class path: " + RESOURCE);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether this JVM behaves as the flag says; flags whose effect cannot be seen count as given. */
    private static boolean isInEffect(String flag) {
        if (flag.startsWith("-D")) {
            String[] parts = flag.substring(2).split("=", 2);
            return parts.length == 2 && parts[1].equals(System.getProperty(parts[0]));
        }
        if (flag.startsWith("--enable-native-access")) {
            return unnamed().isNativeAccessEnabled();
        }
        if (flag.startsWith("--add-opens") || flag.startsWith("--add-exports")) {
            return isAccessible(flag);
        }
        return true;
    }

    private static boolean isAccessible(String flag) {
        String target =
                flag.substring(flag.startsWith("--add-opens") ? "--add-opens".length() : "--add-exports".length())
                        .replaceFirst("^[ =]+", "").replaceFirst("=.*$", "");
        int slash = target.indexOf('/');
        String packageName = target.substring(slash + 1);
        Optional<Module> module = ModuleLayer.boot().findModule(target.substring(0, Math.max(0, slash)));
        return module.isPresent() && (flag.startsWith("--add-opens")
                ? module.get().isOpen(packageName, unnamed())
                : module.get().isExported(packageName, unnamed()));
    }

    private static Module unnamed() {
        return JvmFlags.class.getModule();
    }
}
