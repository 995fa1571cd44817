package dev.hearth.tools;

import dev.hearth.codec.Compression;
import dev.hearth.store.Durability;
import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.tools.convert.Conversion;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Constants as the tool writes them, in and out: {@code IN_PLACE} is {@code in-place}; either is understood. */
final class Words {
    private Words() {}

    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Turns a word of the command line into a constant. */
    static <E extends Enum<E>> ITypeConverter<E> converter(Class<E> type) {
        return word -> {
            String name = word.toUpperCase(Locale.ROOT).replace('-', '_');
            for (E constant : type.getEnumConstants()) {
                if (constant.name().equals(name)) {
                    return constant;
                }
            }
            throw new TypeConversionException("'" + word + "' is none of " + String.join(", ", all(type)));
        };
    }

    /** The kinds, for completion. */
    static final class Kinds implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return all(Kind.class).iterator();
        }
    }

    /** The storages, for completion. */
    static final class Storages implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return all(Storage.class).iterator();
        }
    }

    /** The levels of compression, for completion. */
    static final class Compressions implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return all(Compression.class).iterator();
        }
    }

    /** The conversions, for completion. */
    static final class Conversions implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return all(Conversion.class).iterator();
        }
    }

    /** The durabilities, for completion. */
    static final class Durabilities implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return all(Durability.class).iterator();
        }
    }

    /** The formats of results, for completion. */
    static final class Formats implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return all(RootCommand.OutputFormat.class).iterator();
        }
    }

    private static List<String> all(Class<? extends Enum<?>> type) {
        List<String> words = new ArrayList<>();
        for (Enum<?> constant : type.getEnumConstants()) {
            words.add(of(constant));
        }
        return words;
    }
}
