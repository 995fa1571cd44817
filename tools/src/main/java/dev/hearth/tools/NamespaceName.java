package dev.hearth.tools;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A namespace as the command line names it: {@code NAME}, which is its newest revision, or {@code NAME@REVISION}.
 *
 * @param name     the part before the first {@code @}
 * @param revision the part behind it; null for the newest
 */
record NamespaceName(String name, @Nullable String revision) {
    /** Reads the option's value. */
    static final class Converter implements ITypeConverter<NamespaceName> {
        @Override
        public NamespaceName convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /**
     * The namespace that {@code text} names.
     *
     * @throws IllegalArgumentException if no namespace can have that name or revision
     */
    static NamespaceName parse(String text) {
        int at = text.indexOf('@');
        NamespaceName parsed = at < 0
                ? new NamespaceName(text, null)
                : new NamespaceName(text.substring(0, at), text.substring(at + 1));
        parsed.fingerprint();
        return parsed;
    }

    /** The identity of a namespace that is defined under this name. */
    Fingerprint fingerprint() {
        Fingerprint fingerprint = Fingerprint.of(name);
        return revision == null ? fingerprint : fingerprint.revision(revision);
    }

    /**
     * The namespace, if there is one. Without a revision it is the newest that holds anything: one whose first put
     * failed or was killed, or whose last entry was removed, must not hide the revision before it.
     */
    Optional<Namespace> find(Hearth hearth) {
        if (revision != null) {
            return hearth.findNamespace(name, revision);
        }
        return hearth.namespaces().stream().filter(info -> info.fingerprint().name().equals(name))
                .sorted(Comparator.comparingLong(NamespaceInfo::version).reversed())
                .flatMap(info -> hearth.findNamespace(info.fingerprint()).stream())
                .filter(NamespaceName::holdsAnything).findFirst()
                .or(() -> hearth.findNamespace(name, null));
    }

    static boolean holdsAnything(Namespace namespace) {
        try (Stream<EntryInfo> entries = namespace.entries()) {
            return entries.findAny().isPresent();
        } catch (HearthException.Corrupt _) {
            return true;
        }
    }

    /**
     * The namespace.
     *
     * @throws ToolFailure if there is none
     */
    Namespace get(Hearth hearth) {
        return find(hearth).orElseThrow(() -> ToolFailure.negative("unknown namespace: " + this));
    }

    @Override
    public String toString() {
        return revision == null ? name : name + "@" + revision;
    }
}
