package dev.hearth.store.io;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class RuntimeFlagsTest {
    private static final List<String> NEEDED = List.of("--add-opens java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-exports java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-exports java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED");

    @Test
    void check_testsOwnJvm_hasAll() {
        assertDoesNotThrow(RuntimeFlags::check);
    }

    @Test
    @Tag("system")
    void check_shippedFlags_areEnough() {
        assertEquals("complete", outcomeOf(ForkedJvm.of(Check.class)));
    }

    @Test
    @Tag("system")
    void check_noFlags_namesAllInOneMessage() {
        assertEquals("missing: " + String.join(" ", NEEDED),
                outcomeOf(ForkedJvm.of(Check.class).withoutHearthFlags()));
    }

    @Test
    @Tag("system")
    void check_oneFlagMissing_namesExactlyThatOne() {
        for (String missing : NEEDED) {
            ForkedJvm.Builder builder = ForkedJvm.of(Check.class).withoutHearthFlags();
            NEEDED.stream().filter(flag -> !flag.equals(missing)).map(flag -> flag.split(" ", -1))
                    .forEach(builder::jvmArgs);
            assertEquals("missing: " + missing, outcomeOf(builder));
        }
    }

    @Test
    @Tag("system")
    void check_allFlagsItNames_areEnough() {
        ForkedJvm.Builder builder = ForkedJvm.of(Check.class).withoutHearthFlags();
        NEEDED.stream().map(flag -> flag.split(" ", -1)).forEach(builder::jvmArgs);
        assertEquals("complete", outcomeOf(builder));
    }

    private static String outcomeOf(ForkedJvm.Builder builder) {
        try (ForkedJvm jvm = builder.start()) {
            assertEquals(0, jvm.awaitExit(), jvm.output());
            assertTrue(jvm.output().contains("outcome: "), jvm.output());
            return jvm.awaitLine("outcome: ");
        }
    }

    /** Says what the check found. */
    static final class Check {
        public static void main(String[] args) {
            try {
                RuntimeFlags.check();
                ForkedJvm.say("outcome: complete");
            } catch (IllegalStateException e) {
                ForkedJvm.say("outcome: "
                        + e.toString().replaceFirst(".*that are (missing: .*) \\(all of them.*", "$1"));
            }
        }
    }
}
