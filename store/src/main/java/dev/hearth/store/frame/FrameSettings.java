package dev.hearth.store.frame;

import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * What an attachment needs to open the frames of its store.
 *
 * @param directory    of the store
 * @param mark         says what store it is, and with which nonce its frames are named
 * @param slots        tell who lives
 * @param slot         the attachment's own
 * @param frameBytes   memory for decoded pages, if the frames have to be created
 * @param sharedMemory directory of a file system in memory; the directory of the store is used if it is none, or short
 * @param freeBytes    how much space the file system of a directory has
 * @param random       where nonces come from
 * @param events       hears what happens
 * @param exclusively  runs something while nobody else opens or leaves the frames of this store; it may throw {@code
 * HearthException.Busy}, and then whoever attaches next does what is left to do
 */
public record FrameSettings(StoreDirectory directory, MarkFile mark, ProcessSlots slots, ProcessSlot slot,
        long frameBytes, Path sharedMemory, ToLongFunction<StoreDirectory> freeBytes, LongSupplier random,
        FrameEvents events, Consumer<Runnable> exclusively) {
    static final Path SHARED_MEMORY = Path.of("/dev/shm");

    /** Refuses what no frames can be made of. */
    public FrameSettings {
        FrameLayout.check(frameBytes, mark.geometry().pageBytes(), mark.geometry().slotCount());
    }

    /** Settings for this host. */
    public static FrameSettings of(StoreDirectory directory, MarkFile mark, ProcessSlots slots, ProcessSlot slot,
            long frameBytes, FrameEvents events, Consumer<Runnable> exclusively) {
        return new FrameSettings(directory, mark, slots, slot, frameBytes, SHARED_MEMORY, StoreDirectory::freeBytes,
                new SecureRandom()::nextLong, events, exclusively);
    }
}
