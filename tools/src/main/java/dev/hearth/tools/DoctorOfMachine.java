package dev.hearth.tools;

import dev.hearth.codec.PageCodecs;
import dev.hearth.store.Hearth;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The checks that need no store: the JVM, its flags, the native libraries, and what the kernel offers. */
final class DoctorOfMachine {
    private static final int JDK = 25;
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64");
    private static final long LEAST_SHM_BYTES = 64 << 20;
    private static final long LEAST_OPEN_FILES = 1_024;

    private DoctorOfMachine() {}

    /** The findings on a machine whose file tree starts at {@code fileRoot}. */
    static List<Finding> findings(Path fileRoot) {
        List<Finding> findings = new ArrayList<>();
        findings.add(jdk());
        findings.add(platform());
        findings.add(flags());
        findings.add(lz4());
        findings.add(vector());
        findings.add(bootId(fileRoot.resolve("proc/sys/kernel/random/boot_id")));
        findings.add(openFiles(fileRoot.resolve("proc/self/limits")));
        findings.add(sharedMemory(fileRoot.resolve("dev/shm")));
        findings.addAll(leftovers(Hearth.abandonedFrames()));
        return findings;
    }

    private static Finding jdk() {
        Runtime.Version version = Runtime.version();
        String detail = version + " (" + System.getProperty("java.vendor") + ")";
        return version.feature() == JDK
                ? Finding.ok("jdk", detail)
                : Finding.warn("jdk", detail + "; Hearth is tested with JDK " + JDK);
    }

    private static Finding platform() {
        String name = System.getProperty("os.name");
        String architecture = System.getProperty("os.arch");
        String detail = name + " " + System.getProperty("os.version") + " " + architecture + ", "
                + Runtime.getRuntime().availableProcessors() + " processors";
        return name.equals("Linux") && ARCHITECTURES.contains(architecture)
                ? Finding.ok("platform", detail)
                : Finding.fail("platform", detail + "; Hearth runs on Linux on x86-64 and aarch64");
    }

    private static Finding flags() {
        List<String> missing = JvmFlags.missing();
        return missing.isEmpty()
                ? Finding.ok("flags", "all of the argument file")
                : Finding.fail("flags", "missing: " + String.join(" ", missing));
    }

    private static Finding lz4() {
        String implementation = PageCodecs.lz4Implementation();
        return implementation.equals("native")
                ? Finding.ok("lz4", implementation)
                : Finding.warn("lz4", implementation + ": a quarter of the native speed; is "
                        + System.getProperty("java.io.tmpdir") + " mounted noexec?");
    }

    private static Finding vector() {
        String implementation = PageCodecs.vectorImplementation();
        boolean module = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return Finding.ok("vector",
                implementation + (module ? "" : "; --add-modules jdk.incubator.vector is not given"));
    }

    /** Without it a reboot cannot be told from a restart. */
    private static Finding bootId(Path file) {
        try {
            return Finding.ok("bootId", Files.readString(file).strip());
        } catch (IOException e) {
            return Finding.fail("bootId", "cannot be read: " + e);
        }
    }

    private static Finding openFiles(Path limits) {
        try {
            for (String line : Files.readAllLines(limits)) {
                if (line.startsWith("Max open files")) {
                    String soft = line.substring("Max open files".length()).strip().split(" +", 2)[0];
                    boolean enough = soft.equals("unlimited") || Long.parseLong(soft) >= LEAST_OPEN_FILES;
                    return enough
                            ? Finding.ok("openFiles", soft)
                            : Finding.warn("openFiles", soft + ": raise ulimit -n to " + LEAST_OPEN_FILES);
                }
            }
            return Finding.warn("openFiles", "no limit found in " + limits);
        } catch (IOException | NumberFormatException e) {
            return Finding.warn("openFiles", "unknown: " + e);
        }
    }

    /** What stores that are gone, and processes that were killed, left in memory. */
    static List<Finding> leftovers(List<Path> abandoned) {
        if (abandoned.isEmpty()) {
            return List.of(Finding.ok("leftovers", "no frames in memory that nobody uses"));
        }
        return abandoned.stream().map(directory -> Finding.warn("leftovers", directory
                + ": frames that no process uses, " + sizeOf(directory.resolve("frames"))
                + "; the next process that uses frames removes them, or: rm -r " + directory)).toList();
    }

    private static String sizeOf(Path file) {
        try {
            return Sizes.human(Files.size(file));
        } catch (IOException _) {
            return "of unknown size";
        }
    }

    private static Finding sharedMemory(Path directory) {
        try {
            FileStore files = Files.getFileStore(directory);
            String detail = directory + ": " + files.getUsableSpace() + " of " + files.getTotalSpace() + " bytes free ("
                    + Sizes.human(files.getUsableSpace()) + " of " + Sizes.human(files.getTotalSpace()) + ")";
            return files.getUsableSpace() >= LEAST_SHM_BYTES
                    ? Finding.ok("sharedMemory", detail)
                    : Finding.warn("sharedMemory", detail + "; little room for frames: enlarge it");
        } catch (IOException e) {
            return Finding.warn("sharedMemory", "unknown: " + e);
        }
    }
}
