package dev.hearth.perf;

import dev.hearth.store.Batch;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.GroupLease;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Whether leasing, prefetching and releasing a group costs what the group has, and not what the store has.
 *
 * <p>
 * {@code perf/run group-cost [DIRECTORY [ENTRIES]]}: two stores of equal size, one with 1,000 entries beside the groups
 * and one with so many, in each groups of 10 and of 100 small tensors. All four take turns; of each the time of a lease
 * with its release, and of a prefetch, is that of its fastest round, because what else a machine does only adds. What
 * counts are the ratios: of the stores to each other for the same group, which should be about 1, and of the groups,
 * which should be about 10 at the most.
 */
public final class GroupCostTimings {
    private static final int ROUNDS = 100;
    private static final int WARM_UP = 40;
    private static final int CALLS = 100;
    private static final int FEW_ENTRIES = 1_000;
    private static final int[] SIZES = {10, 100};
    private static final int BATCH = 1_000;
    private static final byte[] VALUE = new byte[256];

    private GroupCostTimings() {}

    /** Prints a line a group size. */
    public static void main(String[] arguments) throws IOException {
        Path parent = Path.of(arguments.length > 0 ? arguments[0] : System.getProperty("java.io.tmpdir"));
        int many = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200_000;
        HearthOptions options = HearthOptions.defaults().capacityBytes(512L << 20).maxEntries(2L * many);
        try (TemporaryDirectory directory = TemporaryDirectory.below(parent);
                Hearth small = Hearth.open(directory.path().resolve("small"), options);
                Hearth large = Hearth.open(directory.path().resolve("large"), options)) {
            measure(fill(small, FEW_ENTRIES), fill(large, many), many);
        }
    }

    private static Namespace fill(Hearth hearth, int entries) {
        Namespace namespace = hearth.namespace(Fingerprint.of("model"));
        for (int from = 0; from < entries; from += BATCH) {
            try (Batch batch = namespace.batch()) {
                for (int i = from; i < from + BATCH; i++) {
                    batch.put(Keys.utf8("other " + i), MemorySegment.ofArray(VALUE), PutOptions.of(Kind.PARAMETER));
                }
                batch.commit();
            }
        }
        for (int size : SIZES) {
            try (Batch batch = namespace.batch()) {
                batch.group(group(size));
                for (int i = 0; i < size; i++) {
                    batch.put(Keys.utf8(size + " tensor " + i), MemorySegment.ofArray(VALUE),
                            PutOptions.of(Kind.PARAMETER));
                }
                batch.commit();
            }
        }
        return namespace;
    }

    private static MemorySegment group(int size) {
        return Keys.utf8("group of " + size);
    }

    private static void measure(Namespace small, Namespace large, int many) {
        for (boolean prefetches : new boolean[]{false, true}) {
            double[][] fastest = fastest(List.of(small, large), prefetches);
            for (int size = 0; size < SIZES.length; size++) {
                System.out.printf(Locale.ROOT,
                        "%s of a group of %d: %.2f us among %d entries, %.2f us among %d, ratio %.2f%n",
                        prefetches ? "prefetch" : "lease and release", SIZES[size], fastest[0][size] / 1e3,
                        FEW_ENTRIES, fastest[1][size] / 1e3, many, fastest[1][size] / fastest[0][size]);
            }
            System.out.printf(Locale.ROOT, "a group of %d costs %.1f times one of %d%n", SIZES[1],
                    fastest[1][1] / fastest[1][0], SIZES[0]);
        }
    }

    /** Nanoseconds by store and size. */
    private static double[][] fastest(List<Namespace> stores, boolean prefetches) {
        List<List<List<Double>>> times = new ArrayList<>();
        stores.forEach(store -> times.add(List.of(new ArrayList<>(), new ArrayList<>())));
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (int turn = 0; turn < stores.size() * SIZES.length; turn++) {
                int store = (turn + Math.abs(round)) % stores.size();
                int size = turn / stores.size();
                double tookNs = timed(stores.get(store), group(SIZES[size]), prefetches);
                if (round >= 0) {
                    times.get(store).get(size).add(tookNs);
                }
            }
        }
        double[][] fastest = new double[stores.size()][SIZES.length];
        for (int store = 0; store < stores.size(); store++) {
            for (int size = 0; size < SIZES.length; size++) {
                fastest[store][size] = Collections.min(times.get(store).get(size));
            }
        }
        return fastest;
    }

    private static double timed(Namespace namespace, MemorySegment group, boolean prefetches) {
        long startNs = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
            if (prefetches) {
                boolean _ = namespace.prefetchGroup(group);
            } else {
                try (GroupLease lease = Objects.requireNonNull(namespace.getGroup(group), "the group is absent")) {
                    long _ = lease.version();
                }
            }
        }
        return (double) (System.nanoTime() - startNs) / CALLS;
    }
}
