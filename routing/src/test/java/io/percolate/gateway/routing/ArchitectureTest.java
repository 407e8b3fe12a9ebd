package io.percolate.gateway.routing;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package of this module may know which. */
class ArchitectureTest {
    private static final String BASE = "io.percolate.gateway.routing.";

    /** Each package with all that it may depend on. A new package gets its line here first. */
    private static final Map<String, Set<String>> DIRECTIONS = Map.ofEntries(
            entry("config", Set.of()),
            entry("tenant", Set.of()),
            entry("failure", Set.of()),
            entry("postgres", Set.of("config", "failure")),
            entry("schema", Set.of("config", "postgres")),
            entry("invalidation", Set.of("config", "failure", "postgres", "tenant")),
            entry("fleet", Set.of("config", "failure", "invalidation", "postgres", "tenant")),
            entry("directory", Set.of("config", "failure", "invalidation", "postgres", "tenant")),
            entry("topology", Set.of("config", "invalidation", "postgres", "tenant")),
            entry("placement", Set.of("config", "failure", "tenant", "topology")),
            entry("replica", Set.of("config", "directory", "postgres", "tenant")),
            entry("quota", Set.of("tenant")),
            entry("redis", Set.of("config", "directory", "invalidation", "postgres", "quota", "tenant", "token.keys")),
            entry("revocation", Set.of("invalidation", "postgres")),
            entry("token", Set.of("config", "failure", "invalidation", "revocation", "tenant", "token.keys")),
            entry("token.keys", Set.of("config")));

    /** Those that mains start from: they may know all others. */
    private static final Set<String> TOPS = Set.of("process");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(BASE.substring(0, BASE.length() - 1));

    @Test
    void everyPackageHasItsDirections() {
        Set<String> packages = CLASSES.stream()
                .map(JavaClass::getPackageName)
                .map(name -> name.substring(BASE.length()))
                .collect(Collectors.toSet());

        assertThat(packages).allMatch(name -> DIRECTIONS.containsKey(name) || TOPS.contains(name));
    }

    static Set<String> packages() {
        return DIRECTIONS.keySet();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void dependsOnNoOtherPackageOfOursThan(String name) {
        String[] allowed = Stream.concat(Stream.of(name), DIRECTIONS.getOrDefault(name, Set.of()).stream())
                .map(BASE::concat)
                .toArray(String[]::new);

        classes()
                .that()
                .resideInAPackage(BASE + name)
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(allowed).or(not(resideInAPackage("io.percolate.gateway.."))))
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching(BASE + "(**)").should().beFreeOfCycles().check(CLASSES);
    }
}
