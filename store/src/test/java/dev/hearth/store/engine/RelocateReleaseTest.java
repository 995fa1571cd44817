package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.mark.SegmentHolds;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies that come to be entered right behind the release of what they were made of: the entries stay away. */
@Timeout(300)
final class RelocateReleaseTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(4 << 20).segmentBytes(256 << 10);
    private static final Planner.KeyCheck NO_KEYS = new Planner.KeyCheck() {
        @Override
        public boolean isOther(TableEntry entry, byte[] key) {
            return false;
        }

        @Override
        public boolean isUseless(TableEntry entry) {
            return false;
        }
    };
    @TempDir
    Path temporary;
    private @Nullable Second second;
    private int lost;
    private int wrong;

    /** What another attachment would plan with. */
    private record Second(Store store, SegmentReleases releases, Planner planner) {
        static Second of(Store store, SegmentHolds holds) {
            ReferenceMap references = EvictionParts.of(store).references();
            SegmentReleases releases = new SegmentReleases(store.mark(), holds, references, step -> {
            });
            return new Second(store, releases, new Planner(store.table(), NO_KEYS, releases,
                    new Chains(store.table(), releases, references)));
        }

        /** Whether an entry would be said to lie in the segment of {@code beside} from now on. */
        boolean relocates(TableEntry entry, TableEntry beside) {
            EntryDescriptor moved = new EntryDescriptor(entry.digestHi(), entry.digestLo(), entry.version(),
                    beside.generation(), beside.segment(), entry.namespace(), 0, 0, 1, 64, 0, 0, 0, Kind.ACTIVATION,
                    Storage.IN_PLACE, 0);
            return !planner.plan(List.of(new Intent.Relocate(moved, entry.segment(), entry.generation(),
                    entry.offsetUnits(), Intent.Parent.NONE)), entry.version() + 1).isEmpty();
        }
    }

    /** While the lock is held in which a segment was released, and the table still speaks of what lay in it. */
    private void at(SweepStep step) {
        Second planning = second;
        if (step != SweepStep.RELEASE_APPLIED || planning == null || lost > 0) {
            return;
        }
        List<TableEntry> entries = new ArrayList<>();
        planning.store().table().forEach(entry -> entries.add(new TableEntry().from(entry)));
        TableEntry beside =
                entries.stream().filter(entry -> !planning.releases().isOver(entry)).findAny().orElseThrow();
        for (TableEntry entry : entries) {
            boolean isOver = planning.releases().isOver(entry);
            wrong += isOver == planning.relocates(entry, beside) ? 1 : 0;
            lost += isOver ? 1 : 0;
        }
    }

    @Test
    void relocate_ofWhatWasJustReleased_isNotDone() {
        Path path = temporary.resolve("store");
        Environment environment = new Environment(Host.current(), System::currentTimeMillis, FileEvents.NONE);
        try (WritableAttachment attachment = WritableAttachment.open(path, SMALL, environment, new Journal(), false,
                this::at);
                Store store = Opener.open(path, SMALL, environment, ignored -> {
                }, opened -> opened)) {
            ProcessSlots slots = new ProcessSlots(store.mark(), store.locks());
            try (ProcessSlot slot = slots.take(Host.current(), System.currentTimeMillis(), 0)) {
                second = Second.of(store, new SegmentHolds(slots, slot, store.mark().geometry()));
                attachment.writes().define(Fingerprint.of("n"));
                NamespaceInfo namespace = attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
                for (int i = 0; i < 1_000 && lost == 0; i++) {
                    long _ = attachment.writes().put(namespace, Keys.utf8("key " + i),
                            MemorySegment.ofArray(new byte[60_000]),
                            PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE));
                }
            }
        }
        assertTrue(lost > 0, "something was released");
        assertEquals(0, wrong, "what is over is not relocated, and all else is");
    }
}
