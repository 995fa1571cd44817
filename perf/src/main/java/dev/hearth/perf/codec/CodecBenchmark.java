package dev.hearth.perf.codec;

import dev.hearth.codec.Compression;
import dev.hearth.codec.Crc32c;
import dev.hearth.codec.PageCodecs;
import dev.hearth.codec.PageDecoder;
import dev.hearth.codec.PageEncoder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: how long do encoding and decoding one hot 64 KiB page take, level by level? {@link CodecTable} answers
 * what that means with pages that come from memory.
 *
 * <p>Command: {@code perf/run jmh CodecBenchmark -prof gc}, some quarter of an hour; decoding must show 0 B per
 * operation. A part of it: {@code perf/run jmh CodecBenchmark.decode -p data="bf16 K/V" -p level=BALANCED -prof gc}.
 * Without the Vector API: {@code -jvmArgsAppend -Dhearth.codec.transforms=plain}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Xmx2g"})
public class CodecBenchmark {
    private static final int PAGE_BYTES = 64 << 10;

    @Param({
            "fp32 weights", "bf16 weights", "fp16 weights", "int8 weights", "bf16 K/V", "bf16 hidden states", "zeros",
            "random bytes", "text (JSON)"
    })
    String data = "";

    @Param({"LZ4", "FAST", "BALANCED", "SMALL"})
    Compression level = Compression.BALANCED;

    private final Arena arena = Arena.ofShared();
    private final Crc32c crc = new Crc32c();
    private final PageDecoder decoder = new PageDecoder();
    private final MemorySegment target = arena.allocate(PAGE_BYTES, 4096);
    private MemorySegment page = MemorySegment.NULL;
    private MemorySegment encoded = MemorySegment.NULL;
    private PageEncoder encoder = PageEncoder.create(level, dev.hearth.codec.DType.UNTYPED, PAGE_BYTES);
    private int codecId;

    /** Takes a page from the middle of the data. */
    @Setup
    public void setUp() {
        CodecData chosen = CodecData.all(arena).stream().filter(candidate -> candidate.name().equals(data)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("data=" + data));
        page = chosen.bytes().asSlice(chosen.bytes().byteSize() / 2 / PAGE_BYTES * PAGE_BYTES, PAGE_BYTES);
        encoder = PageEncoder.create(level, chosen.dtype(), PAGE_BYTES);
        MemorySegment room = arena.allocate(PAGE_BYTES, 4096);
        int length = encoder.encode(page, room);
        codecId = encoder.codecId();
        if (codecId == PageCodecs.RAW) {
            MemorySegment.copy(page, 0, room, 0, length);
        }
        encoded = room.asSlice(0, length);
    }

    @TearDown
    public void tearDown() {
        arena.close();
    }

    @Benchmark
    public int encode() {
        return encoder.encode(page, target);
    }

    @Benchmark
    public int decodeWithChecksum() {
        int sum = crc.of(encoded, 0, encoded.byteSize());
        decoder.decode(codecId, encoded, target);
        return sum;
    }
}
