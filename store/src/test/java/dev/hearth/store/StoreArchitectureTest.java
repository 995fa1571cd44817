package dev.hearth.store;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.RandomAccessFile;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.channels.Channel;
import java.nio.file.Files;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may know whom inside the store: data flows one way, and what is dangerous stands in one place. */
final class StoreArchitectureTest {
    private static final String ROOT = "dev.hearth.store";
    private static final String[] PARTS = {ROOT + ".segment..", ROOT + ".log..", ROOT + ".index..", ROOT + ".table.."};
    private static final JavaClasses STORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void store_classes_areFound() {
        assertTrue(STORE.contain(HearthException.class), "the rules below would pass on nothing");
    }

    @Test
    void chronicle_importers_areOneClassOfTheIndex() {
        Set<String> importers = new TreeSet<>();
        for (JavaClass javaClass : STORE) {
            if (javaClass.getDirectDependenciesFromSelf().stream()
                    .anyMatch(dependency -> dependency.getTargetClass().getPackageName().startsWith("net.openhft"))) {
                importers.add(outermost(javaClass).getName());
            }
        }
        assertTrue(importers.size() <= 1, () -> "only one class may import net.openhft, but these do: " + importers);
        assertTrue(importers.stream().allMatch(name -> name.startsWith(ROOT + ".index.")),
                () -> "net.openhft belongs to " + ROOT + ".index, importers=" + importers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "log", "index", "table"})
    void part_otherParts_areUnknownToIt(String part) {
        String own = ROOT + '.' + part + "..";
        noClasses().that().resideInAPackage(own)
                .should().dependOnClassesThat(resideInAnyPackage(PARTS).and(not(resideInAPackage(own))))
                .as("only the engine joins segments, log, index and table")
                .allowEmptyShould(true)
                .check(STORE);
    }

    @Test
    void parts_dependents_areTheEngineAlone() {
        noClasses().that().resideOutsideOfPackage(ROOT + ".engine..").and().resideOutsideOfPackages(PARTS)
                .should().dependOnClassesThat().resideInAnyPackage(PARTS)
                .check(STORE);
    }

    @Test
    void packages_dependencies_haveNoCycle() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(STORE);
    }

    @Test
    void systemCalls_callers_areInIo() {
        noClasses().that().resideOutsideOfPackage(ROOT + ".io..")
                .should().dependOnClassesThat().areAssignableTo(Linker.class)
                .orShould().dependOnClassesThat().areAssignableTo(SymbolLookup.class)
                .check(STORE);
    }

    /** An interrupt closes a channel for every thread, so that channels do no more than map. */
    @Test
    void fileChannel_uses_areMappingInIo() {
        noClasses().that().resideOutsideOfPackage(ROOT + ".io..")
                .should().dependOnClassesThat().areAssignableTo(Channel.class)
                .check(STORE);
        noClasses()
                .should().accessTargetWhere(target(owner(assignableTo(Channel.class)))
                        .and(target(not(nameMatching("open|map|close")))))
                .as("a FileChannel only maps")
                .check(STORE);
    }

    @Test
    void javaFileStreams_uses_areNone() {
        // Chronicle takes nothing else to map a file, and does it while no interrupt can reach it.
        noClasses().that().doNotHaveFullyQualifiedName(ROOT + ".index.ChronicleEntries$IndexMap")
                .should().dependOnClassesThat().belongToAnyOf(RandomAccessFile.class, FileInputStream.class,
                        FileOutputStream.class)
                .orShould().accessTargetWhere(target(owner(type(Files.class)))
                        .and(target(nameMatching("new.*(Stream|Channel|Reader|Writer)|write.*"))))
                .as("file I/O goes through system calls")
                .check(STORE);
    }

    @Test
    void lz4_uses_areNone() {
        noClasses().should().dependOnClassesThat().resideInAPackage("net.jpountz..")
                .as("compression belongs to the codec module")
                .check(STORE);
    }

    @Test
    void packages_nullness_isMarked() {
        for (JavaClass javaClass : STORE) {
            JavaPackage javaPackage = javaClass.getPackage();
            assertTrue(javaPackage.isAnnotatedWith(NullMarked.class),
                    () -> javaPackage.getName() + " is not @NullMarked");
        }
    }

    private static JavaClass outermost(JavaClass javaClass) {
        return javaClass.getEnclosingClass().map(StoreArchitectureTest::outermost).orElse(javaClass);
    }
}
