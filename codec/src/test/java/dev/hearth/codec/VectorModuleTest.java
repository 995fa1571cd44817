package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** JVMs with and without the incubating vector module. */
@Tag("system")
class VectorModuleTest {
    @Test
    void main_withoutTheModule_runsPlainAndGivesTheSameBytes() throws Exception {
        assertEquals("plain native " + checksum(), run(List.of()));
    }

    @Test
    void main_withTheModule_runsVectors() throws Exception {
        String with = run(List.of("--add-modules", "jdk.incubator.vector"));
        assertEquals(Transforms.BEST.name() + " native " + checksum(), with);
        assertTrue(with.startsWith("vector-"), with);
    }

    @Test
    void main_toldToBePlain_isPlain() throws Exception {
        String plain = run(List.of("--add-modules", "jdk.incubator.vector", "-D" + Transforms.PROPERTY + "=plain"));
        assertEquals("plain native " + checksum(), plain);
    }

    private static String run(List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), VectorModuleTest.class.getName()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "the other JVM did not end");
        assertEquals(0, process.exitValue(), out);
        return out.trim();
    }

    /** Encodes and decodes a few pages; prints what ran and the checksum of the encoded bytes. */
    public static void main(String[] args) {
        System.out.println(
                PageCodecs.vectorImplementation() + " " + PageCodecs.lz4Implementation() + " " + checksum());
    }

    private static int checksum() {
        Crc32c crc = new Crc32c();
        PageDecoder decoder = new PageDecoder();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(4096);
            MemorySegment decoded = arena.allocate(4096);
            for (Compression level : Compression.values()) {
                for (DType dtype : TestData.SHAPES) {
                    PageEncoder encoder = PageEncoder.create(level, dtype, 4096);
                    for (MemorySegment page : TestData.kinds(arena, 4096, 3).values()) {
                        encoder.startValue(dtype);
                        int length = encoder.encode(page, target);
                        MemorySegment stored = encoder.codecId() == PageCodecs.RAW ? page : target.asSlice(0, length);
                        decoder.decode(encoder.codecId(), stored, decoded);
                        if (page.mismatch(decoded) != -1) {
                            throw new IllegalStateException(level + " " + dtype);
                        }
                        crc.update(stored, 0, length);
                    }
                }
            }
        }
        return crc.value();
    }
}
