package dev.hearth.tools;

import dev.hearth.codec.Compression;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command stores what it puts. */
final class StorageOptions {
    @Option(names = "--storage", paramLabel = "in-place|compact", completionCandidates = Words.Storages.class,
            description = {
                    "Used where they lie (in-place, the default of parameters) or encoded (compact, of activations)."})
    private @Nullable Storage storage;

    @Option(names = "--compression", paramLabel = "none|lz4|lz4-hc|fast|balanced|small",
            completionCandidates = Words.Compressions.class, description = {
                    "How compact values are encoded, which --storage then is by default; the store's level if not "
                            + "given."})
    private @Nullable Compression compression;

    /**
     * The options with what the command line says of storage.
     *
     * @throws ToolFailure if values are to be encoded and to be used where they lie
     */
    PutOptions apply(PutOptions options) {
        boolean encoded = compression != null && compression != Compression.NONE;
        if (encoded && storage == Storage.IN_PLACE) {
            throw ToolFailure.usage("--compression needs --storage compact: values in place are never encoded");
        }
        PutOptions stored = encoded ? options.storage(Storage.COMPACT) : options;
        stored = storage == null ? stored : stored.storage(storage);
        return compression == null ? stored : stored.compression(compression);
    }
}
