package dev.hearth.perf.compare;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The machine a run ran on.
 *
 * @param text        processor, memory, kernel, JVM, as a sentence
 * @param loadAverage over the last minute, when the run began
 */
record Machine(String text, double loadAverage) {
    /** This machine, now. */
    static Machine current() {
        int cores = Runtime.getRuntime().availableProcessors();
        String text = String.format(Locale.ROOT, "%d cores of %s, %s GiB of memory, Linux %s, JDK %s", cores,
                firstOf("/proc/cpuinfo", "model name", System.getProperty("os.arch")), memoryGib(),
                System.getProperty("os.version"), System.getProperty("java.vm.version"));
        return new Machine(text, ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static String memoryGib() {
        String kib = firstOf("/proc/meminfo", "MemTotal", "0").replaceAll("[^0-9]", "");
        return Long.toString(Math.round(Long.parseLong(kib) / 1048576.0));
    }

    private static String firstOf(String file, String name, String otherwise) {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name)).map(line -> line.replaceFirst("^[^:]*:\\s*", ""))
                    .findFirst().orElse(otherwise);
        } catch (IOException _) {
            return otherwise;
        }
    }
}
