package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one process did is seen by the next get of another: they take turns, and tell each other through pipes. */
@Tag("system")
class VisibilityTest {
    private static final String ROUNDS_PROPERTY = "hearth.visibility.rounds";
    private static final int ROUNDS = Integer.getInteger(ROUNDS_PROPERTY, 3_000);
    private static final long SEED = 9;
    private static final HearthOptions OPTIONS = HearthOptions.defaults().capacityBytes(16 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(5_000);
    private static final MemorySegment GROUP = Keys.utf8("group");
    private static final int KEYS = 5;

    @TempDir
    Path temporary;

    /** One side of it: does what a word says, and tells what it sees. */
    private static final class Side {
        private final Hearth hearth;
        private final Lease reused;
        private Namespace namespace;

        Side(Hearth hearth) {
            this.hearth = hearth;
            this.reused = hearth.newLease();
            this.namespace = hearth.namespace(Fingerprint.of("n"));
        }

        /** The round each key is of, and the group; 0 for what is absent. */
        String look() {
            StringBuilder seen = new StringBuilder();
            namespace = hearth.namespace(Fingerprint.of("n"));
            for (int key = 0; key < KEYS; key++) {
                try (Lease lease = namespace.get(key(key))) {
                    int round = lease == null ? 0 : lease.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 0);
                    // The way that is remembered, and what is remembered of it.
                    assertEquals(round, again(key), "the same with a reused lease");
                    assertEquals(round, again(key), "the same as it is remembered");
                    seen.append(round).append(' ');
                }
            }
            try (GroupLease lease = namespace.getGroup(GROUP)) {
                return seen.append(lease == null ? 0 : lease.segment(0).get(ValueLayout.JAVA_INT_UNALIGNED, 0))
                        .toString();
            }
        }

        private int again(int key) {
            if (!namespace.get(key(key), reused)) {
                return 0;
            }
            int round = reused.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 0);
            reused.close();
            return round;
        }

        void act(String what, int round) {
            int key = round % KEYS;
            switch (what) {
                case "put" -> namespace.put(key(key), value(round), options(round));
                case "remove" -> {
                    boolean _ = namespace.remove(key(key));
                }
                case "batch" -> {
                    try (Batch batch = namespace.batch()) {
                        batch.group(GROUP);
                        for (int member = 0; member < KEYS; member++) {
                            batch.put(key(member), value(round), options(round));
                        }
                        batch.commit();
                    }
                }
                case "group" -> {
                    boolean _ = namespace.removeGroup(GROUP);
                }
                case "namespace" -> {
                    boolean _ = hearth.remove(namespace);
                }
                case "evict" -> evict();
                default -> throw new IllegalArgumentException("what=" + what);
            }
        }

        /** Puts until everything that may go is gone. */
        private void evict() {
            byte[] noise = new byte[200_000];
            new Random(SEED).nextBytes(noise);
            for (int i = 0; i < 130; i++) {
                namespace.put(Keys.utf8("filler " + i), MemorySegment.ofArray(noise), PutOptions.of(Kind.ACTIVATION));
            }
        }

        private static MemorySegment key(int key) {
            return Keys.utf8("key " + key);
        }

        /** In place, in a frame, and of several pages. */
        private static MemorySegment value(int round) {
            MemorySegment value = MemorySegment.ofArray(new byte[new int[]{100, 9_000, 40_000}[round % 3]]);
            value.fill((byte) (round / 100));
            value.set(ValueLayout.JAVA_INT_UNALIGNED, 0, round);
            return value;
        }

        private static PutOptions options(int round) {
            return PutOptions.of(round % 2 == 0 ? Kind.ACTIVATION : Kind.PARAMETER);
        }
    }

    /** The other process. */
    static final class Other {
        private Other() {}

        public static void main(String[] args) throws IOException {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            try (Hearth hearth = Hearth.open(Path.of(args[0]), OPTIONS)) {
                Side side = new Side(hearth);
                ForkedJvm.say("ready");
                for (String line = in.readLine(); line != null && !line.equals("end"); line = in.readLine()) {
                    if (!line.equals("look")) {
                        String[] words = line.split(" ", -1);
                        side.act(words[0], Integer.parseInt(words[1]));
                    }
                    ForkedJvm.say("sees " + side.look());
                }
            }
        }
    }

    @Test
    void whatOneProcessDid_isSeenByTheNextGetOfAnother() {
        Random random = new Random(SEED);
        String[] actions = {"put", "put", "put", "put", "batch", "batch", "remove", "group", "namespace"};
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), OPTIONS);
                ForkedJvm other =
                        ForkedJvm.of(Other.class).optimized().args(temporary.resolve("store").toString()).start()) {
            Side own = new Side(hearth);
            other.awaitLine("ready");
            int changed = 0;
            String before = own.look();
            TimeBox box = TimeBox.unlessAsked(ROUNDS_PROPERTY, 250, Duration.ofSeconds(15));
            for (int round = 1; round <= ROUNDS && box.goesOn(); round++) {
                String action = round % 100 == 0 ? "evict" : actions[random.nextInt(actions.length)];
                String seenByActor;
                String seenByOther;
                if (random.nextBoolean()) {
                    own.act(action, round);
                    seenByActor = own.look();
                    other.send("look");
                    seenByOther = other.awaitLine("sees");
                } else {
                    other.send(action + " " + round);
                    seenByActor = other.awaitLine("sees");
                    seenByOther = own.look();
                }
                assertEquals(seenByActor, seenByOther, "round " + round + " " + action + " seed " + SEED);
                if (action.equals("put") || action.equals("batch")) {
                    assertEquals(Integer.toString(round), seenByActor.split(" ", -1)[round % KEYS], action);
                }
                changed += seenByActor.equals(before) ? 0 : 1;
                before = seenByActor;
            }
            assertTrue(changed > box.begun() / 2, "changed " + changed);
            assertTrue(hearth.stats().counter("evictions") > 0, "evictions");
            other.send("end");
            assertEquals(0, other.awaitExit(), other::output);
        }
    }
}
