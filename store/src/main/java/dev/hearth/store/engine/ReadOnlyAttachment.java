package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.ProcessInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.StoreStats;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.table.LookupTable;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An attachment that reads and leaves no trace: no slot, no lock, no counter. Any thread.
 *
 * <p>
 * It reads the shared lookup table if there is one that is valid in this boot. Otherwise it builds a private one from
 * checkpoint and log, and follows the log with every call. It has no holds, so it copies, and looks at the generation
 * again afterwards.
 */
final class ReadOnlyAttachment implements Attachment {
    private final Closer closer;
    private final View view;
    private final @Nullable MarkFile mark;
    private final @Nullable ProcessSlots slots;
    private final EventCounters events;
    private final Runnable refresh;

    private ReadOnlyAttachment(Closer closer, View view, @Nullable MarkFile mark, @Nullable ProcessSlots slots,
            EventCounters events, Runnable refresh) {
        this.closer = closer;
        this.view = view;
        this.mark = mark;
        this.slots = slots;
        this.events = events;
        this.refresh = refresh;
    }

    /** Attaches to a store that is there. */
    static ReadOnlyAttachment open(Path path, Host host, LongSupplier clockMs) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new HearthException.Refused(path, "there is no store");
        }
        try (Closer closer = new Closer()) {
            StoreDirectory directory = closer.add(StoreDirectory.open(path));
            if (!directory.exists(Store.LOG)) {
                throw new HearthException.Refused(directory.directory(), "it holds no store");
            }
            StoreDirectory logFiles = closer.add(directory.subdirectory(Store.LOG, false));
            Parts parts = new Parts(directory, logFiles, clockMs);
            MarkFile mark = openMark(directory, host, closer);
            MappedRegion region = mark == null ? null : openTable(directory, mark, closer);
            return mark == null || region == null ? privately(parts, closer) : shared(parts, mark, region, closer);
        }
    }

    private record Parts(StoreDirectory directory, StoreDirectory logFiles, LongSupplier clockMs) {
        View view(Geometry geometry, DataFile data, LookupTable table, LongSupplier lastApplied,
                Reads.Generations generations, EventCounters events) {
            ReadContext.Pool contexts = new ReadContext.Pool(data);
            LogSettings settings = Opener.settings(geometry, 0);
            ReadParts parts = new ReadParts(new Lookups(table, new KeyDigester(geometry.digestSeedHi())), contexts,
                    new ValuePages(data, new Frames(null, events), events, clockMs), generations, References.NONE,
                    events, new Damage(events));
            Leases leases = new Leases(parts, null, null);
            Loads loads = new Loads(parts, leases);
            return new View(directory, logFiles, settings, geometry, data, table, lastApplied, contexts,
                    new Reads(parts, geometry.segmentBytes()), leases, loads,
                    new Groups(parts, leases, loads, lastApplied, data.path()));
        }
    }

    private static @Nullable MarkFile openMark(StoreDirectory directory, Host host, Closer closer) {
        if (!directory.exists(MarkFile.NAME)) {
            return null;
        }
        try {
            MarkFile mark = closer.add(MarkFile.open(directory, true));
            return mark.isOfThisBoot(host) ? mark : null;
        } catch (HearthException.Corrupt e) {
            return null; // The log has all there is to know.
        }
    }

    private static @Nullable MappedRegion openTable(StoreDirectory directory, MarkFile mark, Closer closer) {
        if (!directory.exists(ColdStart.TABLE)) {
            return null;
        }
        try {
            MappedRegion region = closer.add(Store.mapTable(directory, mark.geometry(), true));
            Store.attachTable(region, mark);
            return region;
        } catch (HearthException.Corrupt | HearthException.Incompatible e) {
            return null; // It can be rebuilt, and is, privately.
        }
    }

    private static ReadOnlyAttachment shared(Parts parts, MarkFile mark, MappedRegion region, Closer closer) {
        Geometry geometry = mark.geometry();
        DataFile data = closer.add(Store.openData(parts.directory, geometry, true));
        EventCounters events = closer.add(EventCounters.readOnly(parts.directory, geometry.slotCount()));
        MarkState state = new MarkState(mark.words());
        View view = parts.view(geometry, data, Store.attachTable(region, mark), state::get,
                (segment, generation) -> mark.segments().generation(segment) == generation, events);
        OfdLocks locks = closer.add(OfdLocks.openReadOnly(parts.directory, Store.LOCK));
        return keep(closer, view, mark, new ProcessSlots(mark, locks), events, () -> {
        });
    }

    private static ReadOnlyAttachment privately(Parts parts, Closer closer) {
        Geometry geometry = Opener.geometryOf(parts.logFiles);
        DataFile data = closer.add(Store.openData(parts.directory, geometry, true));
        EventCounters events = closer.add(EventCounters.readOnly(parts.directory, geometry.slotCount()));
        PrivateTable table = closer.add(PrivateTable.build(parts.logFiles, Opener.settings(geometry, 0), geometry));
        View view = parts.view(geometry, data, table.table(), table::lastApplied, table::isCurrent, events);
        return keep(closer, view, null, null, events, table::refresh);
    }

    private static ReadOnlyAttachment keep(Closer closer, View view, @Nullable MarkFile mark,
            @Nullable ProcessSlots slots, EventCounters events, Runnable refresh) {
        Closer own = new Closer();
        closer.moveTo(own);
        return new ReadOnlyAttachment(own, view, mark, slots, events, refresh);
    }

    @Override
    public View view() {
        refresh.run();
        return view;
    }

    @Override
    public @Nullable Writes writes() {
        return null;
    }

    @Override
    public @Nullable Memoizer memoizer() {
        return null;
    }

    @Override
    public @Nullable Holds holds() {
        return null;
    }

    @Override
    public Attachments.@Nullable Identity identity() {
        return null;
    }

    @Override
    public StoreStats stats() {
        return Stats.of(view(), mark, events.totals(), (int) processes().stream().filter(ProcessInfo::alive).count());
    }

    @Override
    public List<ProcessInfo> processes() {
        return slots == null ? List.of() : Stats.processes(slots);
    }

    @Override
    public @Nullable Repairer repairer() {
        return null;
    }

    @Override
    public @Nullable StoreCopier copier(Progress progress) {
        return null;
    }

    @Override
    public void close() {
        closer.close();
    }
}
