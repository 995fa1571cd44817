package dev.hearth.tools.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands that come in line by line. What their end does to a busy process, the demo's tests see. */
@Timeout(300)
final class CommandsTest {
    private final CountDownLatch abandoned = new CountDownLatch(1);

    @Test
    void next_lines_comeInTheirOrderAndThenTheEnd() throws IOException, InterruptedException {
        try (PipedInputStream in = new PipedInputStream()) {
            Commands commands;
            try (PipedOutputStream out = new PipedOutputStream(in)) {
                commands = Commands.from(in, abandoned::countDown);
                commands.done();
                send(out, "one\ntwo 2\n");
                assertEquals("one", commands.next());
                commands.done();
                assertEquals("two 2", commands.next());
                commands.done();
            }
            assertEquals("", commands.next());
        }
        assertEquals(1, abandoned.getCount());
    }

    @Test
    void end_whileACommandIsCarriedOut_abandonsIt() throws IOException, InterruptedException {
        try (PipedInputStream in = new PipedInputStream()) {
            try (PipedOutputStream out = new PipedOutputStream(in)) {
                Commands commands = Commands.from(in, abandoned::countDown);
                commands.done();
                send(out, "one\n");
                assertEquals("one", commands.next());
            }
            assertTrue(abandoned.await(300, TimeUnit.SECONDS));
        }
    }

    @Test
    void end_beforeTheFirstCommandIsAwaited_abandonsTheStart() throws IOException, InterruptedException {
        try (PipedInputStream in = new PipedInputStream()) {
            try (PipedOutputStream out = new PipedOutputStream(in)) {
                Commands.from(in, abandoned::countDown);
                out.flush();
            }
            assertTrue(abandoned.await(300, TimeUnit.SECONDS));
        }
    }

    private static void send(PipedOutputStream out, String lines) throws IOException {
        out.write(lines.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
