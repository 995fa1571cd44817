package dev.hearth.store.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class HostTest {
    @Test
    void current_thisProcess_asTheKernelSays() throws IOException {
        Host host = Host.current();
        assertEquals(Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip(), host.bootId().toString());
        assertEquals(ProcessHandle.current().pid(), host.pid());
        assertTrue(host.startTicks() > 0, host.toString());
        assertTrue(host.pidNamespace() > 0, host.toString());
        assertEquals(host, Host.current());
        UUID other = new UUID(1, 2);
        assertEquals(other, host.withBootId(other).bootId());
        assertNotEquals(host, host.withBootId(other));
    }

    @Test
    void startTicks_programNameWithParentheses_isSkipped() {
        StringBuilder stat = new StringBuilder("123 (a) b) c) S");
        for (int field = 4; field <= 52; field++) {
            stat.append(' ').append(field * 10);
        }
        assertEquals(220, Host.startTicks(stat + "\n"));
    }

    @Test
    void checkSupported_otherSystems_saysWhereItRuns() {
        Host.checkSupported("Linux", "amd64");
        Host.checkSupported("Linux", "x86_64");
        Host.checkSupported("Linux", "aarch64");
        for (String[] other : new String[][]{{"Mac OS X", "aarch64"}, {"Linux", "riscv64"},
                {"Windows 11", "amd64"}}) {
            UnsupportedOperationException thrown = assertThrows(UnsupportedOperationException.class,
                    () -> Host.checkSupported(other[0], other[1]));
            assertTrue(thrown.toString().contains("Linux on x86-64 and aarch64"), thrown.toString());
            assertTrue(thrown.toString().contains(other[1]), thrown.toString());
        }
    }

    @Test
    void pageBytes_thisHost_isAPowerOfTwoFrom4096() {
        long bytes = Host.pageBytes();
        assertTrue(bytes >= 4096 && Long.bitCount(bytes) == 1, "pageBytes=" + bytes);
    }

    @Test
    void linuxFlags_perProcessor_asInTheKernelHeaders() {
        assertEquals(0x10000, LinuxFlags.directory("x86_64"));
        assertEquals(0x20000, LinuxFlags.nofollow("x86_64"));
        assertEquals(217, LinuxFlags.getdents64("x86_64"));
        assertEquals(0x4000, LinuxFlags.directory("aarch64"));
        assertEquals(0x8000, LinuxFlags.nofollow("aarch64"));
        assertEquals(61, LinuxFlags.getdents64("aarch64"));
    }
}
