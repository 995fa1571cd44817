package dev.hearth.tools.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The members of a zip archive, from its central directory, with the place of their bytes in the file.
 *
 * <p>The layout is that of the .ZIP File Format Specification (APPNOTE), sections 4.3 to 4.5. Stricter than general
 * libraries, because nothing that readers could understand in two ways is needed here: directory and end records must
 * lie exactly behind each other at the end of the file, each member's local header must agree with the directory, and
 * no two members share a byte, which is how a small archive unpacks to anything.
 */
final class ZipDirectory {
    static final int STORED = 0;
    static final int DEFLATED = 8;

    private static final long END_MAGIC = 0x06054b50L;
    private static final int END_BYTES = 22;
    private static final long END64_MAGIC = 0x06064b50L;
    private static final int END64_BYTES = 56;
    private static final long LOCATOR64_MAGIC = 0x07064b50L;
    private static final int LOCATOR64_BYTES = 20;
    private static final long MEMBER_MAGIC = 0x02014b50L;
    private static final int MEMBER_BYTES = 46;
    private static final long LOCAL_MAGIC = 0x04034b50L;
    private static final int LOCAL_BYTES = 30;
    private static final int MAX_COMMENT_BYTES = 0xffff;
    private static final int EXTRA_ZIP64 = 1;
    private static final long ESCAPE32 = 0xffff_ffffL;
    /** Encrypted, patched, or with a masked header. */
    private static final int UNSUPPORTED_FLAGS = 0x2061;
    /** Deflate makes at most 1,032 bytes of one. */
    private static final long MAX_RATIO = 1_032;

    private final MappedFile file;
    private long directoryStart;
    private long directoryEnd;
    private long count;

    /**
     * A member of the archive.
     *
     * @param at where its directory entry lies
     * @param start where its local header lies
     * @param dataStart where its stored or compressed bytes start
     */
    record Member(String name, int method, long crc, long compressedBytes, long bytes, long at, long start,
            long dataStart) {}

    private ZipDirectory(MappedFile file) {
        this.file = file;
    }

    /** Whether a file's first bytes are those of a zip archive. */
    static boolean matches(MappedFile file) throws ModelFormatException {
        if (file.size() < Integer.BYTES) {
            return false;
        }
        long magic = file.u32(0, "magic");
        return magic == LOCAL_MAGIC || magic == END_MAGIC;
    }

    static List<Member> read(MappedFile file) throws ModelFormatException {
        ZipDirectory directory = new ZipDirectory(file);
        directory.findEnd();
        return directory.members();
    }

    private void findEnd() throws ModelFormatException {
        long end = file.size() - END_BYTES;
        long last = Math.max(0, end - MAX_COMMENT_BYTES);
        while (end >= last && !(file.u32(end, "end of central directory") == END_MAGIC
                && file.u16(end + 20, "comment length") == file.size() - end - END_BYTES)) {
            end--;
        }
        if (end < last || end < 0) {
            throw file.error("end of central directory", Math.max(0, end), "not found: the archive is cut short");
        }
        count = file.u16(end + 10, "entries");
        long bytes = file.u32(end + 12, "directory size");
        directoryStart = file.u32(end + 16, "directory offset");
        directoryEnd = end;
        if (end >= LOCATOR64_BYTES && file.u32(end - LOCATOR64_BYTES, "zip64 locator") == LOCATOR64_MAGIC) {
            bytes = end64(end - LOCATOR64_BYTES);
        } else if (file.u32(end + 4, "disk") != 0 || file.u16(end + 8, "entries on this disk") != count) {
            throw file.error("disk", end + 4, "an archive in several parts");
        }
        if (directoryStart < 0 || bytes < 0 || directoryStart > directoryEnd
                || bytes != directoryEnd - directoryStart) {
            throw file.error("directory offset", end, "the directory of " + bytes + " bytes at " + directoryStart
                    + " does not end at " + directoryEnd);
        }
        if (count < 0 || count > Limits.MAX_TENSORS || count > bytes / MEMBER_BYTES) {
            throw file.error("entries", end + 10, count + " members in a directory of " + bytes + " bytes");
        }
    }

    private long end64(long locator) throws ModelFormatException {
        long record = locator - END64_BYTES;
        if (file.i64(locator + 8, "zip64 end offset") != record || record < 0
                || file.u32(record, "zip64 end") != END64_MAGIC
                || file.i64(record + 4, "zip64 end size") != END64_BYTES - 12
                || file.i64(record + 16, "zip64 disks") != 0) {
            throw file.error("zip64 end", locator, "no end record of one archive right before the locator");
        }
        count = file.i64(record + 32, "zip64 entries");
        directoryStart = file.i64(record + 48, "zip64 directory offset");
        directoryEnd = record;
        return file.i64(record + 40, "zip64 directory size");
    }

    private List<Member> members() throws ModelFormatException {
        List<Member> members = new ArrayList<>();
        long position = directoryStart;
        for (long i = 0; i < count; i++) {
            if (position + MEMBER_BYTES > directoryEnd || file.u32(position, "member") != MEMBER_MAGIC) {
                throw file.error("member", position, "no directory entry, expected number " + i);
            }
            long end = position + MEMBER_BYTES + file.u16(position + 28, "name length")
                    + file.u16(position + 30, "extra length") + file.u16(position + 32, "comment length");
            if (end > directoryEnd) {
                throw file.error("member", position, "a directory entry that passes the end of the directory");
            }
            members.add(member(position));
            position = end;
        }
        if (position != directoryEnd) {
            throw file.error("entries", position, "bytes behind the last directory entry");
        }
        checkOverlap(members);
        return members;
    }

    private Member member(long at) throws ModelFormatException {
        int nameBytes = file.u16(at + 28, "name length");
        String name = file.utf8(at + MEMBER_BYTES, nameBytes, 0xffff, "member name");
        int method = file.u16(at + 10, "method");
        if ((file.u16(at + 8, "flags") & UNSUPPORTED_FLAGS) != 0 || (method != STORED && method != DEFLATED)) {
            throw file.error("method", at + 8, "the method " + method + " or an encrypted or patched member " + name);
        }
        Extra64 extra = new Extra64(at + MEMBER_BYTES + nameBytes, file.u16(at + 30, "extra length"));
        long bytes = extra.resolve(file.u32(at + 24, "size"));
        long compressed = extra.resolve(file.u32(at + 20, "compressed size"));
        long start = extra.resolve(file.u32(at + 42, "local header offset"));
        if (bytes < 0 || compressed < 0 || start < 0 || (method == STORED && bytes != compressed)
                || bytes / MAX_RATIO > compressed) {
            throw file.error("size", at + 20, "the sizes " + compressed + " and " + bytes + " of " + name);
        }
        long dataStart = dataStart(start, at, nameBytes, name, method);
        if (dataStart > directoryStart || compressed > directoryStart - dataStart) {
            throw file.error("compressed size", at + 20, compressed + " bytes of " + name + " pass into the directory");
        }
        return new Member(name, method, file.u32(at + 16, "crc"), compressed, bytes, at, start, dataStart);
    }

    private long dataStart(long start, long at, int nameBytes, String name, int method) throws ModelFormatException {
        if (start > directoryStart - LOCAL_BYTES || file.u32(start, "local header") != LOCAL_MAGIC) {
            throw file.error("local header offset", at + 42, "no local header of " + name + " at " + start);
        }
        boolean agrees = file.u16(start + 26, "local name length") == nameBytes
                && file.u16(start + 8, "local method") == method
                && file.utf8(start + LOCAL_BYTES, nameBytes, 0xffff, "local name").equals(name);
        if (!agrees) {
            throw file.error("local header", start, "another name or method than the directory has for " + name);
        }
        return start + LOCAL_BYTES + nameBytes + file.u16(start + 28, "local extra length");
    }

    private void checkOverlap(List<Member> members) throws ModelFormatException {
        List<Member> sorted = new ArrayList<>(members);
        sorted.sort(Comparator.comparingLong(Member::start));
        long free = 0;
        for (Member member : sorted) {
            if (member.start() < free) {
                throw file.error("local header offset", member.at() + 42, member.name() + " overlaps another member");
            }
            free = member.dataStart() + member.compressedBytes();
        }
    }

    /** The 64-bit values of a directory entry, which stand in for 32-bit ones that are all ones. */
    private final class Extra64 {
        private long position;
        private long end;

        Extra64(long start, int length) throws ModelFormatException {
            long at = start;
            long last = start + length;
            while (at + 4 <= last) {
                long next = at + 4 + file.u16(at + 2, "extra length");
                if (next > last) {
                    throw file.error("extra", at, "an extra field that passes the end of its entry");
                }
                if (file.u16(at, "extra") == EXTRA_ZIP64) {
                    position = at + 4;
                    end = next;
                }
                at = next;
            }
        }

        long resolve(long value) throws ModelFormatException {
            if (value != ESCAPE32) {
                return value;
            }
            if (position + Long.BYTES > end) {
                throw file.error("extra", position, "no 64-bit value where the 32-bit one refers to it");
            }
            position += Long.BYTES;
            return file.i64(position - Long.BYTES, "extra");
        }
    }
}
