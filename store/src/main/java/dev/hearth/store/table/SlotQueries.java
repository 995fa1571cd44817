package dev.hearth.store.table;

/**
 * Questions of the lock holder about the slots of one digest in one bucket: sets of slots are masks, damaged slots
 * are in none of them, and version 0 stands for "no version".
 */
final class SlotQueries {
    private final Buckets buckets;
    private final TableEntry scratch = new TableEntry();

    SlotQueries(Buckets buckets) {
        this.buckets = buckets;
    }

    /** The published slots of a digest. */
    int ofDigest(long bucket, long digestHi, long digestLo) {
        int slots = 0;
        for (int mask = buckets.candidates(bucket, buckets.control(bucket), digestHi); mask != 0; mask &= mask - 1) {
            int slot = Integer.numberOfTrailingZeros(mask);
            if (buckets.hasDigest(bucket, slot, digestHi, digestLo)) {
                buckets.copy(bucket, slot, scratch);
                slots |= scratch.isSound() ? 1 << slot : 0;
            }
        }
        return slots;
    }

    /** The newest version among these slots up to {@code limit}. */
    long newest(long bucket, int slots, long limit) {
        long newest = 0;
        for (int mask = slots; mask != 0; mask &= mask - 1) {
            long version = buckets.version(bucket, Integer.numberOfTrailingZeros(mask));
            if (AppliedWord.covers(limit, version) && AppliedWord.covers(version, newest)) {
                newest = version;
            }
        }
        return newest;
    }

    int withVersion(long bucket, int slots, long version) {
        int found = 0;
        for (int mask = slots; mask != 0; mask &= mask - 1) {
            found |= buckets.version(bucket, Integer.numberOfTrailingZeros(mask)) == version ? mask & -mask : 0;
        }
        return found;
    }

    int olderThan(long bucket, int slots, long version) {
        int found = 0;
        for (int mask = slots; mask != 0; mask &= mask - 1) {
            long other = buckets.version(bucket, Integer.numberOfTrailingZeros(mask));
            found |= Long.compareUnsigned(other, version) < 0 ? mask & -mask : 0;
        }
        return found;
    }

    /** The slots with exactly the words of {@code entry}. */
    int equalTo(long bucket, int slots, TableEntry entry) {
        int found = 0;
        for (int mask = slots; mask != 0; mask &= mask - 1) {
            buckets.copy(bucket, Integer.numberOfTrailingZeros(mask), scratch);
            found |= scratch.hasSameWords(entry) ? mask & -mask : 0;
        }
        return found;
    }
}
