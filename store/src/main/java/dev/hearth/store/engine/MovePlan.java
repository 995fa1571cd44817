package dev.hearth.store.engine;

import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.LongStream;

/**
 * Finds out what moving entries out of segments would gain, by doing what the allocator would do with their sizes. No
 * bytes are touched.
 *
 * <p>
 * Where a segment is three quarters full, moving one of them gains nothing, and four of them gain a segment, if what is
 * in them goes together that well: entries of three fifths of a segment never do. So it is tried on paper first. What
 * is not seen from sizes, and what others do meanwhile, makes a plan miss its gain, and is looked at again by whoever
 * needs the room.
 */
final class MovePlan {
    private static final int LINE_BYTES = 16;
    private static final int HEADER_BYTES = 128;
    private static final int SEGMENT_BITS = 24;
    private final long segmentBytes;
    private final BitSet free;
    private final int segments;
    private final int keepOut;
    private final int keepOutEnd;
    /** Room of segments that are not the open one, and their numbers. */
    private final TreeSet<Long> rooms = new TreeSet<>();
    private long openRoom;
    private int openSegment;

    /**
     * A segment of which everything is to be moved.
     *
     * @param segment   its number
     * @param run       segments of its run
     * @param entries   how many are live
     * @param sizes     of its large entries, the largest first
     * @param sandBytes what the small ones take together
     */
    @SuppressWarnings("ArrayRecordComponent") // made for one plan, and nobody writes it
    record Victim(int segment, int run, int entries, long[] sizes, long sandBytes) {
        /** What all of it takes. */
        long bytes() {
            return LongStream.of(sizes).sum() + sandBytes;
        }
    }

    /**
     * A segment that is not moved and has room.
     *
     * @param segment its number
     * @param bytes   the room
     * @param open    whether entries go there first
     */
    record Target(int segment, long bytes, boolean open) {}

    /**
     * Where entries can go.
     *
     * @param segmentBytes bytes of a segment
     * @param segments     how many there are
     * @param free         those that are free
     * @param targets      those that are not, and have room
     * @param keepOut      first of the segments nothing is to go into
     * @param keepOutEnd   behind the last of them
     */
    record Layout(long segmentBytes, int segments, BitSet free, List<Target> targets, int keepOut, int keepOutEnd) {}

    private MovePlan(Layout layout, BitSet victims) {
        segmentBytes = layout.segmentBytes();
        segments = layout.segments();
        free = (BitSet) layout.free().clone();
        keepOut = layout.keepOut();
        keepOutEnd = layout.keepOutEnd();
        openSegment = -1;
        for (Target target : layout.targets()) {
            if (victims.get(target.segment())) {
                continue;
            }
            if (target.open()) {
                openSegment = target.segment();
                openRoom = target.bytes();
            } else {
                rooms.add(room(target.bytes(), target.segment()));
            }
        }
    }

    /** What an extent takes together with its line in the directory, in whole units. */
    static long bytesWithLine(long extentBytes) {
        return (extentBytes + LINE_BYTES + 63 & -64L);
    }

    /**
     * The first of {@code victims} that gain {@code goal} segments when they are moved in this order, or as many as can
     * be gained; empty if that is none.
     *
     * <p>
     * Which of them are victims decides where the others can go, so it is tried with one, two, four, and so on.
     */
    static List<Victim> gaining(Layout layout, List<Victim> victims, int goal) {
        List<Victim> best = List.of();
        int most = 0;
        for (int count = 1; count < 2L * victims.size() && most < goal; count *= 2) {
            List<Victim> some = victims.subList(0, Math.min(count, victims.size()));
            MovePlan plan = new MovePlan(layout, numbers(some));
            int before = plan.free.cardinality();
            for (int i = 0; i < some.size() && most < goal && plan.move(some.get(i)); i++) {
                int gain = plan.free.cardinality() - before;
                if (gain > most) {
                    most = gain;
                    best = List.copyOf(some.subList(0, i + 1));
                }
            }
        }
        return best;
    }

    /** Whether there is room for all of {@code victims} elsewhere. */
    static boolean fits(Layout layout, List<Victim> victims) {
        MovePlan plan = new MovePlan(layout, numbers(victims));
        return victims.stream().allMatch(plan::move);
    }

    private static BitSet numbers(List<Victim> victims) {
        BitSet numbers = new BitSet();
        victims.forEach(victim -> numbers.set(victim.segment()));
        return numbers;
    }

    /** Moves everything and frees the segment; false if there is no room. */
    private boolean move(Victim victim) {
        for (long size : victim.sizes()) {
            if (!place(size)) {
                return false;
            }
        }
        if (!pour(victim.sandBytes())) {
            return false;
        }
        free.set(victim.segment(), victim.segment() + victim.run());
        return true;
    }

    private boolean place(long size) {
        if (openRoom >= size) {
            openRoom -= size;
            return true;
        }
        Long fitting = rooms.ceiling(room(size, 0));
        if (fitting != null) {
            rooms.remove(fitting);
            rooms.add(fitting - (size << SEGMENT_BITS));
            return true;
        }
        return open(size);
    }

    /** Small entries fill what there is, but for some part of the last of them in each segment. */
    private boolean pour(long sandBytes) {
        long left = sandBytes;
        long slack = segmentBytes / 64;
        long here = Math.clamp(openRoom - slack, 0, left);
        openRoom -= here;
        left -= here;
        while (left > 0 && !rooms.isEmpty() && (rooms.last() >>> SEGMENT_BITS) > slack) {
            long largest = rooms.last();
            here = Math.min(left, (largest >>> SEGMENT_BITS) - slack);
            rooms.remove(largest);
            rooms.add(largest - (here << SEGMENT_BITS));
            left -= here;
        }
        while (left > 0) {
            here = Math.min(left, segmentBytes - HEADER_BYTES - slack);
            if (!open(here)) {
                return false;
            }
            left -= here;
        }
        return true;
    }

    /** Takes the first free run that is long enough; of it and the open segment the roomier one is open then. */
    private boolean open(long size) {
        int least = Math.toIntExact(Math.ceilDiv(size + HEADER_BYTES, segmentBytes));
        int head = firstFree(least);
        if (head < 0) {
            return false;
        }
        free.clear(head, head + least);
        long room = least * segmentBytes - HEADER_BYTES - size;
        if (room > openRoom) {
            if (openSegment >= 0) {
                rooms.add(room(openRoom, openSegment));
            }
            openSegment = head;
            openRoom = room;
        } else {
            rooms.add(room(room, head));
        }
        return true;
    }

    private int firstFree(int least) {
        for (int from = free.nextSetBit(0); from >= 0; from = free.nextSetBit(from + 1)) {
            int end = Math.min(free.nextClearBit(from), segments);
            int start = from < keepOutEnd && from + least > keepOut ? keepOutEnd : from;
            if (end - start >= least) {
                return start;
            }
            from = end;
        }
        return -1;
    }

    private static long room(long bytes, int segment) {
        return bytes << SEGMENT_BITS | segment;
    }
}
