package dev.hearth.store;

/**
 * A process slot that is taken or was left by a process that died.
 *
 * @param slot          its index
 * @param tenancy       how often it was taken
 * @param pid           the process, as it saw its own number
 * @param startTicks    when the process started, in clock ticks since the boot of the host
 * @param attachedAtMs  when it attached
 * @param heartbeatMs   when it last said that it is there; for display only
 * @param alive         whether the kernel says that it is alive
 * @param holds         leases it has open, and segments it is writing to; of a dead process, what it left, which
 *                      holds nothing
 * @param putsInFlight  values it is writing, or was writing when it died, whose space comes back
 * @param bytesInFlight their lengths
 */
public record ProcessInfo(int slot, long tenancy, long pid, long startTicks, long attachedAtMs, long heartbeatMs,
        boolean alive, long holds, long putsInFlight, long bytesInFlight) {}
