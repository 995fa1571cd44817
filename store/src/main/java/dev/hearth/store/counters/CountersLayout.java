package dev.hearth.store.counters;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.agrona.concurrent.status.CountersReader;

/** Where everything lies in a counters file for a number of slots. Offsets and lengths in bytes. */
final class CountersLayout {
    /** Bytes of one error log: some distinct errors with their stack traces. */
    static final int ERROR_BYTES = 16 << 10;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Map<Counter, Integer> FIRST = new EnumMap<>(Counter.class);
    private static final List<StoreGauge> GAUGES = List.of(StoreGauge.values());
    private static final int PER_SLOT;

    static {
        int next = 0;
        for (Counter counter : Counter.values()) {
            FIRST.put(counter, next);
            next += counter.stripes();
        }
        PER_SLOT = next;
    }

    final int slotCount;
    final int counterCount;
    final long metadataOffset;
    final long metadataBytes;
    final long valuesOffset;
    final long valuesBytes;
    final long errorsOffset;
    final long fileBytes;

    CountersLayout(int slotCount) {
        this.slotCount = slotCount;
        counterCount = slotCount * PER_SLOT + GAUGES.size();
        metadataOffset = CountersDescriptor.BYTES;
        metadataBytes = (long) counterCount * CountersReader.METADATA_LENGTH;
        valuesOffset = roundUp(metadataOffset + metadataBytes);
        valuesBytes = (long) counterCount * CountersReader.COUNTER_LENGTH;
        errorsOffset = roundUp(valuesOffset + valuesBytes);
        fileBytes = errorsOffset + (long) slotCount * CountersDescriptor.ERROR_LOGS_PER_SLOT * ERROR_BYTES;
    }

    private static long roundUp(long offset) {
        return (offset + 4095) / 4096 * 4096;
    }

    /** The id of a counter of a slot. */
    int id(int slot, Counter counter, int stripe) {
        return Objects.checkIndex(slot, slotCount) * PER_SLOT + first(counter) + stripe;
    }

    private static int first(Counter counter) {
        return Objects.requireNonNull(FIRST.get(counter));
    }

    /** The id of a number of the whole store. */
    int id(StoreGauge gauge) {
        return slotCount * PER_SLOT + GAUGES.indexOf(gauge);
    }

    /** Where in the values a counter stands. */
    static long valueOffset(int id) {
        return (long) id * CountersReader.COUNTER_LENGTH;
    }

    /** Where in the file the error log of a tenant starts. */
    long errorsOffset(int slot, int log) {
        return errorsOffset + ((long) Objects.checkIndex(slot, slotCount) * CountersDescriptor.ERROR_LOGS_PER_SLOT
                + Objects.checkIndex(log, CountersDescriptor.ERROR_LOGS_PER_SLOT)) * ERROR_BYTES;
    }

    /** The header of a file of this layout, to the last byte. */
    byte[] header() {
        MemorySegment block = MemorySegment.ofArray(new long[CountersDescriptor.BYTES / Long.BYTES]);
        block.set(LONG, CountersDescriptor.MAGIC, CountersDescriptor.MAGIC_VALUE);
        block.set(INT, CountersDescriptor.FORMAT, CountersDescriptor.FORMAT_VERSION);
        block.set(INT, CountersDescriptor.SLOT_COUNT, slotCount);
        block.set(INT, CountersDescriptor.COUNTERS_PER_SLOT, PER_SLOT);
        block.set(INT, CountersDescriptor.ERROR_BYTES, ERROR_BYTES);
        block.set(LONG, CountersDescriptor.METADATA_OFFSET, metadataOffset);
        block.set(LONG, CountersDescriptor.VALUES_OFFSET, valuesOffset);
        block.set(LONG, CountersDescriptor.ERRORS_OFFSET, errorsOffset);
        block.set(LONG, CountersDescriptor.FILE_BYTES, fileBytes);
        block.set(INT, CountersDescriptor.LABELS_CRC, labelsCrc());
        block.set(INT, CountersDescriptor.CRC, crc(block.toArray(ValueLayout.JAVA_BYTE), CountersDescriptor.CRC));
        return block.toArray(ValueLayout.JAVA_BYTE);
    }

    private static int labelsCrc() {
        StringBuilder labels = new StringBuilder();
        for (Counter counter : Counter.values()) {
            labels.append(counter.label()).append(' ').append(counter.stripes()).append('\n');
        }
        for (StoreGauge gauge : GAUGES) {
            labels.append(gauge.label()).append('\n');
        }
        byte[] bytes = labels.toString().getBytes(StandardCharsets.UTF_8);
        return crc(bytes, bytes.length);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
