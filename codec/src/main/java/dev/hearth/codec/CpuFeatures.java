package dev.hearth.codec;

import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What the processor can do and Java does not tell. */
final class CpuFeatures {
    private CpuFeatures() {}

    /**
     * Whether bytes are expanded under a mask in one instruction (AVX-512 VBMI2).
     *
     * <p>Where they are not, the Vector API emulates it so slowly that patching byte by byte is the better way.
     */
    static boolean hasByteExpand() {
        return has("avx512_vbmi2");
    }

    /**
     * Whether bits are expanded under a mask in one instruction, as {@link Long#expand} then is (BMI2).
     *
     * <p>Elsewhere it is a hundred instructions, and patching byte by byte the better way.
     */
    static boolean hasWordExpand() {
        return has("bmi2");
    }

    /** Whether bytes are looked up in tables of two registers in one instruction (AVX-512 VBMI). */
    static boolean hasBytePermute() {
        return has("avx512vbmi");
    }

    private static boolean has(String flag) {
        try (BufferedReader cpus = new BufferedReader(new FileReader("/proc/cpuinfo", StandardCharsets.ISO_8859_1))) {
            return cpus.lines().filter(line -> line.startsWith("flags")).findFirst()
                    .filter(flags -> Arrays.asList(flags.split("\\s+")).contains(flag)).isPresent();
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }
}
