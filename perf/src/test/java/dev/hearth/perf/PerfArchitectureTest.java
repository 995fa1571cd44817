package dev.hearth.perf;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Benchmarks may look inside the store, and nothing may lean on them. */
final class PerfArchitectureTest {
    private static final JavaClasses PERF = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.hearth.perf");

    @Test
    void packages_nullness_isMarked() {
        assertFalse(PERF.isEmpty(), "the rules would pass on nothing");
        for (JavaClass javaClass : PERF) {
            // JMH generates packages of its own.
            if (javaClass.getPackageName().endsWith(".jmh_generated")) {
                continue;
            }
            assertTrue(javaClass.getPackage().isAnnotatedWith(NullMarked.class), javaClass::getPackageName);
        }
    }
}
