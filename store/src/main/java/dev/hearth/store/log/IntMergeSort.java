package dev.hearth.store.log;

/** A stable merge sort of numbers by a comparator of one's own; the library has none that does not box them. */
final class IntMergeSort {
    private static final int RUN = 8;

    private IntMergeSort() {}

    /** Compares two elements. */
    @FunctionalInterface
    interface IntComparator {
        int compare(int a, int b);
    }

    static void sort(int[] values, IntComparator comparator) {
        for (int start = 0; start < values.length; start += RUN) {
            insertionSort(values, start, Math.min(values.length, start + RUN), comparator);
        }
        int[] from = values;
        int[] to = new int[values.length];
        boolean swapped = false;
        for (long width = RUN; width < values.length; width *= 2) {
            for (long start = 0; start < values.length; start += 2 * width) {
                merge(from, to, (int) start, (int) Math.min(values.length, start + width),
                        (int) Math.min(values.length, start + 2 * width), comparator);
            }
            int[] swap = from;
            from = to;
            to = swap;
            swapped = !swapped;
        }
        if (swapped) {
            System.arraycopy(from, 0, values, 0, values.length);
        }
    }

    private static void insertionSort(int[] values, int start, int end, IntComparator comparator) {
        for (int i = start + 1; i < end; i++) {
            int value = values[i];
            int at = i;
            while (at > start && comparator.compare(values[at - 1], value) > 0) {
                values[at] = values[at - 1];
                at--;
            }
            values[at] = value;
        }
    }

    private static void merge(int[] from, int[] to, int start, int middle, int end, IntComparator comparator) {
        int left = start;
        int right = middle;
        for (int at = start; at < end; at++) {
            boolean takeLeft = right == end || (left < middle && comparator.compare(from[left], from[right]) <= 0);
            to[at] = takeLeft ? from[left++] : from[right++];
        }
    }
}
