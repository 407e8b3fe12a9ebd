package io.percolate.gateway.bench;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The whole house: which module may know which, and the rules that hold in all of them. */
class HouseTest {
    private static final String BASE = "io.percolate.gateway";
    private static final Pattern SAYS_NOTHING =
            Pattern.compile("(Abstract|Base)[A-Z].*|.*[a-z](Manager|Util|Utils|Helper|Helpers|Impl)");

    private static final Set<String> BLOCKABLE = Set.of(Mono.class.getName(), Flux.class.getName());

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(BASE);

    @Test
    void modulesDependInTheirDirection() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("fixtures")
                .definedBy(BASE + ".fixtures..")
                .layer("routing")
                .definedBy(BASE + ".routing..")
                .layer("context-cache")
                .definedBy(BASE + ".context..")
                .layer("warmup")
                .definedBy(BASE + ".warmup..")
                .layer("proxy-core")
                .definedBy(BASE + ".proxy..")
                .layer("admin-api")
                .definedBy(BASE + ".admin..")
                .layer("bench")
                .definedBy(BASE + ".bench..")
                .whereLayer("fixtures")
                .mayOnlyBeAccessedByLayers("bench")
                .whereLayer("context-cache")
                .mayOnlyBeAccessedByLayers("proxy-core", "admin-api", "bench")
                .whereLayer("warmup")
                .mayOnlyBeAccessedByLayers("proxy-core", "admin-api", "bench")
                .whereLayer("proxy-core")
                .mayOnlyBeAccessedByLayers("bench")
                .whereLayer("admin-api")
                .mayOnlyBeAccessedByLayers("bench")
                .whereLayer("bench")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("routing")
                .mayNotAccessAnyLayer()
                .check(HOUSE);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching(BASE + ".(**)").should().beFreeOfCycles().check(HOUSE);
    }

    @Test
    void buffersOfTheEdgeStayInItsEngine() {
        noClasses()
                .that()
                .resideInAPackage(BASE + ".proxy..")
                .and(resideInAPackage(BASE + ".proxy.engine..").negate().as("outside of the engine"))
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.netty.buffer.ByteBuf")
                .check(HOUSE);
    }

    /** A main starts the edge, and waits until it listens. */
    @Test
    void onlyMainsBlock() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        BASE + "..main..", BASE + ".admin.cli..", BASE + ".bench..", BASE + ".fixtures..")
                .and()
                .doNotHaveFullyQualifiedName(BASE + ".proxy.engine.EdgeServer")
                .should()
                .callMethodWhere(describe(
                        "a Mono or Flux is blocked on",
                        call -> BLOCKABLE.contains(call.getTargetOwner().getFullName())
                                && call.getName().startsWith("block")))
                .as("no classes outside of mains and commands should block on a Mono or Flux")
                .check(HOUSE);
    }

    @Test
    void everyNameSaysWhatItIs() {
        assertThat(HOUSE.stream().map(JavaClass::getSimpleName).filter(SAYS_NOTHING.asMatchPredicate()))
                .isEmpty();
    }
}
