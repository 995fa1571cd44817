package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Arrays that numpy itself wrote come in, and what goes out is what numpy reads; where there is a numpy. */
@Timeout(300)
final class NumpyTest {
    private static final String WRITE = """
            import numpy as np, sys
            rng = np.random.default_rng(7)
            arrays = {}
            for name in 'bool uint8 int8 uint16 int16 float16 uint32 int32 float32 uint64 int64 float64'.split():
                dtype = np.dtype(name)
                raw = rng.integers(0, 2 if name == 'bool' else 256, 24 * dtype.itemsize, dtype=np.uint8)
                arrays['t.' + name] = np.frombuffer(raw.tobytes(), dtype).reshape(2, 3, 4)
            arrays['scalar'] = np.float32(0.1)
            arrays['none'] = np.zeros((3, 0), np.int16)
            arrays['dir/large'] = rng.standard_normal((700, 500)).astype(np.float32)
            np.savez(sys.argv[1] + '/plain.npz', **arrays)
            np.savez_compressed(sys.argv[1] + '/deflated.npz', **arrays)
            np.save(sys.argv[1] + '/one.npy', arrays['dir/large'])
            """;
    private static final String COMPARE = """
            import numpy as np, sys
            a, b = np.load(sys.argv[1]), np.load(sys.argv[2])
            if sys.argv[1].endswith('.npy'):
                a = {b.files[0]: a}
            assert sorted(a) == sorted(b.files), (sorted(a), b.files)
            for name in a:
                x, y = a[name], b[name]
                assert x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes(), name
            print('equal', len(b.files))
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void writeArrays() throws Exception {
        assumeTrue(python("import numpy").equals("0 "), "skipped: there is no python3 with numpy");
        assertEquals("0 ", python(WRITE, folder.toString()));
    }

    /** The exit code and the output of a script. */
    private static String python(String script, String... args) throws InterruptedException {
        try {
            List<String> command = new ArrayList<>(List.of("python3", "-c", script));
            command.addAll(List.of(args));
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertTrue(process.waitFor(300, TimeUnit.SECONDS), "python ended");
            return process.exitValue() + " " + out;
        } catch (IOException e) {
            return "no python3: " + e;
        }
    }

    @Test
    void arrays_thatNumpyWrote_comeBackToNumpyEqual() throws Exception {
        ToolRunner tool = ToolRunner.on(folder.resolve("store"));
        for (String name : List.of("plain.npz", "deflated.npz", "one.npy")) {
            Path file = folder.resolve(name);
            Path out = folder.resolve(name + ".out.npz");
            tool.ok("import", file.toString(), "--namespace", name, "--capacity", "64M");
            tool.ok("export", out.toString(), "--namespace", name);
            assertEquals("0 equal " + (name.endsWith("npy") ? 1 : 15) + "\n",
                    python(COMPARE, file.toString(), out.toString()), name);
        }
    }
}
