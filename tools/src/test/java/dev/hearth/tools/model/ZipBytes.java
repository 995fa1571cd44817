package dev.hearth.tools.model;

import java.io.ByteArrayOutputStream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * A zip archive written by hand after the .ZIP File Format Specification: local headers (4.3.7), directory entries
 * (4.3.12), end record (4.3.16). Members can be given sizes and places that are not theirs.
 */
final class ZipBytes {
    private final Bytes file = new Bytes();
    private final Bytes directory = new Bytes();
    private int count;

    ZipBytes stored(String name, byte[] content) {
        return member(name, 0, content, content.length, crc(content), file.size(), true);
    }

    ZipBytes deflated(String name, byte[] content) {
        return member(name, 8, deflate(content), content.length, crc(content), file.size(), true);
    }

    /** A member with its size, checksum and place as told. */
    ZipBytes member(String name, int method, byte[] data, long size, long crc, long offset, boolean local) {
        if (local) {
            file.text("PK").raw(3, 4).u16(20).u16(0).u16(method).u32(0).u32(crc).u32(data.length).u32(size)
                    .u16(name.length()).u16(0).text(name).raw(data);
        }
        directory.text("PK").raw(1, 2).u16(20).u16(20).u16(0).u16(method).u32(0).u32(crc).u32(data.length).u32(size)
                .u16(name.length()).u16(0).u16(0).u16(0).u16(0).u32(0).u32(offset).text(name);
        count++;
        return this;
    }

    /** A stored member whose sizes and place are in a 64-bit extra field. */
    ZipBytes stored64(String name, byte[] content) {
        long offset = file.size();
        file.text("PK").raw(3, 4).u16(45).u16(0).u16(0).u32(0).u32(crc(content)).u32(-1).u32(-1).u16(name.length())
                .u16(20).text(name).u16(1).u16(16).u64(content.length).u64(content.length).raw(content);
        directory.text("PK").raw(1, 2).u16(45).u16(45).u16(0).u16(0).u32(0).u32(crc(content)).u32(-1).u32(-1)
                .u16(name.length()).u16(28).u16(0).u16(0).u16(0).u32(0).u32(-1).text(name)
                .u16(1).u16(24).u64(content.length).u64(content.length).u64(offset);
        count++;
        return this;
    }

    byte[] array() {
        return new Bytes().raw(file.array()).raw(directory.array()).text("PK").raw(5, 6).u16(0).u16(0).u16(count)
                .u16(count).u32(directory.size()).u32(file.size()).u16(0).array();
    }

    /** The archive with a 64-bit end record. */
    byte[] array64() {
        long end = file.size() + (long) directory.size();
        return new Bytes().raw(file.array()).raw(directory.array()).text("PK").raw(6, 6).u64(44).u16(45).u16(45)
                .u32(0).u32(0).u64(count).u64(count).u64(directory.size()).u64(file.size()).text("PK").raw(6, 7)
                .u32(0).u64(end).u32(1).text("PK").raw(5, 6).u16(0).u16(0).u16(0xffff).u16(0xffff).u32(-1).u32(-1)
                .u16(0).array();
    }

    static long crc(byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        return crc.getValue();
    }

    static byte[] deflate(byte[] content) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            deflater.setInput(content);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[4_096];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }
}
