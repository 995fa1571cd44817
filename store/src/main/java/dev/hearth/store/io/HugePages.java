package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.nio.file.Path;

/**
 * What the processor translates with one entry of its buffer instead of 512: 2 MiB on x86-64, and on aarch64 with pages
 * of 4 KiB. A random access to memory in small pages waits for its translation about as long as for the bytes, and
 * longer in a virtual machine, where each step of one is itself translated.
 */
public final class HugePages {
    /** Bytes of one, at a multiple of which it lies: in the file and in memory. */
    public static final long BYTES = 2L << 20;

    private static final Path SETTING = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

    private HugePages() {}

    /** Whether the kernel has them and whoever runs the host did not turn them off. */
    public static boolean areAllowed() {
        try {
            return !ProcFiles.read(SETTING).contains("[never]");
        } catch (HearthException e) {
            return false;
        }
    }
}
