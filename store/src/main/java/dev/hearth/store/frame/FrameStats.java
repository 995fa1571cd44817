package dev.hearth.store.frame;

import java.util.List;

/**
 * What the shared frames hold at an instant.
 *
 * @param frameBytes     memory that may be used
 * @param allocatedBytes how much of it has space
 * @param resident       frames that hold a page
 * @param residentBytes  length of those pages
 * @param claimed        frames that somebody decodes into
 * @param sizes          the same for each size, the smallest first
 */
public record FrameStats(long frameBytes, long allocatedBytes, long resident, long residentBytes, long claimed,
        List<Size> sizes) {
    /** Keeps a copy of the list. */
    public FrameStats {
        sizes = List.copyOf(sizes);
    }

    /**
     * Frames of one size.
     *
     * @param frameBytes    length of a frame
     * @param frames        how many there are
     * @param resident      how many hold a page
     * @param residentBytes length of those pages
     * @param claimed       how many somebody decodes into
     */
    public record Size(int frameBytes, long frames, long resident, long residentBytes, long claimed) {}
}
