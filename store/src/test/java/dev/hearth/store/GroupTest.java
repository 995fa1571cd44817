package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(10_000);
    private static final MemorySegment GROUP = Keys.utf8("layer.0");
    private static final PutOptions PARAMETER = PutOptions.of(Kind.PARAMETER);
    private static final PutOptions ACTIVATION = PutOptions.of(Kind.ACTIVATION);

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private Hearth open() {
        return Hearth.open(store(), SMALL);
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static MemorySegment key(int number) {
        return Keys.utf8("key " + number);
    }

    private static long put(Namespace namespace, MemorySegment group, int from, int to, long seed, PutOptions options) {
        try (Batch batch = namespace.batch()) {
            batch.group(group);
            for (int number = from; number < to; number++) {
                batch.put(key(number), MemorySegment.ofArray(bytes(100 * number, seed + number)), options);
            }
            return batch.commit();
        }
    }

    private static GroupLease get(Namespace namespace, MemorySegment group) {
        GroupLease lease = namespace.getGroup(group);
        assertNotNull(lease, "group is there");
        return lease;
    }

    private static String text(MemorySegment key) {
        return Keys.display(key.toArray(ValueLayout.JAVA_BYTE));
    }

    private static List<String> names(Namespace namespace) {
        try (var groups = namespace.groups()) {
            return groups.map(GroupInfo::nameText).sorted().toList();
        }
    }

    @Test
    void getGroup_afterItsBatch_hasAllMembersInOrder() {
        for (PutOptions options : List.of(PARAMETER, PARAMETER.storage(Storage.COMPACT), ACTIVATION)) {
            try (Hearth hearth = open()) {
                Namespace namespace =
                        hearth.namespace(Fingerprint.of(options.kind() + " " + options.storage()));
                long version = put(namespace, GROUP, 0, 300, 5, options);
                try (GroupLease lease = get(namespace, GROUP)) {
                    assertEquals(version, lease.version());
                    assertTrue(lease.isWhole());
                    assertEquals(300, lease.size());
                    for (int number = 0; number < 300; number++) {
                        assertEquals("key " + number, text(lease.key(number)));
                        assertEquals(number, lease.indexOf(key(number)));
                        assertEquals(version, lease.lease(number).version());
                        assertArrayEquals(bytes(100 * number, 5 + number),
                                lease.segment(number).toArray(ValueLayout.JAVA_BYTE), "key " + number);
                    }
                    assertEquals(-1, lease.indexOf(key(300)));
                    assertNull(lease.find(Keys.utf8("other")));
                }
            }
        }
    }

    @Test
    void getGroup_afterReopenAndReadOnly_isThere() {
        try (Hearth hearth = open()) {
            put(hearth.namespace(Fingerprint.of("n")), GROUP, 0, 50, 1, PARAMETER);
        }
        for (HearthOptions.Access access : List.of(HearthOptions.Access.ATTACH, HearthOptions.Access.READ_ONLY)) {
            try (Hearth hearth = Hearth.open(store(), SMALL.access(access));
                    GroupLease lease = get(hearth.findNamespace("n", null).orElseThrow(), GROUP)) {
                assertEquals(50, lease.size());
                assertArrayEquals(bytes(4_900, 50), lease.segment(49).toArray(ValueLayout.JAVA_BYTE));
                assertTrue(hearth.verify(Progress.NONE).isSound());
            }
        }
    }

    @Test
    void group_ofSeveralNames_belongsToEach() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            MemorySegment all = Keys.utf8("all");
            try (Batch batch = namespace.batch()) {
                for (int layer = 0; layer < 4; layer++) {
                    batch.group(Keys.utf8("layer." + layer), all);
                    for (int number = 0; number < 10; number++) {
                        batch.put(key(layer * 10 + number), MemorySegment.ofArray(new byte[layer]), PARAMETER);
                    }
                }
                batch.group();
                batch.put(Keys.utf8("alone"), MemorySegment.ofArray(new byte[1]), PARAMETER);
                batch.commit();
            }
            assertEquals(List.of("all", "layer.0", "layer.1", "layer.2", "layer.3"), names(namespace));
            try (GroupLease lease = get(namespace, all); GroupLease layer = get(namespace, Keys.utf8("layer.3"))) {
                assertEquals(40, lease.size());
                assertEquals(10, layer.size());
                assertEquals("key 30", text(layer.key(0)));
                assertEquals(3, layer.segment(0).byteSize());
            }
        }
    }

    @Test
    void group_isNoEntry() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, GROUP, 1, 11, 1, PARAMETER);
            assertEquals(10, hearth.stats().entries(), "entries");
            assertEquals(5_500, hearth.stats().logicalBytes(), "logicalBytes");
            assertEquals(10, hearth.stats().counter("puts"), "puts");
            try (var entries = namespace.entries(); var all = hearth.entries()) {
                assertEquals(10, entries.count());
                assertEquals(10, all.count());
            }
            assertFalse(namespace.contains(GROUP), "the name of a group is no key");
            namespace.put(GROUP, MemorySegment.ofArray(new byte[7]), PARAMETER);
            try (GroupLease lease = get(namespace, GROUP)) {
                assertEquals(10, lease.size(), "and a key is no name of a group");
            }
            try (var groups = namespace.groups()) {
                GroupInfo info = groups.findFirst().orElseThrow();
                assertEquals("layer.0", info.nameText());
                assertEquals(10, info.members());
                assertEquals(5_500, info.logicalBytes());
                assertEquals(Kind.PARAMETER, info.kind());
            }
            VerifyReport report = hearth.verify(Progress.NONE);
            assertTrue(report.isSound(), report.toString());
            assertEquals(11, report.entries());
        }
    }

    @Test
    void put_ofOneMember_leavesALeaseThatIsNotWhole() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            long version = put(namespace, GROUP, 0, 10, 1, PARAMETER);
            try (GroupLease before = get(namespace, GROUP)) {
                long later = namespace.put(key(3), MemorySegment.ofArray(new byte[9]), PARAMETER);
                try (GroupLease after = get(namespace, GROUP)) {
                    assertEquals(version, after.version());
                    assertFalse(after.isWhole());
                    assertEquals(later, after.lease(3).version());
                    assertEquals(9, after.segment(3).byteSize());
                    assertEquals(version, after.lease(4).version());
                }
                assertTrue(before.isWhole(), "what is leased stays");
                assertArrayEquals(bytes(300, 4), before.segment(3).toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @Test
    void getGroup_ofManyBesidePutsWithoutAPause_isASnapshotOfOneMoment() throws Exception {
        int count = 2_000;
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            try (Batch batch = namespace.batch()) {
                batch.group(GROUP);
                for (int number = 0; number < count; number++) {
                    batch.put(key(number), MemorySegment.ofArray(new int[]{number}), PARAMETER);
                }
                batch.commit();
            }
            AtomicBoolean done = new AtomicBoolean();
            CompletableFuture<Integer> putter = CompletableFuture.supplyAsync(() -> {
                int next = count;
                for (; !done.get(); next++) {
                    namespace.put(key(next % count), MemorySegment.ofArray(new int[]{next}), PARAMETER);
                }
                return next;
            });
            try {
                int seenBefore = 0;
                for (int round = 0; round < 15; round++) {
                    try (GroupLease lease = get(namespace, GROUP)) {
                        int newest = 0;
                        for (int member = 0; member < count; member++) {
                            newest = Math.max(newest, lease.segment(member).get(ValueLayout.JAVA_INT_UNALIGNED, 0));
                        }
                        for (int member = 0; member < count; member++) {
                            assertEquals(newest - Math.floorMod(newest - member, count),
                                    lease.segment(member).get(ValueLayout.JAVA_INT_UNALIGNED, 0),
                                    "member " + member + " when the newest is " + newest);
                        }
                        assertTrue(newest >= seenBefore, "time goes on");
                        seenBefore = newest;
                    }
                }
            } finally {
                done.set(true);
            }
            assertTrue(putter.get() > count, "it put something");
        }
    }

    @Test
    void batch_ofTheSameGroup_replacesItAndLeavesWhatItNamesNoMore() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, GROUP, 0, 10, 1, PARAMETER);
            put(namespace, GROUP, 5, 20, 1, PARAMETER);
            try (GroupLease lease = get(namespace, GROUP)) {
                assertEquals(15, lease.size());
                assertEquals("key 5", text(lease.key(0)));
            }
            assertTrue(namespace.contains(key(0)), "still an entry");
            assertEquals(List.of("layer.0"), names(namespace));
        }
    }

    @Test
    void batch_thatPutsAKeyAgainOrRemovesIt_namesItOnceOrNot() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            try (Batch batch = namespace.batch()) {
                batch.group(GROUP);
                batch.put(key(1), MemorySegment.ofArray(new byte[1]), PARAMETER);
                batch.put(key(2), MemorySegment.ofArray(new byte[2]), PARAMETER);
                batch.put(key(1), MemorySegment.ofArray(new byte[3]), PARAMETER);
                batch.put(key(3), MemorySegment.ofArray(new byte[3]), PARAMETER);
                batch.remove(key(3));
                batch.group(Keys.utf8("nothing"));
                batch.commit();
            }
            try (GroupLease lease = get(namespace, GROUP)) {
                assertEquals(2, lease.size());
                assertEquals("key 2", text(lease.key(0)));
                assertEquals(3, lease.segment(1).byteSize());
            }
            assertNull(namespace.getGroup(Keys.utf8("nothing")));
        }
    }

    @Test
    void getGroup_withoutOneOfItsMembers_isNull() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            assertNull(namespace.getGroup(GROUP), "never put");
            put(namespace, GROUP, 0, 10, 1, PARAMETER);
            assertTrue(namespace.remove(key(9)));
            assertNull(namespace.getGroup(GROUP));
            namespace.put(key(9), MemorySegment.ofArray(new byte[1]), PARAMETER);
            try (GroupLease lease = get(namespace, GROUP)) {
                assertFalse(lease.isWhole());
            }
            namespace.put(key(9), MemorySegment.ofArray(new byte[1]), ACTIVATION.expiresAtMs(1));
            assertNull(namespace.getGroup(GROUP), "expired");
            hearth.remove(namespace);
            assertNull(namespace.getGroup(GROUP), "no namespace");
            Namespace again = hearth.namespace(Fingerprint.of("n"));
            assertNull(again.getGroup(GROUP), "another namespace of that name");
            assertEquals(List.of(), names(again));
        }
    }

    @Test
    void getGroup_ofEvictedActivations_isNull() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, GROUP, 0, 100, 1, ACTIVATION);
            put(namespace, Keys.utf8("kept"), 100, 110, 1, PARAMETER);
            for (int i = 0; i < 300; i++) {
                namespace.put(Keys.utf8("filler " + i), MemorySegment.ofArray(bytes(400_000, i)), ACTIVATION);
            }
            assertNull(namespace.getGroup(GROUP));
            assertEquals(List.of("kept"), names(namespace));
            try (GroupLease lease = get(namespace, Keys.utf8("kept"))) {
                assertTrue(lease.isWhole());
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    @Test
    void removeGroup_takesMembersAndListInOneStep() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, GROUP, 0, 100, 1, PARAMETER);
            long version = put(namespace, Keys.utf8("other"), 99, 120, 1, PARAMETER);
            assertTrue(namespace.removeGroup(GROUP));
            assertFalse(namespace.removeGroup(GROUP), "again");
            assertEquals(version + 1, hearth.stats().version(), "one commit");
            assertEquals(20, hearth.stats().entries());
            assertFalse(namespace.contains(key(99)));
            assertTrue(namespace.contains(key(100)));
            assertEquals(List.of("other"), names(namespace));
            assertNull(namespace.getGroup(Keys.utf8("other")), "it shared a member");
            assertTrue(namespace.removeGroup(Keys.utf8("other")));
            assertEquals(0, hearth.stats().entries());
            assertEquals(0, hearth.stats().storedBytes());
        }
    }

    @Test
    void lease_keepsItsBytes_whateverHappens() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, GROUP, 1, 40, 1, ACTIVATION);
            try (GroupLease lease = get(namespace, GROUP)) {
                assertTrue(namespace.removeGroup(GROUP));
                for (int i = 0; i < 200; i++) {
                    namespace.put(Keys.utf8("filler " + i), MemorySegment.ofArray(bytes(400_000, i)), ACTIVATION);
                }
                for (int number = 1; number < 40; number++) {
                    assertArrayEquals(bytes(100 * number, 1 + number),
                            lease.segment(number - 1).toArray(ValueLayout.JAVA_BYTE));
                    assertEquals("key " + number, text(lease.key(number - 1)));
                }
            }
        }
    }

    @Test
    void lease_closedOrOfAnotherThread_isRefused() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, GROUP, 1, 5, 1, PARAMETER);
            GroupLease lease = get(namespace, GROUP);
            MemorySegment bytes = lease.segment(3);
            ExecutionException refused = assertThrows(ExecutionException.class,
                    () -> CompletableFuture.runAsync(lease::close).get());
            assertTrue(refused.getCause() instanceof WrongThreadException, String.valueOf(refused.getCause()));
            lease.lease(2).close();
            lease.close();
            lease.close();
            assertThrows(IllegalStateException.class, () -> lease.segment(1));
            assertThrows(IllegalStateException.class, () -> lease.key(1));
            assertThrows(IllegalStateException.class, lease::version);
            assertThrows(IllegalStateException.class, () -> bytes.get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    void leases_areTrackedAndLeaveNoHold() {
        try (Hearth hearth = Hearth.open(store(), SMALL.trackLeases(true))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, GROUP, 1, 5, 1, ACTIVATION);
            try (GroupLease lease = get(namespace, GROUP)) {
                assertEquals(4, lease.size());
                assertTrue(hearth.openLeases().size() >= 4, "members are tracked");
            }
            assertTrue(namespace.remove(key(4)));
            assertNull(namespace.getGroup(GROUP));
            assertEquals(List.of(), hearth.openLeases());
        }
        // An attachment that holds anything stays until it is let go.
        try (Hearth hearth = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
            assertEquals(0, hearth.processes().stream().filter(ProcessInfo::alive).count(), "nothing is held");
        }
    }

    @Test
    void prefetchGroup_decodesItsPages() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            byte[] flat = new byte[40_000];
            Arrays.fill(flat, (byte) 3);
            try (Batch batch = namespace.batch()) {
                batch.group(GROUP);
                for (int number = 0; number < 10; number++) {
                    batch.put(key(number), MemorySegment.ofArray(flat), ACTIVATION);
                }
                batch.commit();
            }
            assertFalse(namespace.prefetchGroup(Keys.utf8("no such group")));
            assertTrue(namespace.prefetchGroup(GROUP));
            long decoded = hearth.stats().counter("pagesDecoded");
            assertEquals(30, decoded);
            try (GroupLease lease = get(namespace, GROUP)) {
                assertArrayEquals(flat, lease.segment(9).toArray(ValueLayout.JAVA_BYTE));
            }
            assertEquals(decoded, hearth.stats().counter("pagesDecoded"), "not again");
        }
    }

    @Test
    void walk_overLayers_leasesEachAndBringsTheNextNear() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            List<MemorySegment> layers = new ArrayList<>();
            for (int layer = 0; layer < 6; layer++) {
                layers.add(Keys.utf8("layer." + layer));
                if (layer != 3) {
                    put(namespace, layers.get(layer), layer * 10, layer * 10 + 10, 1, PARAMETER);
                }
            }
            try (GroupWalk walk = namespace.walk(layers)) {
                for (int layer = 0; layer < 6; layer++) {
                    assertTrue(walk.hasNext());
                    assertEquals(layer, walk.position());
                    try (GroupLease lease = walk.next()) {
                        assertEquals(layer == 3, lease == null);
                        if (lease != null) {
                            assertEquals("key " + layer * 10, text(lease.key(0)));
                        }
                    }
                }
                assertFalse(walk.hasNext());
                assertThrows(java.util.NoSuchElementException.class, walk::next);
            }
        }
    }

    @Test
    void walk_whoseStoreIsClosed_endsQuietly() {
        Hearth hearth = open();
        Namespace namespace = hearth.namespace(Fingerprint.of("n"));
        put(namespace, GROUP, 0, 10, 1, PARAMETER);
        GroupWalk walk = namespace.walk(List.of(GROUP, GROUP, GROUP));
        try (GroupLease lease = walk.next()) {
            assertNotNull(lease);
        }
        hearth.close();
        assertThrows(HearthException.Closed.class, walk::next);
        walk.close();
        walk.close();
        assertThrows(IllegalStateException.class, walk::next);
    }

    @Test
    void group_ofNamesOutOfRange_isRefused() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            try (Batch batch = namespace.batch()) {
                assertThrows(IllegalArgumentException.class, () -> batch.group(MemorySegment.ofArray(new byte[0])));
                assertThrows(IllegalArgumentException.class, () -> batch.group(MemorySegment.ofArray(new byte[1025])));
                batch.group(MemorySegment.ofArray(new byte[1024]));
                batch.put(key(1), MemorySegment.ofArray(new byte[1]), ACTIVATION);
                batch.commit();
            }
            assertThrows(IllegalArgumentException.class, () -> namespace.getGroup(MemorySegment.ofArray(new byte[0])));
            try (GroupLease lease = get(namespace, MemorySegment.ofArray(new byte[1024]))) {
                assertEquals(1, lease.size());
            }
        }
    }

    @Test
    void batch_thatDefinesItsNamespace_hasGroups() {
        try (Hearth hearth = open()) {
            try (Batch batch = hearth.batch(Fingerprint.of("new"))) {
                batch.group(GROUP);
                batch.put(key(1), MemorySegment.ofArray(new byte[1]), PARAMETER);
                batch.commit();
            }
            try (GroupLease lease = get(hearth.findNamespace("new", null).orElseThrow(), GROUP)) {
                assertTrue(lease.isWhole());
            }
        }
    }
}
