package dev.hearth.tools;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The shape of a tensor as the command line has it: {@code 2,3}, or {@code scalar}.
 *
 * @param extents extent of each dimension, outermost first
 */
record Shape(List<Long> extents) {
    private static final String SCALAR = "scalar";

    /** Reads the option's value. */
    static final class Converter implements ITypeConverter<Shape> {
        @Override
        public Shape convert(String text) {
            return parse(text);
        }
    }

    static Shape parse(String text) {
        if (text.equals(SCALAR)) {
            return new Shape(List.of());
        }
        try {
            return new Shape(Arrays.stream(text.split(",", -1)).map(Long::valueOf).toList());
        } catch (NumberFormatException _) {
            throw new TypeConversionException("'" + text + "' is not a shape, such as 2,3 or scalar");
        }
    }

    @Override
    public String toString() {
        return extents.isEmpty() ? SCALAR : extents.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
