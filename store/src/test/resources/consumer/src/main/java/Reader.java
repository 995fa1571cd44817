import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Reads what the README's program put, and stays until the persistent index was written, so that whatever the libraries
 * behind it have to say was said.
 */
final class Reader {
    private static final long LIMIT_NS = 30_000_000_000L;

    private Reader() {}

    public static void main(String[] args) throws InterruptedException {
        HearthOptions options = HearthOptions.defaults().access(HearthOptions.Access.ATTACH);
        try (Hearth hearth = Hearth.open(Path.of(args[0]), options)) {
            Namespace model = hearth.findNamespace("tiny", null).orElseThrow();
            float[] last = new float[1];
            model.read(Keys.utf8("layer.0.weight"), (384 * 384 - 1) * 4, MemorySegment.ofArray(last));
            long startedNs = System.nanoTime();
            while (hearth.stats().indexedVersion() < hearth.stats().version()) {
                if (System.nanoTime() - startedNs > LIMIT_NS) {
                    throw new IllegalStateException("no index: " + hearth.stats());
                }
                Thread.sleep(20);
            }
            System.out.println(model.info().fingerprint().display() + " last=" + last[0] + " sound="
                    + hearth.verify(Progress.NONE).isSound());
        }
    }
}
