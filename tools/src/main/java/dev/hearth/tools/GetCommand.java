package dev.hearth.tools;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.Hearth;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code get}: the bytes of a value, or of a part of it, in steps that touch no page twice.
 *
 * <p>The bytes that come out are a prefix of one version: when the entry is replaced meanwhile, the command fails.
 */
@Command(description = "Write the bytes of a value; 1 if there is no such entry.")
final class GetCommand implements Callable<Integer> {
    /** A multiple of every page size, so that a step never ends inside a page. */
    private static final int STEP_BYTES = 1 << 20;
    private static final int ALIGNMENT_BYTES = 4_096;
    private static final String STDOUT = "-";
    /** Only somebody who is stopped makes it wait that long: the dead are noticed. */
    private static final Duration FIRST_USE_LIMIT = Duration.ofMinutes(30);

    private final RootCommand root;

    @Parameters(paramLabel = "KEY", description = "The key.")
    private KeyText key = KeyText.parse("-");

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = "The namespace.")
    private NamespaceName namespace = NamespaceName.parse("-");

    @Option(names = "--offset", paramLabel = "N", converter = Sizes.Converter.class, description = {
            "First byte to write; 0 by default."})
    private long offsetBytes;

    @Option(names = "--length", paramLabel = "N", converter = Sizes.Converter.class, description = {
            "How many bytes to write at most; all by default."})
    private long lengthBytes = Long.MAX_VALUE;

    @Option(names = "--output", paramLabel = "FILE", description = "Where to write; - is standard output, the default.")
    private @Nullable String output;

    GetCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        try (Hearth hearth = root.attach()) {
            Namespace source = namespace.get(hearth);
            EntryInfo entry = find(source);
            long from = Math.min(offsetBytes, entry.logicalBytes());
            long to = from + Math.min(lengthBytes, entry.logicalBytes() - from);
            if (output == null || output.equals(STDOUT)) {
                copyToStdout(source, entry, from, to);
            } else {
                copyToFile(source, entry, from, to, Path.of(output));
            }
        }
        return ExitCode.DONE;
    }

    /** The entry; a name that is registered becomes one now. */
    private EntryInfo find(Namespace source) throws IOException {
        Optional<EntryInfo> there = source.find(key.key());
        if (there.isPresent()) {
            return there.get();
        }
        try (ModelNamespace models = new ModelNamespace(source)) {
            if (root.isReadOnly() && models.registration().source(TensorNames.name(key.key())) != null) {
                throw ToolFailure.negative("registered and not put yet, which --read-only cannot do: key=" + key.text()
                        + " namespace=" + namespace);
            }
            try (Lease lease = models.get(key.key(), FIRST_USE_LIMIT)) {
                if (lease == null) {
                    throw absent();
                }
                // Held until it is described; what is read behind that is checked by its version.
                return source.find(key.key()).orElseThrow(this::absent);
            }
        }
    }

    private ToolFailure absent() {
        return ToolFailure.negative("absent: key=" + key.text() + " namespace=" + namespace);
    }

    private void copyToStdout(Namespace source, EntryInfo entry, long from, long to) throws IOException {
        boolean guarded = output == null && root.io().outIsTerminal();
        WritableByteChannel channel = root.out().channel();
        copy(source, entry, from, to, bytes -> {
            if (guarded && hasZero(bytes)) {
                throw ToolFailure
                        .usage("binary bytes can spoil a terminal: use --output FILE, or --output - to insist");
            }
            try {
                writeAll(channel, bytes);
            } catch (IOException e) {
                throw root.out().failure(e);
            }
        });
    }

    private void copyToFile(Namespace source, EntryInfo entry, long from, long to, Path file) throws IOException {
        boolean existed = Files.exists(file);
        boolean done = false;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING); ProgressBar progress = root.progress("getting")) {
            long[] written = new long[1];
            copy(source, entry, from, to, bytes -> {
                written[0] += bytes.remaining();
                writeAll(channel, bytes);
                progress.at(written[0], to - from);
            });
            done = true;
        } finally {
            if (!done && !existed) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Takes the bytes of one step. */
    @FunctionalInterface
    private interface Sink {
        void write(ByteBuffer bytes) throws IOException;
    }

    private void copy(Namespace source, EntryInfo entry, long from, long to, Sink sink) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.clamp(to - from, 1, STEP_BYTES), ALIGNMENT_BYTES);
            for (long at = from; at < to;) {
                // The first step ends where a page does, and so do all others but the last.
                int step = (int) Math.min(STEP_BYTES - at % STEP_BYTES, to - at);
                MemorySegment target = buffer.asSlice(0, step);
                long read = source.read(key.key(), at, target);
                requireSame(source, entry, read == step);
                sink.write(target.asByteBuffer());
                at += step;
            }
        }
    }

    private void requireSame(Namespace source, EntryInfo entry, boolean wholeStep) {
        long version = source.find(key.key()).map(EntryInfo::version).orElse(Namespace.ABSENT);
        if (version != entry.version()) {
            throw ToolFailure.failed("the entry was replaced or removed while it was read: key=" + key.text());
        }
        if (!wholeStep) {
            throw ToolFailure.negative("the entry is damaged: key=" + key.text());
        }
    }

    private static boolean hasZero(ByteBuffer bytes) {
        for (int i = bytes.position(); i < bytes.limit(); i++) {
            if (bytes.get(i) == 0) {
                return true;
            }
        }
        return false;
    }

    private static void writeAll(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
