package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process that starts has to load before it sees its first value. */
@Tag("system")
final class StartTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(16 << 20).maxEntries(1_000);
    @TempDir
    Path temporary;

    /** Attaches and leases a raw value. */
    static final class FirstHit {
        public static void main(String[] args) {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
                try (Lease lease = namespace.get(Keys.utf8("k"))) {
                    System.out.println(lease == null ? "absent" : lease.segment().get(ValueLayout.JAVA_BYTE, 0));
                }
            }
        }
    }

    @Test
    void firstHit_ofARawValue_loadsNoDecoder() throws IOException {
        Path store = temporary.resolve("store");
        try (Hearth hearth = Hearth.open(store, SMALL)) {
            hearth.namespace(Fingerprint.of("n")).put(Keys.utf8("k"), MemorySegment.ofArray(new byte[]{42}),
                    PutOptions.of(Kind.PARAMETER));
        }
        Path classes = temporary.resolve("classes.txt");
        try (ForkedJvm jvm = ForkedJvm.of(FirstHit.class).args(store.toString())
                .jvmArgs("-Xlog:class+load:file=" + classes).start()) {
            jvm.awaitLine("42");
            assertEquals(0, jvm.awaitExit(), jvm::output);
        }
        assertEquals(List.of(),
                Files.readAllLines(classes).stream()
                        .filter(line -> line
                                .matches(".*(jdk\\.incubator\\.vector\\.|dev\\.hearth\\.codec\\.Transforms).*"))
                        .toList());
    }
}
