package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GarbageTest {
    private static final int PAGES = 2000;
    private static final long DEADLINE_SECONDS = 300;

    @ParameterizedTest
    @EnumSource(value = Compression.class, names = {"LZ4", "FAST", "SMALL"})
    void decode_onceCompiled_allocatesNothing(Compression level) {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined()) {
            DType dtype = level == Compression.LZ4 ? DType.U8 : DType.BF16;
            PageEncoder encoder = PageEncoder.create(level, dtype, 16_384);
            MemorySegment target = arena.allocate(16_384);
            MemorySegment page =
                    dtype == DType.U8 ? TestData.text(arena, 16_384, 1) : TestData.bf16(arena, 16_384, 1);
            int length = encoder.encode(page, target);
            MemorySegment encoded = target.asSlice(0, length);
            MemorySegment decoded = arena.allocate(16_384);
            PageDecoder decoder = new PageDecoder(Transforms.PLAIN);
            Crc32c crc = new Crc32c();
            long end = System.nanoTime() + DEADLINE_SECONDS * 1_000_000_000L;
            long allocated;
            // Until it is compiled, code allocates what it need not; how long that takes is the machine's business.
            do {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < PAGES; i++) {
                    crc.of(encoded, 0, length);
                    decoder.decode(encoder.codecId(), encoded, decoded);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            } while (allocated > PAGES && System.nanoTime() < end);
            assertTrue(allocated <= PAGES, "bytes for " + PAGES + " pages: " + allocated);
        }
    }
}
