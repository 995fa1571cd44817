package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * One pass over a deflated member of an archive, in constant memory.
 *
 * <p>Compressed bytes are copied out of the mapping before the native inflater sees them: it would die of a fault that
 * a copy turns into an error. Not safe for several threads.
 */
final class ZipInflater implements DecodedSource.Decoder {
    private static final int BUFFER_BYTES = 1 << 16;

    private final MappedFile file;
    private final ZipDirectory.Member member;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] compressed;
    private final byte[] plain;
    private long taken;
    private long given;

    ZipInflater(MappedFile file, ZipDirectory.Member member) {
        this.file = file;
        this.member = member;
        this.compressed = new byte[(int) Math.min(BUFFER_BYTES, member.compressedBytes())];
        this.plain = new byte[Math.clamp(member.bytes(), 1, BUFFER_BYTES)];
    }

    /** The first bytes of a member, at most {@code max}. */
    static byte[] prefix(MappedFile file, ZipDirectory.Member member, int max) throws IOException {
        ZipInflater inflater = new ZipInflater(file, member);
        try {
            byte[] prefix = new byte[(int) Math.min(max, member.bytes())];
            inflater.decode(MemorySegment.ofArray(prefix));
            return prefix;
        } finally {
            inflater.inflater.end();
        }
    }

    @Override
    public void decode(MemorySegment target) throws IOException {
        long done = 0;
        while (done < target.byteSize()) {
            int count = inflate((int) Math.min(plain.length, target.byteSize() - done));
            if (count == 0) {
                throw error("it ends after " + given + " of " + member.bytes() + " bytes");
            }
            MemorySegment.copy(MemorySegment.ofArray(plain), 0, target, done, count);
            done += count;
        }
    }

    /** Inflates up to {@code max} bytes into {@link #plain}; 0 at the end of the stream. */
    private int inflate(int max) throws ModelFormatException {
        try {
            while (true) {
                int count = inflater.inflate(plain, 0, max);
                if (count > 0) {
                    crc.update(plain, 0, count);
                    given += count;
                    return count;
                }
                if (inflater.finished()) {
                    return 0;
                }
                if (inflater.needsDictionary() || !feed()) {
                    throw error("its compressed bytes end too early");
                }
            }
        } catch (DataFormatException e) {
            throw new ModelFormatException(file.path(), "member", member.dataStart(),
                    "the compressed bytes of " + member.name() + " are damaged: " + e.getMessage(), e);
        }
    }

    private boolean feed() throws ModelFormatException {
        int count = (int) Math.min(compressed.length, member.compressedBytes() - taken);
        if (count == 0) {
            return false;
        }
        MemorySegment.copy(file.slice(member.dataStart() + taken, count, "member"), 0,
                MemorySegment.ofArray(compressed), 0, count);
        inflater.setInput(compressed, 0, count);
        taken += count;
        return true;
    }

    @Override
    public void finish() throws IOException {
        try {
            if (inflate(1) != 0 || inflater.getRemaining() != 0 || taken != member.compressedBytes()) {
                throw error("it is longer than its size of " + member.bytes() + " bytes");
            }
            if (crc.getValue() != member.crc()) {
                throw error("its CRC-32 is " + Long.toHexString(crc.getValue()) + ", expected "
                        + Long.toHexString(member.crc()));
            }
        } finally {
            inflater.end();
        }
    }

    private ModelFormatException error(String found) {
        return file.error("member", member.dataStart(), member.name() + ": " + found);
    }
}
