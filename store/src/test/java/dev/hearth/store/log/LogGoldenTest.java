package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commit;
import static dev.hearth.store.log.LogFixture.put;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hearth.store.testing.MemoryFiles;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The bytes of format 2, checked against an independent computation of the checksums when they were written down: other
 * bytes are another format.
 */
final class LogGoldenTest {
    private final MemoryFiles files = new MemoryFiles();

    @BeforeEach
    void write() {
        LogSettings settings = settings();
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commit(writer, 1, put(1, 1));
            commit(writer, 2, put(2, 2));
            LogTail tail = commit(writer, 3, new LogOperation.DefineNamespace(1, "minilm", "r1", "dtype=F32"));
            Checkpoint.write(files, settings, null, tail);
        }
    }

    @Test
    void logFile_header_isAsPinned() {
        assertBytes("0001.log", 0, """
                4845415254484c470200000000100000efcdab8967452301ffeeddccbbaa9988
                0100000000000000000000000000000001000000000000000000000000000000
                0040000000000000080000000000000067656f6d657472790000000000000000""");
        assertBytes("0001.log", 4092, "4fe3b8fd");
    }

    @Test
    void logFile_twoPuts_areAsPinned() {
        assertBytes("0001.log", 4096, """
                8000000062e58012000000000100010001000000000000000168e5cf8b010000
                0100600005000000157c4a7fb979379e01000000000000000100000000000000
                0100000000000000010000000100000001000000050000000200000082000100
                01100000000000001f00000002020b0000000000ffff935e6b65792d31000000
                800000007e0acb0c62e580120100010002000000000000000268e5cf8b010000
                01006000050000002af894fe72f36e3c02000000000000000200000000000000
                0100000000000000020000000200000002000000050000000200000082000100
                02100000000000003e00000002020b000000000073ea30886b65792d32000000""");
    }

    @Test
    void checkpoint_parts_areAsPinned() {
        String name = "checkpoint-0000000000000003";
        assertEquals(12_320, files.bytes(name).length, "bytes");
        assertBytes(name, 0, """
                48454152544843500200000000100000efcdab8967452301ffeeddccbbaa9988
                0300000000000000000000000000000002000000000000000100000000100000
                01000000221b2d764811000000000000080000000000000067656f6d65747279""");
        assertBytes(name, 4092, "8660d983");
        assertBytes(name, 4096, """
                400000005509db01010000000600020009000000000000000300000000000000
                00000000000000006d696e696c6d723164747970653d46333200000000000000""");
        assertBytes(name, 8192, "f6b0fb1b020000000000000000000000");
        assertBytes(name, 12_288, "484541525448434502000000000000007dc7879f0000000000000000289ba8e0");
    }

    private void assertBytes(String name, int offset, String expected) {
        String hex = expected.replace("\n", "");
        byte[] file = files.bytes(name);
        assertEquals(hex, HexFormat.of().formatHex(file, offset, offset + hex.length() / 2), name + " at " + offset);
    }
}
