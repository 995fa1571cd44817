package dev.hearth.tools.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of one process, or of several together, as the kernel accounts for it.
 *
 * @param privateBytes resident pages that no other process has mapped
 * @param sharedBytes  resident pages that others have mapped as well; of several processes, counted in each
 * @param pssBytes     resident pages, each divided by the number of processes that have it mapped: what all processes
 *                     together take is the sum of theirs
 */
public record ProcessMemory(long privateBytes, long sharedBytes, long pssBytes) {
    /** No memory at all. */
    public static final ProcessMemory NONE = new ProcessMemory(0, 0, 0);

    private static final Pattern LINE = Pattern.compile("(\\w+):\\s+(\\d+) kB");
    private static final int KIB = 1_024;

    /** The memory of a process of this user now. */
    public static ProcessMemory of(long pid) throws IOException {
        return parse(Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup")));
    }

    /** The figures in the lines of a {@code smaps_rollup}. */
    static ProcessMemory parse(List<String> lines) throws IOException {
        long privateBytes = 0;
        long sharedBytes = 0;
        long pssBytes = -1;
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                continue;
            }
            long bytes = Long.parseLong(matcher.group(2)) * KIB;
            switch (matcher.group(1)) {
                case "Private_Clean", "Private_Dirty", "Private_Hugetlb" -> privateBytes += bytes;
                case "Shared_Clean", "Shared_Dirty", "Shared_Hugetlb" -> sharedBytes += bytes;
                case "Pss" -> pssBytes = bytes;
                default -> {
                    // Parts of what is counted already, or not resident.
                }
            }
        }
        if (pssBytes < 0) {
            throw new IOException("no line Pss in " + lines);
        }
        return new ProcessMemory(privateBytes, sharedBytes, pssBytes);
    }

    /** This memory and that of another process. */
    public ProcessMemory plus(ProcessMemory other) {
        return new ProcessMemory(privateBytes + other.privateBytes, sharedBytes + other.sharedBytes,
                pssBytes + other.pssBytes);
    }
}
