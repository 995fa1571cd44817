package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class HearthCliTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void version_asked_isPrintedToOut() {
        assertEquals(0, run("--version"));
        assertTrue(out.toString().startsWith("hearth "), out::toString);
        assertEquals("", err.toString());
    }

    @Test
    void help_asked_isPrintedToOut() {
        assertEquals(0, run("--help"));
        assertTrue(out.toString().startsWith("Usage: hearth"), out::toString);
        assertEquals("", err.toString());
    }

    @Test
    void command_none_isWrongUsage() {
        assertEquals(2, run());
        assertTrue(err.toString().contains("no command given"), err::toString);
        assertEquals("", out.toString());
    }

    @Test
    void option_unknown_isWrongUsage() {
        assertEquals(2, run("--nonesuch"));
        assertTrue(err.toString().contains("--nonesuch"), err::toString);
        assertEquals("", out.toString());
    }

    private int run(String... args) {
        return HearthCli.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }
}
