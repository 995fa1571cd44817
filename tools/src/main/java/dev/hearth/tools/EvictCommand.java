package dev.hearth.tools;

import dev.hearth.store.Hearth;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code evict}: frees segments of activations. */
@Command(description = {"Free segments of activations, in the order in which they would give way.",
        "1 if there was less to free than asked for."})
final class EvictCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(names = "--bytes", paramLabel = "BYTES", required = true, converter = Sizes.Converter.class,
            description = "How much to free at least; 64M, 2GiB.")
    private long bytes;

    EvictCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        long freed;
        int freeSegments;
        try (Hearth hearth = root.attachWritable()) {
            freed = hearth.evict(bytes);
            freeSegments = hearth.stats().freeSegments();
        }
        if (root.isJson()) {
            root.out().line(new Json().put("freedBytes", freed).put("freeSegments", freeSegments).toString());
        } else {
            new TextTable("figure", ">value", "human").row("freedBytes", freed, Sizes.human(freed))
                    .row("freeSegments", freeSegments, "").printRows(root.out());
        }
        return freed >= bytes ? ExitCode.DONE : ExitCode.NEGATIVE;
    }
}
