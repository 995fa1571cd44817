package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.EntryInfo;
import dev.hearth.store.Hearth;
import dev.hearth.store.Keys;
import dev.hearth.store.Namespace;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ls}: the entries, in the order of namespace and key. */
@Command(description = "List entries.")
final class LsCommand implements Callable<Integer> {
    private static final Comparator<EntryInfo> ORDER = Comparator.comparing(EntryInfo::namespace)
            .thenComparing(EntryInfo::key, Arrays::compareUnsigned);

    private final RootCommand root;

    @Option(names = "--namespace", paramLabel = "NS", description = "Only entries of this namespace.")
    private @Nullable NamespaceName namespace;

    @Option(names = "--prefix", paramLabel = "P", description = "Only keys that start with this; UTF-8 or hex:…")
    private String prefix = "";

    @Option(names = "--registered", description = {
            "Names that import --lazy registered and that are no entries yet, instead of entries."})
    private boolean registered;

    @Option(names = "--group", paramLabel = "G", description = "Only members of this group of the namespace.")
    private @Nullable KeyText group;

    LsCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        byte[] prefixBytes = Keys.parse(prefix).toArray(ValueLayout.JAVA_BYTE);
        if (registered) {
            try (Hearth hearth = root.attachReadOnly()) {
                RegisteredListing listing = new RegisteredListing(key -> startsWith(key, prefixBytes));
                for (Namespace one : namespace == null ? all(hearth) : List.of(namespace.get(hearth))) {
                    listing.add(one);
                }
                listing.print(root);
            }
            return ExitCode.DONE;
        }
        List<EntryInfo> entries = new ArrayList<>();
        long damaged;
        if (group != null && namespace == null) {
            throw ToolFailure.usage("--group needs --namespace");
        }
        try (Hearth hearth = root.attachReadOnly()) {
            damaged = EntryScan.scan(namespace == null ? hearth.entries() : entries(namespace.get(hearth)), root,
                    entry -> {
                        if (startsWith(entry.key(), prefixBytes)) {
                            entries.add(entry);
                        }
                    });
        }
        entries.sort(ORDER);
        if (root.isJson()) {
            entries.forEach(entry -> root.out().line(json(entry).toString()));
        } else {
            table(entries);
        }
        return EntryScan.code(damaged);
    }

    private static List<Namespace> all(Hearth hearth) {
        return hearth.namespaces().stream().flatMap(info -> hearth.findNamespace(info.fingerprint()).stream()).toList();
    }

    private Stream<EntryInfo> entries(Namespace listed) {
        return group == null ? listed.entries() : GroupsCommand.members(listed, group);
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    private void table(List<EntryInfo> entries) {
        TextTable table = new TextTable("key", "namespace", "kind", "storage", "dtype", "shape", ">logicalBytes",
                ">storedBytes", ">ratio", ">pages", ">version", "codecs");
        for (EntryInfo entry : entries) {
            table.row(entry.keyText(), entry.namespace(), Words.of(entry.kind()), Words.of(entry.storage()),
                    entry.spec().dtype(), shape(entry), entry.logicalBytes(), entry.storedBytes(),
                    String.format(Locale.ROOT, "%.2f", ratio(entry)), entry.pages(), entry.version(), codecs(entry));
        }
        table.print(root.out());
    }

    private static String shape(EntryInfo entry) {
        boolean plain = entry.spec().dtype() == DType.UNTYPED && entry.spec().shape().isEmpty();
        return plain ? "-" : new Shape(entry.spec().shape()).toString();
    }

    /** How many bytes of value there are for each byte in the store. */
    private static double ratio(EntryInfo entry) {
        return entry.storedBytes() == 0 ? 0 : (double) entry.logicalBytes() / entry.storedBytes();
    }

    private static String codecs(EntryInfo entry) {
        Map<String, Long> codecs = entry.codecs();
        if (codecs.size() == 1) {
            return codecs.keySet().iterator().next();
        }
        return codecs.isEmpty()
                ? "-"
                : codecs.entrySet().stream().sorted(Map.Entry.comparingByKey())
                        .map(codec -> codec.getKey() + ":" + codec.getValue()).collect(Collectors.joining(","));
    }

    private static Json json(EntryInfo entry) {
        Json json = new Json().put("key", entry.keyText()).put("namespace", entry.namespace())
                .put("kind", Words.of(entry.kind())).put("storage", Words.of(entry.storage()))
                .put("dtype", entry.spec().dtype().name()).put("shape", entry.spec().shape())
                .put("logicalBytes", entry.logicalBytes()).put("storedBytes", entry.storedBytes())
                .put("ratio", ratio(entry)).put("pages", entry.pages()).put("codecs", entry.codecs())
                .put("version", entry.version()).put("expiresAtMs", entry.expiresAtMs())
                .put("attributes", entry.attributes());
        EntryInfo.Location location = entry.location();
        return json.put("segment", location.segment()).put("generation", location.generation())
                .put("offsetBytes", location.offsetBytes());
    }
}
