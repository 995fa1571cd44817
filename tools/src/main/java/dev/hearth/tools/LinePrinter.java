package dev.hearth.tools;

import java.io.PrintWriter;
import java.io.Writer;

/** The writer on which the parser prints help, so that it goes the way of all results. */
final class LinePrinter extends PrintWriter {
    LinePrinter(Output out) {
        super(new Writer() {
            private final StringBuilder line = new StringBuilder();

            @Override
            public void write(char[] chars, int offset, int length) {
                for (int i = offset; i < offset + length; i++) {
                    if (chars[i] == '\n') {
                        out.line(line.toString());
                        line.setLength(0);
                    } else {
                        line.append(chars[i]);
                    }
                }
            }

            @Override
            public void flush() {
                // Lines are passed on whole; the tool flushes them at its end.
            }

            @Override
            public void close() {
                flush();
            }
        });
    }
}
