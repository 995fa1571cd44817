package dev.hearth.store.frame;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.FileStatus;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.mark.Geometry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Whose frames a file holds, and how it is laid out; written once, and checked by everybody who opens it.
 *
 * @param uuid   of the store; a copy has the same
 * @param device of the mark file; a copy has another
 * @param inode  likewise
 * @param nonce  as the mark file has it
 */
record FramesHeader(UUID uuid, long device, long inode, long nonce, int pageBytes, int slotCount) {
    static FramesHeader of(Geometry geometry, FileStatus mark, long nonce) {
        return new FramesHeader(geometry.uuid(), mark.device(), mark.inode(), nonce, geometry.pageBytes(),
                geometry.slotCount());
    }

    /** Its bytes for a layout. */
    MemorySegment encode(FrameLayout layout) {
        MemorySegment bytes = MemorySegment.ofArray(new long[FramesDescriptor.HEADER_BYTES / Long.BYTES]);
        bytes.set(Words.LONG_LAYOUT, FramesDescriptor.MAGIC, FramesDescriptor.MAGIC_VALUE);
        bytes.set(Words.INT_LAYOUT, FramesDescriptor.FORMAT, FramesDescriptor.FORMAT_VERSION);
        bytes.set(Words.INT_LAYOUT, FramesDescriptor.LENGTH, FramesDescriptor.HEADER_BYTES);
        bytes.set(Words.LONG_LAYOUT, FramesDescriptor.UUID_HI, uuid.getMostSignificantBits());
        bytes.set(Words.LONG_LAYOUT, FramesDescriptor.UUID_LO, uuid.getLeastSignificantBits());
        bytes.set(Words.LONG_LAYOUT, FramesDescriptor.DEVICE, device);
        bytes.set(Words.LONG_LAYOUT, FramesDescriptor.INODE, inode);
        bytes.set(Words.LONG_LAYOUT, FramesDescriptor.NONCE, nonce);
        bytes.set(Words.LONG_LAYOUT, FramesDescriptor.FRAME_BYTES, layout.frameBytes);
        bytes.set(Words.LONG_LAYOUT, FramesDescriptor.FILE_BYTES, layout.fileBytes);
        bytes.set(Words.INT_LAYOUT, FramesDescriptor.PAGE_BYTES, pageBytes);
        bytes.set(Words.INT_LAYOUT, FramesDescriptor.SLOT_COUNT, slotCount);
        bytes.set(Words.INT_LAYOUT, FramesDescriptor.HOLD_STRIPES, FrameLayout.HOLD_STRIPES);
        bytes.set(Words.INT_LAYOUT, FramesDescriptor.WAYS, FramesDescriptor.MOST_WAYS);
        bytes.set(Words.INT_LAYOUT, FramesDescriptor.CRC, crc(bytes));
        return bytes;
    }

    /**
     * The layout of a file that has this header.
     *
     * @throws HearthException.Incompatible if it has another format version
     * @throws HearthException.Corrupt      if it is damaged, shorter than it says, or of another store
     */
    FrameLayout check(PosixFile file) {
        MemorySegment found = MemorySegment.ofArray(new long[FramesDescriptor.HEADER_BYTES / Long.BYTES]);
        long read = file.read(0, found);
        expect(file, 0, FramesDescriptor.HEADER_BYTES, read);
        expect(file, FramesDescriptor.MAGIC, FramesDescriptor.MAGIC_VALUE,
                found.get(Words.LONG_LAYOUT, FramesDescriptor.MAGIC));
        int format = found.get(Words.INT_LAYOUT, FramesDescriptor.FORMAT);
        int crc = found.get(Words.INT_LAYOUT, FramesDescriptor.CRC);
        if (format != FramesDescriptor.FORMAT_VERSION && crc == crc(found)) {
            throw new HearthException.Incompatible(file.path(), format, FramesDescriptor.FORMAT_VERSION);
        }
        expect(file, FramesDescriptor.CRC, crc(found), crc);
        long frameBytes = found.get(Words.LONG_LAYOUT, FramesDescriptor.FRAME_BYTES);
        FrameLayout layout;
        try {
            layout = new FrameLayout(frameBytes, pageBytes, slotCount);
        } catch (IllegalArgumentException e) {
            throw corrupt(file, FramesDescriptor.FRAME_BYTES, "a size that frames can have",
                    Long.toString(frameBytes));
        }
        MemorySegment expected = encode(layout);
        long mismatch = found.mismatch(expected);
        if (mismatch >= 0) {
            throw corrupt(file, mismatch, "the header of this store's frames", "another");
        }
        long sizeBytes = file.sizeBytes();
        if (sizeBytes < layout.fileBytes) {
            throw corrupt(file, sizeBytes, layout.fileBytes + " bytes", sizeBytes + " bytes");
        }
        return layout;
    }

    private static void expect(PosixFile file, long offset, long expected, long actual) {
        if (expected != actual) {
            throw corrupt(file, offset, Long.toHexString(expected), Long.toHexString(actual));
        }
    }

    private static HearthException corrupt(PosixFile file, long offset, String expected, String actual) {
        return new HearthException.Corrupt("header of frames", file.path(), offset, expected, actual);
    }

    private static int crc(MemorySegment header) {
        CRC32C crc = new CRC32C();
        crc.update(header.toArray(ValueLayout.JAVA_BYTE), 0, FramesDescriptor.CRC);
        return (int) crc.getValue();
    }
}
