package dev.hearth.perf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The speed of {@code hearth import} beside that of a plain copy of the file.
 *
 * <p>A safetensors file of random floats is imported in place by the tool, in a JVM of its own, and copied by reading
 * and writing 1 MiB at a time, in turns on the same file system, with the file in the page cache and nothing dirty
 * before each turn. The copy is timed from its first read to its last write, the import as the tool says: from the
 * first byte read until the commit; the time of the whole process stands beside it. The result is the median of the
 * ratios, and the ratio of the fastest turns, which says more where others use the machine.
 *
 * <p>{@code perf/run import [--bytes N] [--rounds N] [--dir DIR] [--arg OPTION-OF-IMPORT]...}
 */
public final class ImportRate {
    private static final int STEP_BYTES = 1 << 20;
    private static final long TENSOR_BYTES = 16 << 20;
    private static final Pattern DURATION = Pattern.compile("\"durationNanos\":([0-9]+)");

    private final Path folder;
    private final List<String> more = new ArrayList<>();
    private long tensorBytes = 1L << 30;
    private int rounds = 5;

    private ImportRate(Path folder) {
        this.folder = folder;
    }

    /** Measures and prints. */
    public static void main(String[] args) throws Exception {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        for (int i = 0; i + 1 < args.length; i += 2) {
            parent = args[i].equals("--dir") ? Path.of(args[i + 1]) : parent;
        }
        Path folder = Files.createTempDirectory(parent, "hearth-import-");
        ImportRate rate = new ImportRate(folder);
        try {
            rate.parse(args);
            rate.run();
        } finally {
            delete(folder);
        }
    }

    private void parse(String... args) {
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " has no value");
            }
            switch (args[i]) {
                case "--bytes" -> tensorBytes = Long.parseLong(args[i + 1]) / TENSOR_BYTES * TENSOR_BYTES;
                case "--rounds" -> rounds = Integer.parseInt(args[i + 1]);
                case "--arg" -> more.add(args[i + 1]);
                case "--dir" -> {}
                default -> throw new IllegalArgumentException("option=" + args[i]);
            }
        }
        if (tensorBytes <= 0 || rounds <= 0) {
            throw new IllegalArgumentException("bytes=" + tensorBytes + " rounds=" + rounds);
        }
    }

    private void run() throws IOException, InterruptedException {
        Path file = model();
        double[] ratios = new double[rounds];
        long bestCopyNanos = Long.MAX_VALUE;
        long bestImportNanos = Long.MAX_VALUE;
        System.out.printf(Locale.ROOT, "%d bytes in tensors of %d, on %s%n%n", tensorBytes, TENSOR_BYTES, folder);
        System.out.printf("%5s %12s %14s %7s %16s%n", "round", "copy GB/s", "import GB/s", "ratio", "process seconds");
        // The first round only warms up what the machine keeps.
        for (int round = -1; round < rounds; round++) {
            long copyNanos = copy(file);
            long startNanos = System.nanoTime();
            long importNanos = importInto(file);
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            if (round >= 0) {
                bestCopyNanos = Math.min(bestCopyNanos, copyNanos);
                bestImportNanos = Math.min(bestImportNanos, importNanos);
                ratios[round] = (double) copyNanos / importNanos;
                System.out.printf(Locale.ROOT, "%5d %12.2f %14.2f %7.2f %16.2f%n", round + 1,
                        (double) tensorBytes / copyNanos, (double) tensorBytes / importNanos, ratios[round], seconds);
            }
        }
        Arrays.sort(ratios);
        System.out.printf(Locale.ROOT, "%nmedian ratio %.2f (%.2f to %.2f), fastest import to fastest copy %.2f%n",
                ratios[rounds / 2], ratios[0], ratios[rounds - 1], (double) bestCopyNanos / bestImportNanos);
    }

    private Path model() throws IOException {
        StringBuilder header = new StringBuilder("{");
        for (long at = 0; at < tensorBytes; at += TENSOR_BYTES) {
            header.append(at == 0 ? "" : ",").append("\"t.").append(at / TENSOR_BYTES)
                    .append("\":{\"dtype\":\"F32\",\"shape\":[").append(TENSOR_BYTES / Float.BYTES)
                    .append("],\"data_offsets\":[").append(at).append(',').append(at + TENSOR_BYTES).append("]}");
        }
        while (header.length() % Long.BYTES != Long.BYTES - 1) {
            header.append(' ');
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.US_ASCII);
        Path file = folder.resolve("model.safetensors");
        Random random = new Random(42);
        ByteBuffer step = ByteBuffer.allocateDirect(STEP_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeAll(out, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).flip());
            writeAll(out, ByteBuffer.wrap(json));
            for (long at = 0; at < tensorBytes; at += STEP_BYTES) {
                step.clear();
                while (step.hasRemaining()) {
                    step.putFloat(random.nextFloat() - 0.5f);
                }
                writeAll(out, step.flip());
            }
        }
        return file;
    }

    private static void writeAll(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private long copy(Path file) throws IOException, InterruptedException {
        sync();
        Path copy = folder.resolve("copy");
        ByteBuffer step = ByteBuffer.allocateDirect(STEP_BYTES);
        long nanos;
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long startNanos = System.nanoTime();
            for (int read = in.read(step); read >= 0; read = in.read(step)) {
                writeAll(out, step.flip());
                step.clear();
            }
            nanos = System.nanoTime() - startNanos;
        }
        Files.delete(copy);
        return nanos;
    }

    private long importInto(Path file) throws IOException, InterruptedException {
        sync();
        Path store = folder.resolve("store");
        List<String> command = new ArrayList<>(List.of(System.getProperty("hearth.tool", "tools/hearth"), "import",
                file.toString(), "--namespace", "m@1", "--store", store.toString(), "--capacity",
                Long.toString(3 * tensorBytes), "--format", "json"));
        command.addAll(more);
        String json = run(command);
        Matcher duration = DURATION.matcher(json);
        if (!duration.find()) {
            throw new IOException("no duration in " + json);
        }
        delete(store);
        return Long.parseLong(duration.group(1));
    }

    /** Writes back what earlier turns left dirty, so that no turn pays for another. */
    private static void sync() throws IOException, InterruptedException {
        run(List.of("sync"));
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with exit code " + code);
        }
        return out;
    }

    private static void delete(Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> all = Files.walk(folder)) {
            paths = new ArrayList<>(all.toList());
        }
        for (Path path : paths.reversed()) {
            Files.delete(path);
        }
    }
}
