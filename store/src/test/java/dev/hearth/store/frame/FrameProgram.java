package dev.hearth.store.frame;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.frame.FrameStore.Attachment;
import dev.hearth.store.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * A process with frames that does what it is told line by line and answers each line with one.
 *
 * <pre>
 * read FROM TO SEED  reads pages in random order as the store would; how many it decoded, how many privately
 * claim N, hold N    keeps what it gets, and says the handle
 * hold-in-lane N     the same
 * publish            publishes what it claimed
 * </pre>
 */
final class FrameProgram {
    private final FrameCache cache;
    private final Attachment attachment;

    private FrameProgram(Attachment attachment) {
        this.attachment = attachment;
        cache = attachment.frames();
    }

    static FrameKey key(int number) {
        return TestFrames.key(number, 40_000 + number);
    }

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Attachment attachment = new Attachment(Path.of(args[0]), Path.of(args[1]))) {
            FrameProgram program = new FrameProgram(attachment);
            ForkedJvm.say("attached");
            FrameKey claimed = key(0);
            long claim = -1;
            for (String line = in.readLine(); line != null && !line.equals("exit"); line = in.readLine()) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "read" -> ForkedJvm.say("read " + program.read(Integer.parseInt(words[1]),
                            Integer.parseInt(words[2]), Long.parseLong(words[3])));
                    case "claim" -> {
                        claimed = key(Integer.parseInt(words[1]));
                        claim = program.cache.claim(claimed);
                        ForkedJvm.say("claimed " + claim);
                    }
                    case "hold" -> ForkedJvm.say("held " + program.cache.hold(key(Integer.parseInt(words[1]))));
                    case "hold-in-lane" -> {
                        FrameKey key = key(Integer.parseInt(words[1]));
                        program.cache.release(program.cache.hold(key));
                        ForkedJvm.say("held " + program.cache.holdDirect(key, FrameLayout.SHARED_HOLD_STRIPES));
                    }
                    case "publish" -> {
                        program.cache.publish(claim, claimed, MemorySegment.ofArray(TestFrames.page(claimed)), 0);
                        ForkedJvm.say("published");
                    }
                    default -> throw new IllegalArgumentException("line=" + line);
                }
            }
        }
    }

    private String read(int from, int to, long seed) {
        int[] order = new Random(seed).ints(from, to).distinct().limit(to - from).toArray();
        int decoded = 0;
        int privately = 0;
        for (int number : order) {
            FrameKey key = key(number);
            byte[] page = TestFrames.read(cache, key);
            while (page.length == 0) {
                long handle = cache.claim(key);
                if (handle >= 0) {
                    decoded++;
                    cache.publish(handle, key, MemorySegment.ofArray(TestFrames.page(key)), 0);
                } else if (handle == FrameCache.NONE) {
                    privately++;
                    page = TestFrames.page(key);
                    break;
                }
                page = TestFrames.read(cache, key);
            }
            if (!Arrays.equals(TestFrames.page(key), page)) {
                throw new AssertionError("wrong bytes: key=" + key);
            }
        }
        return decoded + " " + privately + " " + attachment.count(Counter.DAMAGE);
    }
}
