package dev.hearth.tools.worker;

import ai.onnxruntime.OrtException;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Namespace;
import dev.hearth.store.StoreStats;
import dev.hearth.tools.inference.Reply;
import dev.hearth.tools.inference.SessionKind;
import dev.hearth.tools.inference.WorkerTask;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An inference process: one encoder, and a store for those kinds that use one. One thread.
 *
 * <p>Commands, with seeds of request streams and numbers of requests:
 * <ul>
 * <li>{@code uncached SEED COUNT}: computes every answer;
 * <li>{@code serve SEED COUNT}: looks answers up, computes and keeps those that are missing;
 * <li>{@code reference I,J,…}: computes answers that others are compared with, and writes them to the shared file;
 * <li>{@code prepack}: writes the runtime's own file of repacked weights.
 * </ul>
 */
final class Worker implements AutoCloseable {
    private static final int ANSWER_BYTES = Encoder.DIMENSIONS * Float.BYTES;

    private final WorkerTask task;
    private final List<String> sentences;
    private final @Nullable Hearth hearth;
    private final @Nullable LeasedParameters parameters;
    private final Encoder encoder;
    private final long sessionNanos;
    private @Nullable AnswerCache cache;

    Worker(WorkerTask task) throws IOException, OrtException {
        this.task = task;
        this.sentences = task.allSentences();
        if (task.kind() == SessionKind.LEASES) {
            hearth = Hearth.open(task.store(), HearthOptions.defaults().access(HearthOptions.Access.ATTACH));
            parameters = new LeasedParameters(parameters(hearth, task));
        } else {
            hearth = null;
            parameters = null;
        }
        long startNanos = System.nanoTime();
        encoder = Encoder.open(task, parameters);
        sessionNanos = System.nanoTime() - startNanos;
    }

    private static Namespace parameters(Hearth hearth, WorkerTask task) {
        return hearth.findNamespace(Fingerprint.of(task.name()).revision(task.revision()))
                .orElseThrow(() -> new IllegalStateException("no namespace=" + task.name() + "@" + task.revision()));
    }

    /** Answers once, says so, and then does what it is told. */
    void run(Commands commands, PrintStream out) throws IOException, OrtException, InterruptedException {
        encoder.encode(sentences.getFirst());
        long nowNanos = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
        Reply reply =
                new Reply().put("firstNanos", nowNanos - task.sinceEpochNanos()).put("sessionNanos", sessionNanos);
        commands.done();
        print(out, reply);
        for (String command = commands.next(); !command.isEmpty(); command = commands.next()) {
            reply = reply(command.split(" ", -1));
            commands.done();
            print(out, reply);
        }
    }

    private static void print(PrintStream out, Reply reply) {
        reply.lines().forEach(out::println);
        out.flush();
    }

    private Reply reply(String... words) throws IOException, OrtException {
        return switch (words[0]) {
            case "uncached" -> uncached(task.requests(Long.parseLong(words[1]), Integer.parseInt(words[2])));
            case "serve" -> serve(task.requests(Long.parseLong(words[1]), Integer.parseInt(words[2])));
            case "reference" -> reference(Arrays.stream(words[1].split(",", -1)).mapToInt(Integer::parseInt).toArray());
            case "prepack" -> {
                Encoder.prepack(task);
                yield new Reply();
            }
            default -> throw new IllegalArgumentException("command=" + words[0]);
        };
    }

    private Reply uncached(int... requests) throws OrtException {
        List<Long> nanos = new ArrayList<>();
        CRC32C bits = new CRC32C();
        for (int request : requests) {
            long startNanos = System.nanoTime();
            float[] answer = encoder.encode(sentences.get(request));
            nanos.add(System.nanoTime() - startNanos);
            bits.update(bytes(answer));
        }
        return new Reply().put("nanos", nanos).put("bits", Long.toHexString(bits.getValue()));
    }

    private Reply reference(int... requests) throws IOException, OrtException {
        List<Long> nanos = new ArrayList<>();
        try (FileChannel file = FileChannel.open(task.referenceFile(), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE)) {
            for (int request : requests) {
                long startNanos = System.nanoTime();
                float[] answer = encoder.encode(sentences.get(request));
                nanos.add(System.nanoTime() - startNanos);
                ByteBuffer bytes = bytes(answer);
                for (long at = (long) request * ANSWER_BYTES; bytes.hasRemaining();) {
                    at += file.write(bytes, at);
                }
            }
        }
        return new Reply().put("nanos", nanos);
    }

    private Reply serve(int... requests) throws IOException, OrtException {
        if (hearth == null) {
            throw new IllegalStateException("kind=" + task.kind() + " has no store");
        }
        AnswerCache answers = cache == null ? new AnswerCache(hearth, task, encoder.version()) : cache;
        cache = answers;
        MemorySegment reference = MemorySegment.ofArray(Files.readAllBytes(task.referenceFile()));
        List<Long> hitNanos = new ArrayList<>();
        List<Long> missNanos = new ArrayList<>();
        BitSet answered = new BitSet();
        BitSet different = new BitSet();
        for (int request : requests) {
            String sentence = sentences.get(request);
            long startNanos = System.nanoTime();
            float[] answer = answers.get(sentence);
            boolean hit = answer != null;
            if (answer == null) {
                answer = encoder.encode(sentence);
                answers.put(sentence, answer);
            }
            (hit ? hitNanos : missNanos).add(System.nanoTime() - startNanos);
            answered.set(request);
            if (!equal(answer, reference, request)) {
                different.set(request);
            }
        }
        StoreStats stats = hearth.stats();
        return new Reply().put("hitNanos", hitNanos).put("missNanos", missNanos).put("answered", answered)
                .put("different", different).put("full", answers.full()).put("evictions", stats.counter("evictions"))
                .put("freeBytes", stats.freeSegments() * stats.segmentBytes());
    }

    /** Whether every bit is the same: of floats with equal values, two may still differ. */
    private static boolean equal(float[] answer, MemorySegment reference, int request) {
        long at = (long) request * ANSWER_BYTES;
        return at + ANSWER_BYTES <= reference.byteSize()
                && MemorySegment.ofArray(answer).mismatch(reference.asSlice(at, ANSWER_BYTES)) == -1;
    }

    private static ByteBuffer bytes(float[] answer) {
        return ByteBuffer.wrap(MemorySegment.ofArray(answer).toArray(ValueLayout.JAVA_BYTE))
                .order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() throws OrtException {
        encoder.close();
        if (parameters != null) {
            parameters.close();
        }
        if (hearth != null) {
            hearth.close();
        }
    }
}
