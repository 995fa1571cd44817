package dev.hearth.tools;

import dev.hearth.codec.Compression;
import dev.hearth.codec.DType;
import dev.hearth.store.Durability;
import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.tools.convert.Conversion;
import picocli.CommandLine;

/** How the words of the command line become values. */
final class Converters {
    private Converters() {}

    static void register(CommandLine line) {
        line.registerConverter(RootCommand.OutputFormat.class, Words.converter(RootCommand.OutputFormat.class));
        line.registerConverter(Kind.class, Words.converter(Kind.class));
        line.registerConverter(Storage.class, Words.converter(Storage.class));
        line.registerConverter(Durability.class, Words.converter(Durability.class));
        line.registerConverter(Compression.class, Words.converter(Compression.class));
        line.registerConverter(Conversion.class, Words.converter(Conversion.class));
        line.registerConverter(DType.class, Words.converter(DType.class));
        line.registerConverter(NamespaceName.class, new NamespaceName.Converter());
        line.registerConverter(KeyText.class, new KeyText.Converter());
    }
}
