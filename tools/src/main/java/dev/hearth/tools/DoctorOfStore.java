package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.StoreStats;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The checks of one store and of the file system it lies on. */
final class DoctorOfStore {
    /** Locks, mappings and allocation mean something else there, or nothing. */
    private static final Set<String> NETWORK = Set.of("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "ceph",
            "glusterfs", "lustre", "afs", "ncpfs", "fuse.sshfs", "virtiofs");
    private static final Set<String> TRIED = Set.of("ext4", "xfs", "btrfs", "tmpfs", "overlay");
    private static final double LITTLE_SPACE = 0.1;

    private final RootCommand root;
    private final Path directory;

    DoctorOfStore(RootCommand root, Path directory) {
        this.root = root;
        this.directory = directory;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        Path existing = directory.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing != null) {
            fileSystem(findings, existing);
        }
        if (holdsSomething(directory)) {
            store(findings);
        } else {
            boolean writable = existing != null && Files.isWritable(existing);
            findings.add(writable
                    ? Finding.ok("store", directory + ": none yet; it can be created")
                    : Finding.fail("store", directory + ": none yet, and " + existing + " is not writable"));
        }
        return findings;
    }

    private static boolean holdsSomething(Path directory) {
        if (!Files.isDirectory(directory)) {
            return Files.exists(directory);
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isPresent();
        } catch (IOException _) {
            return true;
        }
    }

    private static void fileSystem(List<Finding> findings, Path existing) {
        try {
            FileStore files = Files.getFileStore(existing);
            String type = files.type().toLowerCase(Locale.ROOT);
            if (NETWORK.contains(type)) {
                findings.add(Finding.fail("fileSystem", type + ": network file systems are refused"));
            } else if (type.equals("tmpfs")) {
                findings.add(Finding.warn("fileSystem", type + ": the store is gone after a reboot"));
            } else {
                findings.add(TRIED.contains(type)
                        ? Finding.ok("fileSystem", type)
                        : Finding.warn("fileSystem", type + ": not tried"));
            }
            long free = files.getUsableSpace();
            String detail = free + " of " + files.getTotalSpace() + " bytes free (" + Sizes.human(free) + ")";
            findings.add(free >= files.getTotalSpace() * LITTLE_SPACE
                    ? Finding.ok("freeSpace", detail)
                    : Finding.warn("freeSpace", detail));
        } catch (IOException e) {
            findings.add(Finding.warn("fileSystem", "unknown: " + e));
        }
    }

    private void store(List<Finding> findings) {
        try (Hearth hearth = root.attachReadOnly()) {
            StoreStats stats = hearth.stats();
            findings.add(Finding.ok("store", directory + ": version " + stats.version() + ", " + stats.entries()
                    + " entries, " + stats.processes() + " processes"));
            findings.add(room(stats));
            findings.add(stats.readOnlyFallback()
                    ? Finding.warn("table", "none that is valid: the next writable attachment rebuilds it")
                    : Finding.ok("table", String.format(Locale.ROOT, "%.1f %% full", stats.tableLoad() * 100)));
        } catch (RuntimeException e) {
            findings.add(Finding.fail("store", directory + ": " + e.getMessage()));
        }
    }

    private static Finding room(StoreStats stats) {
        String detail = stats.freeSegments() + " of " + stats.segments() + " segments free, " + stats.storedBytes()
                + " of " + stats.capacityBytes() + " bytes used";
        return stats.freeSegments() >= stats.segments() * LITTLE_SPACE
                ? Finding.ok("capacity", detail)
                : Finding.warn("capacity", detail);
    }
}
