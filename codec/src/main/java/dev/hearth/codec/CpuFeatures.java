package dev.hearth.codec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the processor can do and Java does not tell. */
final class CpuFeatures {
    private CpuFeatures() {}

    /**
     * Whether bytes are expanded under a mask in one instruction (AVX-512 VBMI2).
     *
     * <p>Where they are not, the Vector API emulates it so slowly that patching byte by byte is the better way.
     */
    static boolean hasByteExpand() {
        Path cpus = Path.of("/proc/cpuinfo");
        try (var lines = Files.lines(cpus, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .filter(flags -> flags.contains(" avx512_vbmi2"))
                    .isPresent();
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }
}
