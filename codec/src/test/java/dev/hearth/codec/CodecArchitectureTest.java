package dev.hearth.codec;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Codecs turn bytes into bytes: they know of no file, no store and no thread. */
final class CodecArchitectureTest {
    private static final JavaClasses CODEC = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.hearth.codec");

    @Test
    void codecs_dependencies_areMemoryAlone() {
        noClasses().should().dependOnClassesThat().resideInAnyPackage("dev.hearth.store..", "dev.hearth.tools..",
                "org.agrona..", "net.openhft..", "java.nio.channels..", "java.nio.file..", "java.net..")
                .allowEmptyShould(true)
                .check(CODEC);
    }

    @Test
    void files_uses_areNone() {
        // What the processor can do, only the kernel tells.
        noClasses().that().doNotHaveSimpleName("CpuFeatures").should().dependOnClassesThat()
                .haveNameMatching("java\\.io\\.(File|RandomAccess).*")
                .allowEmptyShould(true)
                .check(CODEC);
    }

    @Test
    void packages_nullness_isMarked() {
        assertFalse(CODEC.isEmpty(), "the rules would pass on nothing");
        for (JavaClass javaClass : CODEC) {
            assertTrue(javaClass.getPackage().isAnnotatedWith(NullMarked.class), javaClass::getPackageName);
        }
    }
}
