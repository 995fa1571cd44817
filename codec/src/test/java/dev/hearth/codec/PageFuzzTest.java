package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Mutated pages: whatever bytes come, decoding ends with a page or a {@link CodecException}, touches nothing outside
 * the target, and wrong pages are found by the checksum.
 *
 * <p>The long campaign is the same test with more time and other seeds; 13 minutes are some 37 million pages:
 * {@code mvn -pl codec test -Dtest=PageFuzzTest -Dhearth.fuzz.seconds=780 -Dhearth.fuzz.seed=1}.
 */
@Tag("stress")
class PageFuzzTest {
    private static final int PAGE_BYTES = 4096;
    private static final int GUARD_BYTES = 256;
    private static final byte GUARD = (byte) 0xA5;

    private final long seconds = Long.getLong("hearth.fuzz.seconds", 20);
    private final long seed = Long.getLong("hearth.fuzz.seed", 20_251_122);

    private record Sample(int codecId, MemorySegment encoded, int pageBytes, int crc) {}

    @Test
    void decode_ofMutatedPages_isRightOrRefusedOrCaught() {
        System.out.println("fuzz seed=" + seed + " seconds=" + seconds);
        try (Arena arena = Arena.ofConfined()) {
            List<Sample> samples = samples(arena);
            assertTrue(samples.size() > 100, "samples=" + samples.size());
            List<PageDecoder> decoders = TestData.implementations().stream().map(PageDecoder::new).toList();
            SplittableRandom random = new SplittableRandom(seed);
            MemorySegment mutated = arena.allocate(2 * PAGE_BYTES, 64);
            MemorySegment guarded = arena.allocate(PAGE_BYTES + 2 * GUARD_BYTES, 64).fill(GUARD);
            long end = System.nanoTime() + seconds * 1_000_000_000L;
            long[] outcomes = new long[3];
            for (long i = 0; System.nanoTime() < end; i++) {
                Sample sample = samples.get(random.nextInt(samples.size()));
                MemorySegment source = mutate(sample, mutated, random);
                outcomes[decode(decoders.get((int) (i % decoders.size())), sample, source, guarded,
                        "seed=" + seed + " i=" + i)]++;
            }
            System.out
                    .println("fuzz pages: right=" + outcomes[0] + " refused=" + outcomes[1] + " caught=" + outcomes[2]);
            assertTrue(outcomes[1] > 0 && outcomes[2] > 0, "nothing was refused, or nothing decoded wrongly");
        }
    }

    // 0 if the page came out right, 1 if it was refused, 2 if it came out wrong, which the checksum shows.
    private static int decode(PageDecoder decoder, Sample sample, MemorySegment source, MemorySegment guarded,
            String at) {
        MemorySegment target = guarded.asSlice(GUARD_BYTES, sample.pageBytes());
        // The page before may have been longer.
        guarded.asSlice(GUARD_BYTES + sample.pageBytes(), GUARD_BYTES).fill(GUARD);
        int outcome;
        try {
            decoder.decode(sample.codecId(), source, target);
            outcome = Crc32c.ofFresh(target, 0, sample.pageBytes()) == sample.crc() ? 0 : 2;
        } catch (CodecException refused) {
            outcome = 1;
        } catch (RuntimeException other) {
            throw new AssertionError(at + " codec=" + sample.codecId(), other);
        }
        for (int i = 0; i < GUARD_BYTES; i += 8) {
            assertEquals(Bytes.broadcast(GUARD), Bytes.getLong(guarded, i), at);
            assertEquals(Bytes.broadcast(GUARD), Bytes.getLong(guarded, GUARD_BYTES + sample.pageBytes() + i), at);
        }
        return outcome;
    }

    private static MemorySegment mutate(Sample sample, MemorySegment room, SplittableRandom random) {
        int length = (int) sample.encoded().byteSize();
        MemorySegment.copy(sample.encoded(), 0, room, 0, length);
        int changes = random.nextInt(1, 5);
        for (int i = 0; i < changes; i++) {
            // Headers and tables decide most: every second change is at the front.
            int at = random.nextInt(random.nextBoolean() ? Math.min(length, 96) : length);
            switch (random.nextInt(5)) {
                case 0 -> Bytes.putByte(room, at, Bytes.getByte(room, at) ^ (1 << random.nextInt(8)));
                case 1 -> Bytes.putByte(room, at, random.nextInt(256));
                case 2 -> Bytes.putByte(room, at, random.nextBoolean() ? 0 : 0xFF);
                case 3 -> Bytes.putInt(room, at & -4, random.nextInt(-4, PAGE_BYTES + 8));
                default -> length = random.nextInt(8) == 0 ? random.nextInt(length + 64) + 1 : length;
            }
        }
        return room.asSlice(0, length);
    }

    private static List<Sample> samples(Arena arena) {
        List<Sample> samples = new ArrayList<>();
        for (Compression level : Compression.values()) {
            for (DType dtype : new DType[]{DType.U8, DType.F8_E4M3, DType.BF16, DType.F32, DType.I32, DType.F64}) {
                PageEncoder encoder = PageEncoder.create(level, dtype, PAGE_BYTES);
                for (int bytes : new int[]{1000, 2048, 4096}) {
                    for (MemorySegment page : TestData.kinds(arena, bytes, bytes).values()) {
                        encoder.startValue(dtype);
                        MemorySegment target = arena.allocate(bytes);
                        int length = encoder.encode(page, target);
                        if (encoder.codecId() != PageCodecs.RAW) {
                            samples.add(new Sample(
                                    encoder.codecId(), target.asSlice(0, length), bytes,
                                    Crc32c.ofFresh(page, 0, bytes)));
                        }
                    }
                }
            }
        }
        return samples;
    }
}
