package dev.hearth.perf.compare.peer;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Redis on loopback through Lettuce, synchronous commands, a connection for each session. The first process that opens
 * it starts the server, the others find it by a file with its port.
 */
final class RedisPeer implements Peer {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);

    private static final String PORT_FILE = "port";

    private final @Nullable RedisServer server;
    private final RedisClient client;

    RedisPeer(PeerSetup setup) {
        Path portFile = setup.directory().resolve(PORT_FILE);
        int port;
        try {
            if (Files.exists(portFile)) {
                this.server = null;
                port = Integer.parseInt(Files.readString(portFile));
            } else {
                this.server = new RedisServer(setup.directory(), setup.evicting() ? setup.payloadBytes() : 0);
                port = server.port();
                Files.writeString(portFile, Integer.toString(port));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.client = RedisClient.create(RedisURI.create("127.0.0.1", port));
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        boolean connected = false;
        while (!connected) {
            try {
                client.connect().close();
                connected = true;
            } catch (RedisConnectionException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public Session session() {
        return new RedisSession(client.connect(ByteArrayCodec.INSTANCE));
    }

    @Override
    public void close() {
        client.shutdown();
        if (server != null) {
            server.close();
        }
    }

    private static final class RedisSession implements Session {
        private final StatefulRedisConnection<byte[], byte[]> connection;
        private final RedisCommands<byte[], byte[]> commands;
        private final byte[] key = new byte[Keys.BYTES];
        private final MemorySegment keySegment = MemorySegment.ofArray(key);

        RedisSession(StatefulRedisConnection<byte[], byte[]> connection) {
            this.connection = connection;
            this.commands = connection.sync();
        }

        private byte[] key(long id) {
            keySegment.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, Keys.mix(id));
            keySegment.set(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES, id);
            return key;
        }

        @Override
        public long hit(long id) {
            byte[] value = commands.get(key(id));
            return value == null ? ABSENT : Arrays.first(value);
        }

        @Override
        public long read(long id, MemorySegment target) {
            byte[] value = commands.get(key(id));
            return value == null ? ABSENT : Arrays.copy(value, target);
        }

        @Override
        public long range(long id, long offset, MemorySegment target) {
            byte[] part = commands.getrange(key(id), offset, offset + target.byteSize() - 1);
            return part == null || part.length == 0 ? ABSENT : Arrays.copy(part, target);
        }

        @Override
        public void put(long id, MemorySegment value) {
            commands.set(key(id), value.toArray(ValueLayout.JAVA_BYTE));
        }

        @Override
        public void close() {
            connection.close();
        }
    }
}
