package dev.hearth.perf.compare.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Redis server on loopback holds what is put into it, and ends with the peer that started it. */
final class RedisPeerTest {
    private static final int VALUE_BYTES = 8_192;
    private static final int ENTRIES = 100;
    private static final Values VALUES = new Values(Arena.global(), VALUE_BYTES, 1);
    @TempDir
    Path directory;

    @BeforeEach
    void requireRedis() {
        assumeTrue(RedisServer.isInstalled(), "redis-server is not installed: nothing of this is tested");
    }

    private PeerSetup setup(double room) {
        return new PeerSetup(directory.resolve("redis"), VALUE_BYTES, ENTRIES, 0, room);
    }

    @Test
    void session_loadedValues_areFoundCopiedAndReplaced() {
        try (Peer peer = new RedisPeer(setup(1)); Arena arena = Arena.ofConfined()) {
            peer.load(VALUES, 0, ENTRIES);
            MemorySegment target = arena.allocate(VALUE_BYTES, 8);
            try (Session session = peer.session()) {
                for (long id = 0; id < ENTRIES; id++) {
                    assertEquals(VALUES.first(id), session.hit(id));
                    assertEquals(VALUES.first(id), session.read(id, target));
                    assertEquals(-1, target.mismatch(VALUES.of(id)), "the whole value was copied");
                    assertEquals(VALUES.at(id, 4_096), session.range(id, 4_096, target.asSlice(0, 64)));
                }
                assertEquals(Peer.ABSENT, session.hit(ENTRIES));
                assertEquals(Peer.ABSENT, session.read(ENTRIES, target));
                session.put(3, VALUES.of(77));
                assertEquals(VALUES.first(77), session.hit(3));
            }
        }
    }

    @Test
    void session_ofASecondPeer_usesTheServerOfTheFirst() {
        try (Peer first = new RedisPeer(setup(1));
                Peer second = new RedisPeer(setup(1));
                Session putting = first.session();
                Session getting = second.session()) {
            putting.put(5, VALUES.of(5));
            assertEquals(VALUES.first(5), getting.hit(5));
        }
    }

    @Test
    void put_moreThanThereIsRoomFor_evicts() {
        // A server of nothing takes a megabyte; so much more than that is not to be kept.
        PeerSetup small = new PeerSetup(directory.resolve("small"), VALUE_BYTES, 4_096, 0, 0.25);
        try (Peer peer = new RedisPeer(small); Session session = peer.session()) {
            peer.load(VALUES, 0, small.entries());
            long kept = 0;
            for (long id = 0; id < small.entries(); id++) {
                kept += session.hit(id) == Peer.ABSENT ? 0 : 1;
            }
            assertEquals(true, kept > 0 && kept <= small.roomEntries(), "kept=" + kept);
        }
    }

    @Test
    void close_serverOfItsOwn_isGone() throws IOException {
        int port;
        try (Peer _ = new RedisPeer(setup(1))) {
            port = Integer.parseInt(Files.readString(directory.resolve("redis").resolve("port")));
            new Socket(InetAddress.getLoopbackAddress(), port).close();
        }
        assertThrows(IOException.class, () -> new Socket(InetAddress.getLoopbackAddress(), port).close());
    }
}
