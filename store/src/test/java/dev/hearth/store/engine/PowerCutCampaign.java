package dev.hearth.store.engine;

import dev.hearth.store.Durability;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Thousands of power cuts: {@code PowerCutCampaign DIRECTORY FIRST_SEED LAST_SEED IMAGES [DURABILITY...]}, for each
 * seed and durability so many images of the first boot, and some of later ones. Each seed is done in a directory of its
 * own, which stays if something is wrong. What was done is noted in {@code DIRECTORY/done}, and is left out when the
 * campaign is run again.
 */
final class PowerCutCampaign {
    private PowerCutCampaign() {}

    public static void main(String[] args) throws IOException, ExecutionException, InterruptedException {
        Path directory = Path.of(args[0]);
        long last = Long.parseLong(args[2]);
        int images = Integer.parseInt(args[3]);
        Path done = Files.createDirectories(directory).resolve("done");
        List<Durability> durabilities = args.length > 4
                ? Arrays.stream(args, 4, args.length).map(Durability::valueOf).toList()
                : List.of(Durability.values());
        int wrong = 0;
        long total = 0;
        for (long seed = Long.parseLong(args[1]); seed <= last; seed++) {
            for (Durability durability : durabilities) {
                String name = durability + "-" + seed;
                if (Files.exists(done) && Files.readAllLines(done).contains(name)) {
                    continue;
                }
                Path path = directory.resolve(name);
                PowerCuts.delete(path);
                PowerCuts cuts = new PowerCuts(Files.createDirectories(path), durability, seed,
                        TimeBox.endless());
                try {
                    cuts.run(images);
                    PowerCuts.delete(path);
                } catch (AssertionError | RuntimeException e) {
                    wrong++;
                    e.printStackTrace(System.out);
                }
                total += cuts.images();
                Files.writeString(done, name + "\n", StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            }
            System.out.println("seed=" + seed + " images=" + total + " wrong=" + wrong);
        }
        System.exit(wrong == 0 ? 0 : 1);
    }
}
