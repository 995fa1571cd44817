package dev.hearth.store.mark;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.FileStatus;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The file that says what a store is, and holds what its processes share: geometry, words, segment table and slots.
 *
 * <p>
 * Nothing in it is needed to know which entries exist: a lost one is created anew from the log and the geometry in its
 * headers. It is created under another name and renamed when it is complete, so that there is never half of one.
 * Opening checks it before it is mapped: {@code Incompatible} if it is of another format, {@code Corrupt} if it is
 * not what was written. Any thread; closing unmaps, after which nothing that was got from here may be used.
 */
public final class MarkFile implements AutoCloseable {
    /** Its name in the directory of the store. */
    public static final String NAME = "hearth.mark";
    private static final String NEW_NAME = NAME + ".new";

    private final PosixFile file;
    private final Geometry geometry;
    private final MarkLayout layout;
    private final MappedRegion shared;
    /** The hold counters of all slots; those of slots never taken have no space and are not touched. */
    private final MappedRegion holds;
    private final MarkWords words;
    private final SegmentTable segments;

    private MarkFile(PosixFile file, Geometry geometry, MappedRegion shared, MappedRegion holds) {
        this.file = file;
        this.geometry = geometry;
        this.shared = shared;
        this.holds = holds;
        layout = new MarkLayout(geometry);
        words = new MarkWords(shared.segment().asSlice(layout.wordsOffset, MarkWordsDescriptor.BYTES));
        segments = new SegmentTable(file.path(), layout.segmentsOffset,
                shared.segment().asSlice(layout.segmentsOffset, layout.segmentsBytes), geometry.segmentCount());
    }

    /**
     * Creates the mark of a store, replacing one that is there; under the creation lock, with nobody attached.
     *
     * <p>
     * {@code initializer} stores what is known of words and segments, all zero at first, before anybody can open the
     * file. If creating fails, nothing is left behind.
     *
     * @throws HearthException.Full if there is no space for it
     */
    public static void create(StoreDirectory directory, Geometry geometry, Host host, Consumer<MarkFile> initializer) {
        directory.delete(NEW_NAME);
        try {
            try (PosixFile file = directory.create(NEW_NAME)) {
                MarkLayout layout = new MarkLayout(geometry);
                file.allocate(0, layout.holdsOffset);
                file.truncate(layout.fileBytes);
                file.write(0, MemorySegment.ofArray(superblock(geometry, layout)));
                try (MarkFile mark = map(file, geometry)) {
                    initializer.accept(mark);
                    mark.adopt(host);
                    file.sync();
                }
            }
            directory.rename(NEW_NAME, NAME);
        } catch (Throwable e) {
            directory.delete(NEW_NAME);
            throw e;
        }
        directory.syncDirectory();
    }

    /** Opens the mark of a store. */
    public static MarkFile open(StoreDirectory directory, boolean readOnly) {
        PosixFile file = directory.open(NAME, readOnly);
        try {
            return map(file, readGeometry(file));
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    private static MarkFile map(PosixFile file, Geometry geometry) {
        MarkLayout layout = new MarkLayout(geometry);
        MappedRegion.Access access = file.isReadOnly() ? MappedRegion.Access.READ : MappedRegion.Access.READ_WRITE;
        MappedRegion shared = MappedRegion.map(file, access, 0, layout.holdsOffset);
        try {
            MappedRegion holds = MappedRegion.map(file, MappedRegion.Access.READ, layout.holdsOffset,
                    layout.fileBytes - layout.holdsOffset);
            return new MarkFile(file, geometry, shared, holds);
        } catch (Throwable e) {
            shared.close();
            throw e;
        }
    }

    private static byte[] superblock(Geometry geometry, MarkLayout layout) {
        MemorySegment block = MemorySegment.ofArray(new long[SuperblockDescriptor.BYTES / Long.BYTES]);
        block.set(Words.LONG, SuperblockDescriptor.MAGIC, SuperblockDescriptor.MAGIC_VALUE);
        block.set(Words.INT, SuperblockDescriptor.FORMAT, SuperblockDescriptor.FORMAT_VERSION);
        block.set(Words.INT, SuperblockDescriptor.LENGTH, SuperblockDescriptor.BYTES);
        MemorySegment.copy(MemorySegment.ofArray(geometry.encode()), 0, block, SuperblockDescriptor.GEOMETRY,
                Geometry.BYTES);
        block.set(Words.LONG, SuperblockDescriptor.FILE_BYTES, layout.fileBytes);
        block.set(Words.LONG, SuperblockDescriptor.SEGMENTS_OFFSET, layout.segmentsOffset);
        block.set(Words.LONG, SuperblockDescriptor.SLOTS_OFFSET, layout.slotsOffset);
        block.set(Words.LONG, SuperblockDescriptor.HOLDS_OFFSET, layout.holdsOffset);
        block.set(Words.LONG, SuperblockDescriptor.HOLDS_BYTES, layout.holdsBytes);
        block.set(Words.INT, SuperblockDescriptor.CRC, crc(block.toArray(ValueLayout.JAVA_BYTE)));
        return block.toArray(ValueLayout.JAVA_BYTE);
    }

    private static Geometry readGeometry(PosixFile file) {
        MemorySegment block = MemorySegment.ofArray(new long[SuperblockDescriptor.BYTES / Long.BYTES]);
        long read = file.read(0, block);
        check(file, 0, "at least " + SuperblockDescriptor.BYTES + " bytes", read + " bytes",
                read == SuperblockDescriptor.BYTES);
        long magic = block.get(Words.LONG, SuperblockDescriptor.MAGIC);
        check(file, SuperblockDescriptor.MAGIC, Long.toHexString(SuperblockDescriptor.MAGIC_VALUE),
                Long.toHexString(magic), magic == SuperblockDescriptor.MAGIC_VALUE);
        int format = block.get(Words.INT, SuperblockDescriptor.FORMAT);
        if (format != SuperblockDescriptor.FORMAT_VERSION) {
            throw new HearthException.Incompatible(file.path(), format, SuperblockDescriptor.FORMAT_VERSION);
        }
        byte[] bytes = block.toArray(ValueLayout.JAVA_BYTE);
        int expected = crc(bytes);
        int actual = block.get(Words.INT, SuperblockDescriptor.CRC);
        check(file, SuperblockDescriptor.CRC, "crc " + Integer.toHexString(expected),
                "crc " + Integer.toHexString(actual), expected == actual);
        Geometry geometry = Geometry.decode(Arrays.copyOfRange(bytes, SuperblockDescriptor.GEOMETRY,
                SuperblockDescriptor.GEOMETRY + Geometry.BYTES), file.path(), SuperblockDescriptor.GEOMETRY);
        // The same layout gives the same block, to the last byte.
        MarkLayout layout = new MarkLayout(geometry);
        check(file, 0, "the layout of its geometry", "another",
                Arrays.equals(bytes, superblock(geometry, layout)));
        long sizeBytes = file.sizeBytes();
        check(file, sizeBytes, layout.fileBytes + " bytes", sizeBytes + " bytes", sizeBytes == layout.fileBytes);
        return geometry;
    }

    private static void check(PosixFile file, long offset, String expected, String actual, boolean ok) {
        if (!ok) {
            throw new HearthException.Corrupt("superblock", file.path(), offset, expected, actual);
        }
    }

    private static int crc(byte[] superblock) {
        CRC32C crc = new CRC32C();
        crc.update(superblock, 0, SuperblockDescriptor.CRC);
        return (int) crc.getValue();
    }

    /** Where it is. */
    public Path path() {
        return file.path();
    }

    /** What was fixed when the store was created. */
    public Geometry geometry() {
        return geometry;
    }

    /** The words that all processes share. */
    public MarkWords words() {
        return words;
    }

    /** The segment table. */
    public SegmentTable segments() {
        return segments;
    }

    /** Device and inode, by which attachments of one store find each other, and length. */
    public FileStatus status() {
        return file.status();
    }

    /**
     * Whether what the processes share was valid in this boot of the host, and for this file and not one it was
     * copied from.
     */
    public boolean isOfThisBoot(Host host) {
        FileStatus status = file.status();
        return words.isOf(host.bootId(), status.device(), status.inode());
    }

    /** Says that what the processes share is valid from now on; the last step of recovery, under the creation lock. */
    public void adopt(Host host) {
        FileStatus status = file.status();
        words.setIdentity(host.bootId(), status.device(), status.inode());
    }

    /** Makes what was stored durable. */
    public void sync() {
        file.sync();
    }

    MemorySegment slotHeaders() {
        return shared.segment().asSlice(layout.slotsOffset, layout.slotsBytes);
    }

    MemorySegment holds(int slot) {
        return holds.segment().asSlice(layout.holdsOffset(slot) - layout.holdsOffset, layout.holdsBytes);
    }

    /** Maps the hold counters of a slot for storing, giving them space if they have none. */
    MappedRegion mapHolds(int slot) {
        return MappedRegion.map(file, MappedRegion.Access.READ_WRITE, layout.holdsOffset(slot), layout.holdsBytes);
    }

    /** Unmaps and closes the file; again is no error. */
    @Override
    public void close() {
        holds.close();
        shared.close();
        file.close();
    }
}
