package dev.hearth.tools;

import dev.hearth.store.Keys;
import java.lang.foreign.MemorySegment;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A key as the command line has it.
 *
 * @param text what was written: UTF-8 or {@code hex:…}
 * @param key  its bytes
 */
record KeyText(String text, MemorySegment key) {
    /** Reads the argument. */
    static final class Converter implements ITypeConverter<KeyText> {
        @Override
        public KeyText convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /**
     * The key that a person wrote.
     *
     * @throws IllegalArgumentException if it has no bytes, too many, or is not hexadecimal behind {@code hex:}
     */
    static KeyText parse(String text) {
        return new KeyText(text, Keys.require(Keys.parse(text)));
    }
}
