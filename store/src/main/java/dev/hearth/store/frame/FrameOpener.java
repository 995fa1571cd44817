package dev.hearth.store.frame;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.ProcessSlots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frames of a store or creates them. One use, while nobody else opens or leaves them.
 *
 * <p>
 * Their directory is named by device and inode of the mark file and a nonce in it, so that a copy of the store does
 * not find them, and no other file gets their name before the nonce is forgotten. A store that others use from
 * another place with file systems of its own in memory (a container) has its frames there: if the nonce names some
 * that are not found, and anybody else is attached, this attachment goes without. If nobody is, or nobody uses those
 * that are found, whoever used them is dead, and they are made anew under another nonce.
 */
final class FrameOpener {
    private static final long WAIT_LIMIT_NS = 100_000_000;

    private final FrameSettings settings;
    private final Geometry geometry;
    private final VolatilePlace.InSharedMemory sharedMemory;
    private final VolatilePlace.InStore inStore;

    FrameOpener(FrameSettings settings) {
        this.settings = settings;
        geometry = settings.mark().geometry();
        sharedMemory = new VolatilePlace.InSharedMemory(settings.sharedMemory());
        inStore = new VolatilePlace.InStore(settings.directory());
    }

    FrameCache open() {
        long nonce = settings.mark().words().get(MarkWord.VOLATILE_NONCE);
        FramesFile file = nonce == 0 ? null : attach(header(nonce));
        if (file == null) {
            file = create();
        }
        boolean opened = false;
        MappedRegion region = null;
        try {
            nonce = settings.mark().words().get(MarkWord.VOLATILE_NONCE);
            FrameLayout layout = header(nonce).check(file.file());
            file.use(layout);
            region = file.map(layout);
            FrameCache cache = new FrameCache(mapping(file, layout, region, nonce), layout,
                    new FrameClaims.Owner(settings.slot().word(), settings.slots()::isAlive, WAIT_LIMIT_NS),
                    settings.events());
            opened = true;
            return cache;
        } finally {
            if (!opened) {
                if (region != null) {
                    region.close();
                }
                file.close();
            }
            sweep(VolatilePlace.name(header(nonce)));
        }
    }

    private FramesHeader header(long nonce) {
        return FramesHeader.of(geometry, settings.mark().status(), nonce);
    }

    /** The frames that the nonce names, with their gate taken; none if they have to be created. */
    private @Nullable FramesFile attach(FramesHeader header) {
        String name = VolatilePlace.name(header);
        for (VolatilePlace place : List.of(sharedMemory, inStore)) {
            if (isThere(place, name)) {
                FramesFile file = FramesFile.enter(place, name, settings.slot().index());
                if (file.isUsedByOthers()) {
                    return file;
                }
                try {
                    file.remove();
                } finally {
                    file.close();
                }
                return null;
            }
        }
        if (settings.slots().tenants().stream().anyMatch(this::isOther)) {
            throw new HearthException.Refused(settings.sharedMemory().resolve(name),
                    "the frames of the store are not to be found, and others are attached who may use them elsewhere");
        }
        return null;
    }

    private boolean isOther(ProcessSlots.Tenant tenant) {
        return tenant.isAlive() && tenant.index() != settings.slot().index();
    }

    private static boolean isThere(VolatilePlace place, String name) {
        try (StoreDirectory directory = place.open(name, false)) {
            return directory != null && directory.exists(VolatilePlace.FILE);
        }
    }

    private FramesFile create() {
        FrameLayout layout = new FrameLayout(settings.frameBytes(), geometry.pageBytes(), geometry.slotCount());
        long nonce = 0;
        while (nonce == 0) {
            nonce = settings.random().getAsLong();
        }
        FramesHeader header = header(nonce);
        FramesFile file = null;
        if (sharedMemory.isThere()) {
            try {
                file = create(sharedMemory, header, layout);
            } catch (HearthException e) {
                settings.events().report(e);
            }
        }
        if (file == null) {
            file = create(inStore, header, layout);
        }
        settings.mark().words().set(MarkWord.VOLATILE_NONCE, nonce);
        return file;
    }

    private FramesFile create(VolatilePlace place, FramesHeader header, FrameLayout layout) {
        FramesFile file = FramesFile.enter(place, VolatilePlace.name(header), settings.slot().index());
        boolean created = false;
        try {
            long freeBytes = file.freeBytes(settings);
            if (freeBytes < layout.fileBytes) {
                throw new HearthException.Full("no room for frames: file=" + file.file().path() + " asked="
                        + layout.fileBytes + " free=" + freeBytes);
            }
            file.format(header, layout);
            created = true;
            return file;
        } finally {
            if (!created) {
                try {
                    file.remove();
                } finally {
                    file.close();
                }
            }
        }
    }

    private FrameCache.Mapping mapping(FramesFile file, FrameLayout layout, MappedRegion region, long nonce) {
        return new FrameCache.Mapping(file.file().path(), region.segment(),
                (offsetBytes, lengthBytes) -> file.allocate(layout, offsetBytes, lengthBytes), () -> {
                    region.close();
                    leave(file, nonce);
                });
    }

    private void leave(FramesFile file, long nonce) {
        try {
            settings.exclusively().accept(() -> {
                if (file.leave()) {
                    boolean _ = settings.mark().words().compareAndSet(MarkWord.VOLATILE_NONCE, nonce, 0);
                }
            });
        } catch (HearthException e) {
            settings.events().report(e);
        } finally {
            file.close();
        }
    }

    /** Removes what processes that were killed left; that it fails is no reason to go without frames. */
    private void sweep(String keep) {
        for (VolatilePlace place : List.of(sharedMemory, inStore)) {
            try {
                place.sweep(keep);
            } catch (HearthException e) {
                settings.events().report(e);
            }
        }
    }
}
