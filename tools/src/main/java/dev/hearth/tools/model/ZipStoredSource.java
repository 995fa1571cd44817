package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.zip.CRC32;

/** The bytes of a tensor in a stored member of an archive. The member's CRC-32 is checked before the first read. */
final class ZipStoredSource implements TensorSource {
    private final MappedFile file;
    private final ZipDirectory.Member member;
    private final MappedSource bytes;
    private volatile boolean checked;

    /**
     * The bytes behind an array's header.
     *
     * @param headerBytes bytes of the member that are not the tensor's
     */
    ZipStoredSource(MappedFile file, ZipDirectory.Member member, int headerBytes) throws ModelFormatException {
        this.file = file;
        this.member = member;
        this.bytes = new MappedSource(file, member.dataStart() + headerBytes, member.bytes() - headerBytes, "member");
    }

    @Override
    public Path file() {
        return bytes.file();
    }

    @Override
    public long fileOffset() {
        return bytes.fileOffset();
    }

    @Override
    public MemorySegment data() throws IOException {
        check();
        return bytes.data();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        check();
        bytes.read(offset, target);
    }

    private void check() throws ModelFormatException {
        if (checked) {
            return;
        }
        CRC32 crc = new CRC32();
        byte[] chunk = new byte[1 << 16];
        try {
            for (long done = 0; done < member.bytes(); done += chunk.length) {
                int count = (int) Math.min(chunk.length, member.bytes() - done);
                MemorySegment.copy(file.slice(member.dataStart() + done, count, "member"), 0,
                        MemorySegment.ofArray(chunk), 0, count);
                crc.update(chunk, 0, count);
            }
        } catch (InternalError fault) {
            throw file.changed(fault);
        }
        if (crc.getValue() != member.crc()) {
            throw file.error("crc", member.at() + 16, member.name() + ": its CRC-32 is "
                    + Long.toHexString(crc.getValue()) + ", expected " + Long.toHexString(member.crc()));
        }
        checked = true;
    }
}
