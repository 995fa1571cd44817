package dev.hearth.store.segment;

import dev.hearth.codec.Compression;
import dev.hearth.codec.Crc32c;
import dev.hearth.codec.DType;
import dev.hearth.codec.PageEncoder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

/** Working memory of one writer: page-aligned private buffers that grow as needed, encoders, a checksum. One thread. */
final class WriteBuffers {
    /** Alignment of buffers: copies lose half their speed when they start off a page boundary. */
    static final int ALIGNMENT = 4096;
    private final int pageBytes;
    private final Map<Compression, PageEncoder> encoders = new EnumMap<>(Compression.class);
    private MemorySegment extent = MemorySegment.NULL;
    private MemorySegment input = MemorySegment.NULL;
    private final MemorySegment encoded;
    final Crc32c crc = new Crc32c();
    final MemorySegment header = allocate(1 << 16);

    WriteBuffers(int pageBytes) {
        this.pageBytes = pageBytes;
        this.encoded = allocate(pageBytes + 64L);
    }

    static MemorySegment allocate(long bytes) {
        return Arena.ofAuto().allocate(bytes, ALIGNMENT);
    }

    /** A buffer for a whole extent of up to {@code bytes}; contents undefined. */
    MemorySegment extent(long bytes) {
        if (extent.byteSize() < bytes) {
            extent = allocate(Math.max(bytes, 256 << 10));
        }
        return extent;
    }

    /** A buffer for the pages that are read from a source next; contents undefined. */
    MemorySegment input(long bytes) {
        if (input.byteSize() < bytes) {
            input = allocate(bytes);
        }
        return input;
    }

    /** A buffer for one encoded page. */
    MemorySegment encoded() {
        return encoded;
    }

    PageEncoder encoder(Compression level, DType dtype) {
        PageEncoder encoder = encoders.get(level);
        if (encoder == null) {
            encoder = PageEncoder.create(level, dtype, pageBytes);
            encoders.put(level, encoder);
        } else {
            encoder.startValue(dtype);
        }
        return encoder;
    }
}
