package dev.hearth.store.engine;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.table.NamespaceRecord;

/** Namespaces as the table has them and as callers know them. */
final class Namespaces {
    private Namespaces() {}

    static boolean isOf(NamespaceRecord record, Fingerprint fingerprint) {
        return record.name().equals(fingerprint.name()) && record.revision().equals(fingerprint.revision())
                && record.fingerprint().equals(fingerprint.canonicalParts());
    }

    static NamespaceInfo info(NamespaceRecord record) {
        return new NamespaceInfo(record.number(),
                Fingerprint.parse(record.name(), record.revision(), record.fingerprint()), record.definedAt());
    }
}
