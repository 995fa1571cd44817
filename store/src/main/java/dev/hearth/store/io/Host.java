package dev.hearth.store.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;

/**
 * Who and where this process is: the boot of the host, and what tells this process from every other one of that boot.
 *
 * @param bootId         changes whenever the host starts; memory that was shared under another one is gone
 * @param pid            number of the process within its namespace
 * @param startTicks     when it started, in clock ticks since the boot; a reused number has another
 * @param pidNamespace   the namespace its number is of; 0 if the kernel does not say
 */
public record Host(UUID bootId, long pid, long startTicks, long pidNamespace) {
    /** The processor as Linux names it: {@code x86_64}, {@code aarch64}, or whatever else. */
    static final String ARCHITECTURE = architecture(System.getProperty("os.arch", ""));

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");

    /** This process, now. */
    public static Host current() {
        checkSupported();
        long pid = ProcessHandle.current().pid();
        return new Host(UUID.fromString(ProcFiles.read(BOOT_ID).strip()), pid,
                startTicks(ProcFiles.read(Path.of("/proc/self/stat"))), namespaceInode());
    }

    /** This process as it would be after another boot. */
    public Host withBootId(UUID otherBootId) {
        return new Host(otherBootId, pid, startTicks, pidNamespace);
    }

    /**
     * Checks that this is Linux on x86-64 or aarch64.
     *
     * @throws UnsupportedOperationException elsewhere
     */
    public static void checkSupported() {
        checkSupported(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    static void checkSupported(String osName, String osArch) {
        String architecture = architecture(osArch);
        if (!osName.equals("Linux") || !(architecture.equals("x86_64") || architecture.equals("aarch64"))) {
            throw new UnsupportedOperationException(
                    "Hearth runs on Linux on x86-64 and aarch64 only: os=" + osName + " architecture=" + osArch);
        }
    }

    /** Bytes of a memory page: what mappings are made of. */
    public static long pageBytes() {
        return PageSize.BYTES;
    }

    /** Looked up with the first use, so that this class loads wherever Java runs. */
    private static final class PageSize {
        private static final long BYTES = Libc.sysconf(LinuxFlags.SC_PAGESIZE);
    }

    private static String architecture(String osArch) {
        String name = osArch.toLowerCase(Locale.ROOT);
        return name.equals("amd64") ? "x86_64" : name;
    }

    /**
     * The 22nd field; the second is the name of the program in parentheses and may itself hold blanks and
     * parentheses.
     */
    static long startTicks(String stat) {
        String[] fieldsFromThird = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fieldsFromThird[22 - 3].strip());
    }

    private static long namespaceInode() {
        try {
            String target = Files.readSymbolicLink(PID_NAMESPACE).toString(); // pid:[4026531836]
            return Long.parseLong(target.substring(target.indexOf('[') + 1, target.indexOf(']')));
        } catch (IOException | RuntimeException e) {
            return 0; // Only shown to people.
        }
    }
}
