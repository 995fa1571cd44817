package dev.hearth.store.engine;

import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import java.util.function.LongSupplier;

/**
 * What an attachment has from outside.
 *
 * @param host    this process and this boot
 * @param clockMs the time in milliseconds since 1970
 * @param files   hears what is done to files
 */
record Environment(Host host, LongSupplier clockMs, FileEvents files) {}
