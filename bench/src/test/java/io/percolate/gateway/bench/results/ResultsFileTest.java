package io.percolate.gateway.bench.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsFileTest {
    @Test
    void aSectionIsReplacedAndTheOthersStayAsTheyAre(@TempDir Path folder) throws IOException {
        ResultsFile results = new ResultsFile(folder);

        results.replace("Load", "first\n\n### get-64\n\n| a |\n");
        results.replace("Steps", "| step |\n");
        results.replace("Load", "second\n\n### rate\n");

        assertThat(Files.readString(folder.resolve("RESULTS.md")))
                .isEqualTo("# Results\n\n## Load\n\nsecond\n\n### rate\n\n## Steps\n\n| step |\n");
    }

    @Test
    void whatIsSaidBeforeTheSectionsStays(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("RESULTS.md");
        Files.writeString(file, "# Results\n\nHow to read them.\n\n- so\n\n## Load\n\nfirst\n");

        new ResultsFile(folder).replace("Load", "second");

        assertThat(file).hasContent("# Results\n\nHow to read them.\n\n- so\n\n## Load\n\nsecond\n");
    }

    @Test
    void aFolderIsMadeWhereThereIsNone(@TempDir Path folder) throws IOException {
        Path inner = folder.resolve("some/where");

        new ResultsFile(inner).replace("Steps", "text");

        assertThat(inner.resolve("RESULTS.md")).hasContent("# Results\n\n## Steps\n\ntext\n");
    }
}
