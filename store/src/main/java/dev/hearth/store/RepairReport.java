package dev.hearth.store;

import java.util.List;

/**
 * What repairing a store found and did.
 *
 * @param verified what reading and checking everything found before anything was changed
 * @param dropped  entries that could not be saved and are gone now
 * @param rebuilt  what was made anew from what is whole, in words
 * @param left     damage that stays because it cannot be repaired while the store is in use
 */
public record RepairReport(VerifyReport verified, List<VerifyReport.Damage> dropped, List<String> rebuilt,
        List<VerifyReport.Damage> left) {
    /** Copies the lists. */
    public RepairReport {
        dropped = List.copyOf(dropped);
        rebuilt = List.copyOf(rebuilt);
        left = List.copyOf(left);
    }
}
