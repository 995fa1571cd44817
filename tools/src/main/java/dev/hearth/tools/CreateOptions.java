package dev.hearth.tools;

import dev.hearth.store.Durability;
import dev.hearth.store.HearthOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a store is like if the command creates it; of no effect on one that is there. */
final class CreateOptions {
    @Option(names = "--capacity", paramLabel = "BYTES", converter = Sizes.Converter.class, description = {
            "Size of a new store, such as 16G (the default)."})
    private @Nullable Long capacityBytes;

    @Option(names = "--page-bytes", paramLabel = "BYTES", converter = Sizes.Converter.class, description = {
            "Page size of a new store, 4K to 1M; 64K by default."})
    private @Nullable Long pageBytes;

    @Option(names = "--segment-bytes", paramLabel = "BYTES", converter = Sizes.Converter.class, description = {
            "Segment size of a new store, 256K to 64M; by default it follows from the capacity."})
    private @Nullable Long segmentBytes;

    @Option(names = "--max-entries", paramLabel = "N", description = {
            "The most entries of a new store; by default they follow from the capacity."})
    private @Nullable Long maxEntries;

    @Option(names = "--durability", paramLabel = "process|interval|commit",
            completionCandidates = Words.Durabilities.class, description = {
                    "What an acknowledged put survives: the death of processes (process, the default) or a power cut."})
    private @Nullable Durability durability;

    /**
     * The options of the store, all of them checked together.
     *
     * @param neededBytes how large the store has to be at least if no capacity was asked for
     * @throws IllegalArgumentException names what is out of range
     */
    HearthOptions options(long neededBytes) {
        HearthOptions defaults = HearthOptions.defaults();
        return defaults
                .capacityBytes(capacityBytes == null ? Math.max(neededBytes, defaults.capacityBytes()) : capacityBytes)
                .segmentBytes(requirePositive("--segment-bytes", segmentBytes, 0))
                .pageBytes(pageBytes == null ? defaults.pageBytes() : Math.clamp(pageBytes, 0, Integer.MAX_VALUE))
                .maxEntries(requirePositive("--max-entries", maxEntries, 0))
                .durability(durability == null ? defaults.durability() : durability);
    }

    /** Zero stands for a default inside; a person who writes it means something else. */
    private static long requirePositive(String option, @Nullable Long value, long absent) {
        if (value == null) {
            return absent;
        }
        if (value <= 0) {
            throw ToolFailure.usage(option + "=" + value + " must be positive");
        }
        return value;
    }
}
