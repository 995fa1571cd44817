package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The values of a tensor that lie in a typed field of {@code TensorProto} instead of {@code raw_data}.
 *
 * <p>{@code float_data} and {@code double_data} in one packed run, which is how they are always written, are the
 * tensor's bytes and used where they lie. All others are varints; they are counted and checked once when the model is
 * opened and decoded when they are read.
 */
final class OnnxValues {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MappedFile file;
    private final OnnxType type;
    private final long start;
    private final long end;
    private final String field;

    /** The message from {@code start} to {@code end}, parsed before. */
    OnnxValues(MappedFile file, OnnxType type, long start, long end) {
        this.file = file;
        this.type = type;
        this.start = start;
        this.end = end;
        this.field = "TensorProto." + OnnxType.fieldName(type.valuesField);
    }

    /**
     * Finds the values.
     *
     * @param found the field that has values, 0 if none has
     */
    TensorSource source(int found, TensorInfo info) throws ModelFormatException {
        long byteSize = info.byteSize();
        if (found != type.valuesField && (found != 0 || byteSize > 0)) {
            throw file.error(field, start, "missing in tensor " + info.name() + " of " + type + " " + info.shape()
                    + (found == 0 ? "" : ", which has " + OnnxType.fieldName(found)));
        }
        Cursor cursor = new Cursor();
        long expected = byteSize / type.valueBytes();
        long count = cursor.isFixed() ? cursor.countFixed() : cursor.countVarints(expected);
        if (count != expected) {
            throw file.error(field, start, count + " values, but " + type + " " + info.shape() + " has " + expected
                    + " in tensor " + info.name());
        }
        if (byteSize == 0 || (cursor.runs == 1 && cursor.isFixed())) {
            return new MappedSource(file, byteSize == 0 ? start : cursor.runStart, byteSize, field);
        }
        return new DecodedSource(file, field, byteSize, Cursor::new);
    }

    /** A walk over the values, packed or one by one. */
    private final class Cursor implements DecodedSource.Decoder {
        private final ProtoReader message = new ProtoReader(file, "TensorProto", start, end);
        private ProtoReader run = new ProtoReader(file, "TensorProto", start, start);
        private long runStart;
        private long runs;
        /** Bytes of the value that a range ended in the middle of. */
        private final MemorySegment value = MemorySegment.ofArray(new byte[Long.BYTES]);
        private int valueUsed = type.valueBytes();

        boolean isFixed() {
            return type.valuesField == OnnxType.FLOAT_DATA || type.valuesField == OnnxType.DOUBLE_DATA;
        }

        /** Goes to the next run of values; false when there is none. */
        private boolean nextRun() throws ModelFormatException {
            while (message.next()) {
                if (message.field() != type.valuesField) {
                    message.skip();
                    continue;
                }
                if (message.wireType() == ProtoReader.LENGTH) {
                    run = message.bytes(OnnxType.fieldName(type.valuesField));
                } else {
                    long from = message.position();
                    message.skip();
                    run = new ProtoReader(file, OnnxType.fieldName(type.valuesField), from, message.position());
                }
                runStart = run.position();
                runs++;
                return true;
            }
            return false;
        }

        long countFixed() throws ModelFormatException {
            long bytes = 0;
            long first = 0;
            while (nextRun()) {
                long length = run.end() - run.position();
                if (length % type.valueBytes() != 0 || !isFixedWire()) {
                    throw message.error(OnnxType.fieldName(type.valuesField), length + " bytes in one run of " + type);
                }
                first = runs == 1 ? runStart : first;
                bytes += length;
            }
            runStart = first;
            return bytes / type.valueBytes();
        }

        private boolean isFixedWire() {
            return message.wireType() == ProtoReader.LENGTH
                    || message.wireType() == (type.valueBytes() == Integer.BYTES
                            ? ProtoReader.FIXED32
                            : ProtoReader.FIXED64);
        }

        /** Counts and checks; stops early when there are more than {@code expected}. */
        long countVarints(long expected) throws ModelFormatException {
            long count = 0;
            while (count <= expected && nextRun()) {
                if (message.wireType() != ProtoReader.LENGTH && message.wireType() != ProtoReader.VARINT) {
                    throw message.error(OnnxType.fieldName(type.valuesField), "wire type " + message.wireType());
                }
                while (count <= expected && run.position() < run.end()) {
                    checkRange(run.position(), run.readVarint("value"));
                    count++;
                }
            }
            return count;
        }

        /** Refuses a value that the type has no room for, which would lose bits. */
        private void checkRange(long at, long number) throws ModelFormatException {
            int bits = 8 * type.valueBytes();
            boolean fits = bits == Long.SIZE || (number >= -(1L << (bits - 1)) && number < 1L << bits);
            if (!fits || (type == OnnxType.BOOL && (number & ~1L) != 0)) {
                throw file.error(field, at, "the value " + number + " in a tensor of " + type);
            }
        }

        @Override
        public void decode(MemorySegment target) throws IOException {
            long done = 0;
            while (done < target.byteSize()) {
                if (valueUsed == type.valueBytes()) {
                    nextValue();
                }
                long step = Math.min(target.byteSize() - done, type.valueBytes() - valueUsed);
                MemorySegment.copy(value, valueUsed, target, done, step);
                valueUsed += (int) step;
                done += step;
            }
        }

        private void nextValue() throws ModelFormatException {
            while (run.position() == run.end()) {
                if (!nextRun()) {
                    throw file.error(field, start, "fewer values than when the file was opened");
                }
            }
            if (isFixed()) {
                run.copy(value.asSlice(0, type.valueBytes()), "value");
            } else {
                store(run.readVarint("value"));
            }
            valueUsed = 0;
        }

        private void store(long number) {
            switch (type.valueBytes()) {
                case Byte.BYTES -> value.set(ValueLayout.JAVA_BYTE, 0, (byte) number);
                case Short.BYTES -> value.set(SHORT, 0, (short) number);
                case Integer.BYTES -> value.set(INT, 0, (int) number);
                default -> value.set(LONG, 0, number);
            }
        }

        @Override
        public void finish() {
            // The count was checked when the file was opened.
        }
    }
}
