package dev.hearth.tools;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The tool uses the store as any other program does. */
final class ToolsArchitectureTest {
    private static final JavaClasses TOOLS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.hearth.tools");

    @Test
    void tool_dependencies_areNotTheStoresParts() {
        noClasses().should().dependOnClassesThat().resideInAnyPackage("dev.hearth.store.segment..",
                "dev.hearth.store.log..", "dev.hearth.store.index..", "dev.hearth.store.table..", "net.openhft..",
                "net.jpountz..")
                .allowEmptyShould(true)
                .check(TOOLS);
    }

    /** It is on the class path of the demo's workers only. */
    @Test
    void onnxRuntime_isUsedByWorkersOnly_andWorkersByNobody() {
        noClasses().that().resideOutsideOfPackage("dev.hearth.tools.worker..")
                .should().dependOnClassesThat().resideInAnyPackage("ai.onnxruntime..", "dev.hearth.tools.worker..")
                .allowEmptyShould(true)
                .check(TOOLS);
    }

    /** Commands return their code and print to the writer they are given, so that tests can run them. */
    @Test
    void commands_processAndConsole_areLeftToMainClasses() {
        noClasses().that().doNotHaveFullyQualifiedName("dev.hearth.tools.HearthCli")
                .and().doNotHaveFullyQualifiedName("dev.hearth.tools.worker.WorkerMain")
                .should().callMethod(System.class, "exit", int.class)
                .orShould().accessField(System.class, "out")
                .orShould().accessField(System.class, "err")
                .allowEmptyShould(true)
                .check(TOOLS);
    }

    @Test
    void packages_nullness_isMarked() {
        assertFalse(TOOLS.isEmpty(), "the rules would pass on nothing");
        for (JavaClass javaClass : TOOLS) {
            assertTrue(javaClass.getPackage().isAnnotatedWith(NullMarked.class), javaClass::getPackageName);
        }
    }
}
