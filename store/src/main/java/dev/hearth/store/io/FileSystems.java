package dev.hearth.store.io;

import java.util.Map;

/**
 * File systems that a store must not lie on, by the number the kernel gives their type.
 *
 * <p>
 * A store is shared by the processes of one host through the page cache and kernel locks. Where another host can
 * change the files, or where locks and mappings are the business of a server, neither holds: the boot id that decides
 * whether memory is still valid is one host's, and a lock that a server forgets is a lock held twice. That rules out
 * network and cluster file systems, and the 9p and shared-folder mounts through which a virtual machine sees files of
 * its host. FUSE is refused as a whole: the kernel gives one number to all of them, so a remote one cannot be told
 * from a local one, and each decides for itself whether shared mappings and locks mean anything.
 */
final class FileSystems {
    private static final Map<Integer, String> REFUSED = Map.ofEntries(Map.entry(0x6969, "NFS"),
            Map.entry(0x517B, "SMB"), Map.entry(0xFF534D42, "CIFS"), Map.entry(0xFE534D42, "SMB2"),
            Map.entry(0x564C, "NCP"), Map.entry(0x73757245, "Coda"), Map.entry(0x5346414F, "AFS"),
            Map.entry(0x6B414653, "AFS"), Map.entry(0x00C36400, "Ceph"), Map.entry(0x0BD00BD0, "Lustre"),
            Map.entry(0x47504653, "GPFS"), Map.entry(0x01161970, "GFS2"), Map.entry(0x7461636F, "OCFS2"),
            Map.entry(0x19830326, "BeeGFS"), Map.entry(0xAAD7AAEA, "PanFS"), Map.entry(0x20030528, "OrangeFS"),
            Map.entry(0x01021997, "9p"), Map.entry(0x65735546, "FUSE"), Map.entry(0x786F4256, "vboxsf"),
            Map.entry(0xBACBACBC, "vmhgfs"));

    private FileSystems() {}

    /** The name of a refused type, or an empty string if a store may lie there. */
    static String refusedName(long type) {
        // Some kernels extend the sign of the 32-bit number.
        return REFUSED.getOrDefault((int) type, "");
    }
}
