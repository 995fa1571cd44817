package dev.hearth.tools.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands that come in line by line. What their end does to a busy process, the demo's tests see. */
@Timeout(30)
final class CommandsTest {
    @Test
    void next_lines_comeInTheirOrderAndThenTheEnd() throws IOException, InterruptedException {
        try (PipedInputStream in = new PipedInputStream()) {
            Commands commands = Commands.from(in);
            commands.done();
            try (PipedOutputStream out = new PipedOutputStream(in)) {
                out.write("one\ntwo 2\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                assertEquals("one", commands.next());
                commands.done();
                assertEquals("two 2", commands.next());
                commands.done();
            }
            assertEquals("", commands.next());
        }
    }
}
