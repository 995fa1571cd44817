package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.Peer;
import dev.hearth.perf.compare.peer.PeerSetup;
import dev.hearth.perf.compare.peer.Peers;
import dev.hearth.perf.compare.peer.Session;
import dev.hearth.perf.compare.peer.Values;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The process that measures one store, told what to do in lines of its standard input: {@code load}, {@code touch},
 * {@code round …}, {@code end}. Its answers start with {@value #MARK}, because libraries print to standard output as
 * they like.
 */
final class Worker {
    /** In front of each answer. */
    static final String MARK = "@@ ";
    /** Does rounds as it is told. */
    static final String SERVE = "serve";
    /** Opens the store, finds one entry, answers how many nanoseconds that took, and ends. */
    static final String ATTACH = "attach";
    /** Opens the store, has it made anew what is missing, answers how many nanoseconds that took, and ends. */
    static final String REBUILD = "rebuild";
    private static final long SEED = 42;
    private static final int ARGUMENTS = 7;

    private Worker() {}

    /** Arguments that make a worker: {@code MODE PEER DIRECTORY VALUE-BYTES ENTRIES SPARE-BYTES ROOM}. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != ARGUMENTS) {
            throw new IllegalArgumentException("arguments=" + arguments.length);
        }
        String peer = arguments[1];
        PeerSetup setup = new PeerSetup(Path.of(arguments[2]), Integer.parseInt(arguments[3]),
                Long.parseLong(arguments[4]), Long.parseLong(arguments[5]), Double.parseDouble(arguments[6]));
        try {
            switch (arguments[0]) {
                case SERVE -> serve(peer, setup);
                case ATTACH -> attach(peer, setup);
                case REBUILD -> rebuild(peer, setup);
                default -> throw new IllegalArgumentException("mode=" + arguments[0]);
            }
        } catch (RuntimeException | Error e) {
            answer("error " + e);
            throw e;
        }
        // Threads that libraries leave behind hold nobody up.
        System.exit(0);
    }

    private static void attach(String name, PeerSetup setup) {
        long start = System.nanoTime();
        try (Peer peer = Peers.open(name, setup); Session session = peer.session()) {
            if (session.hit(setup.entries() / 2) == Peer.ABSENT) {
                throw new IllegalStateException("the entry is not there");
            }
            answer(Long.toString(System.nanoTime() - start));
        }
    }

    private static void rebuild(String name, PeerSetup setup) {
        try (Peer peer = Peers.open(name, setup)) {
            answer(Long.toString(peer.rebuildNanos()));
        }
    }

    private static void serve(String name, PeerSetup setup) throws Exception {
        // Some peers take buffers over memory only that lives as long as the process.
        Values values = new Values(Arena.global(), setup.valueBytes(), SEED);
        try (Rounds rounds = new Rounds(name, setup, Peers.open(name, setup), values);
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            answer("ready");
            for (String line = in.readLine(); line != null && !line.equals("end"); line = in.readLine()) {
                answer(switch (line) {
                    case "load" -> rounds.load();
                    case "touch" -> rounds.touch();
                    default -> rounds.run(RoundOrder.parse(line)).line();
                });
            }
        }
    }

    private static void answer(String text) {
        System.out.println(MARK + text);
        System.out.flush();
    }
}
