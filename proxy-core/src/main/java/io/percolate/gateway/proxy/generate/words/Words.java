package io.percolate.gateway.proxy.generate.words;

import java.util.List;

/** Reads what a service says as words, however its bytes are cut. Of one answer, whose bytes come in turn. */
public interface Words {
    /**
     * The words that the bytes bring, in their order, none of them empty; throws {@link IllegalStateException} where they are
     * none.
     */
    List<String> read(byte[] bytes);

    /** Those that are left once the service has ended its answer. */
    List<String> end();
}
