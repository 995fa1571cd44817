package dev.hearth.perf;

import dev.hearth.store.Batch;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.GroupLease;
import dev.hearth.store.GroupWalk;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whether it helps to have the next layer of a model brought near while one is in use.
 *
 * <p>
 * {@code perf/run groups [DIRECTORY [LAYERS [LAYER-BYTES [PASSES]]]]}: the layers of a store on disk are leased one
 * after the other, as groups of ten tensors, and each is worked on by reading all its floats so many times. Before each
 * round the store is closed and its file dropped from the page cache ({@code dd iflag=nocache}, which asks as {@code
 * posix_fadvise} does). Leasing each layer by itself and walking over them take turns; the result is the median of the
 * ratios. The first round of each is not counted.
 */
public final class GroupWalkTimings {
    private static final int ROUNDS = 7;
    private static final int TENSORS = 10;
    private final Path store;
    private final int layers;
    private final int layerBytes;
    private final int passes;
    private double sum;

    private GroupWalkTimings(Path store, int layers, int layerBytes, int passes) {
        this.store = store;
        this.layers = layers;
        this.layerBytes = layerBytes;
        this.passes = passes;
    }

    /** Prints a line a round, and the ratio. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path parent = Path.of(arguments.length > 0 ? arguments[0] : System.getProperty("java.io.tmpdir"));
        try (TemporaryDirectory directory = TemporaryDirectory.below(parent)) {
            new GroupWalkTimings(directory.path().resolve("store"), number(arguments, 1, 12),
                    number(arguments, 2, 16 << 20), number(arguments, 3, 4)).measure();
        }
    }

    private static int number(String[] arguments, int index, int otherwise) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
    }

    private HearthOptions options() {
        return HearthOptions.defaults().capacityBytes(Math.max(256L << 20, 2L * layers * layerBytes));
    }

    private void measure() throws IOException, InterruptedException {
        fill();
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            long alone = round % 2 == 0 ? timed(false) : 0;
            long walked = timed(true);
            alone = round % 2 == 0 ? alone : timed(false);
            if (round > 0) {
                ratios.add((double) alone / walked);
                System.out.printf(Locale.ROOT, "layer by layer %.0f ms, next one brought near %.0f ms, ratio %.2f%n",
                        alone / 1e6, walked / 1e6, (double) alone / walked);
            }
        }
        ratios.sort(null);
        System.out.printf(Locale.ROOT, "layers=%d layerBytes=%d passes=%d median ratio %.2f (sum %.3g)%n", layers,
                layerBytes, passes, ratios.get(ratios.size() / 2), sum);
    }

    private void fill() {
        try (Hearth hearth = Hearth.open(store, options());
                Batch batch = hearth.batch(Fingerprint.of("model"))) {
            SplittableRandom random = new SplittableRandom(1);
            byte[] tensor = new byte[layerBytes / TENSORS / Float.BYTES * Float.BYTES];
            for (int layer = 0; layer < layers; layer++) {
                batch.group(layer(layer));
                for (int number = 0; number < TENSORS; number++) {
                    random.nextBytes(tensor);
                    batch.put(Keys.utf8("layer." + layer + ".tensor." + number), MemorySegment.ofArray(tensor),
                            PutOptions.of(Kind.PARAMETER));
                }
            }
            batch.commit();
        }
    }

    private static MemorySegment layer(int layer) {
        return Keys.utf8("layer." + layer);
    }

    private long timed(boolean walks) throws IOException, InterruptedException {
        drop();
        try (Hearth hearth = Hearth.open(store, options())) {
            Namespace namespace = hearth.findNamespace("model", null).orElseThrow();
            List<MemorySegment> names = new ArrayList<>();
            for (int layer = 0; layer < layers; layer++) {
                names.add(layer(layer));
            }
            long startNs = System.nanoTime();
            if (walks) {
                try (GroupWalk walk = namespace.walk(names)) {
                    while (walk.hasNext()) {
                        use(walk.next());
                    }
                }
            } else {
                for (MemorySegment name : names) {
                    use(namespace.getGroup(name));
                }
            }
            return System.nanoTime() - startNs;
        }
    }

    private void use(@Nullable GroupLease leased) {
        try (GroupLease lease = Objects.requireNonNull(leased, "a layer is absent")) {
            for (int pass = 0; pass < passes; pass++) {
                for (int member = 0; member < lease.size(); member++) {
                    MemorySegment floats = lease.segment(member);
                    float total = 0;
                    for (long at = 0; at < floats.byteSize(); at += Float.BYTES) {
                        total += floats.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
                    }
                    sum += Float.isFinite(total) ? total : 1;
                }
            }
        }
    }

    /** Writes back what is dirty and drops the file from the page cache; nobody has it mapped. */
    private void drop() throws IOException, InterruptedException {
        String file = store.resolve("data").toString();
        run("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none");
        run("dd", "if=" + file, "iflag=nocache", "count=0", "status=none");
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (exit != 0) {
            throw new IOException("command=" + String.join(" ", command) + " exit=" + exit);
        }
    }
}
