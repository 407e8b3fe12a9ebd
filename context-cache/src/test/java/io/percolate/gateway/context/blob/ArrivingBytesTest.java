package io.percolate.gateway.context.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class ArrivingBytesTest {
    private static final int CHUNK = ChunkedBytes.CHUNK_BYTES;

    @Test
    void aReaderGetsWhatIsThereAndTheRestAsItComesNoFasterThanItAsks() {
        byte[] content = random(2 * CHUNK + 5);
        ArrivingBytes bytes = new ArrivingBytes(content.length);
        append(bytes, content);

        StepVerifier.create(bytes.read(10, content.length), 0)
                .thenRequest(1)
                .expectNext(ByteBuffer.wrap(content, 10, CHUNK - 10))
                .thenRequest(2)
                .then(() -> append(bytes, content))
                .expectNext(ByteBuffer.wrap(content, CHUNK, CHUNK))
                .then(() -> append(bytes, content))
                .expectNext(ByteBuffer.wrap(content, 2 * CHUNK, 5))
                .then(bytes::complete)
                .verifyComplete();
        StepVerifier.create(bytes.whole()).verifyComplete();
    }

    @Test
    void aReaderOfAPartEndsWithItAndOneOfTheEndOnlyOnceAllIsKnownToBeRight() {
        byte[] content = random(CHUNK + 1);
        ArrivingBytes bytes = new ArrivingBytes(content.length);
        append(bytes, content);
        StepVerifier.create(bytes.read(0, CHUNK)).expectNextCount(1).verifyComplete();

        append(bytes, content);
        StepVerifier.create(bytes.read(0, CHUNK + 1))
                .expectNextCount(2)
                .then(() -> bytes.fail(new IOException("something follows")))
                .verifyErrorMessage("something follows");
        assertThatThrownBy(bytes::asWhole).isInstanceOf(IOException.class);
    }

    @Test
    void whatCameBeforeAFailureIsGivenOutFirst() {
        byte[] content = random(3 * CHUNK);
        ArrivingBytes bytes = new ArrivingBytes(content.length);
        append(bytes, content);
        bytes.fail(new IOException("cut"));

        StepVerifier.create(bytes.read(0, content.length), 0)
                .expectSubscription()
                .thenRequest(1)
                .expectNext(ByteBuffer.wrap(content, 0, CHUNK))
                .verifyErrorMessage("cut");
        StepVerifier.create(bytes.whole()).verifyErrorMessage("cut");
    }

    @Test
    void nothingCompletesAtOnceOnceThatIsKnownToBeAll() throws IOException {
        ArrivingBytes bytes = new ArrivingBytes(0);
        assertThat(bytes.nextBytes()).isZero();
        bytes.complete();
        StepVerifier.create(bytes.read(0, 0)).verifyComplete();
        assertThat(bytes.asWhole().length()).isZero();
    }

    @Test
    void aDemandThatIsNoneIsAnErrorAndChunksOfAnotherLengthAreRefused() {
        ArrivingBytes bytes = new ArrivingBytes(10);
        StepVerifier.create(bytes.read(0, 10), 0)
                .thenRequest(1)
                .then(() -> assertThatThrownBy(() -> bytes.append(new byte[9]))
                        .isInstanceOf(IllegalArgumentException.class))
                .thenCancel()
                .verify();
        assertThatThrownBy(bytes::complete).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void manyReadersAtTheirOwnPaceGetTheSameWhileAWriterWrites() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] content = new byte[40 * CHUNK + random.nextInt(CHUNK)];
        random.nextBytes(content);
        ArrivingBytes bytes = new ArrivingBytes(content.length);
        List<Mono<byte[]>> readers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int start = random.nextInt(content.length);
            int end = start + random.nextInt(content.length - start);
            int batch = 1 + random.nextInt(4);
            Mono<byte[]> read = Flux.from(bytes.read(start, end))
                    .publishOn(Schedulers.parallel(), batch)
                    .reduceWith(ByteArrayOutputStream::new, (all, part) -> {
                        byte[] copy = new byte[part.remaining()];
                        part.get(copy);
                        all.writeBytes(copy);
                        return all;
                    })
                    .map(all -> {
                        assertThat(all.toByteArray())
                                .as("seed %d", seed)
                                .isEqualTo(Arrays.copyOfRange(content, start, end));
                        return all.toByteArray();
                    })
                    .cache();
            read.subscribe(whole -> {}, failed -> {});
            readers.add(read);
        }
        while (bytes.nextBytes() > 0) {
            append(bytes, content);
        }
        bytes.complete();
        readers.forEach(read -> read.block(Duration.ofSeconds(30)));
    }

    private static void append(ArrivingBytes bytes, byte[] content) {
        int from = (int) bytes.arrived();
        bytes.append(Arrays.copyOfRange(content, from, from + bytes.nextBytes()));
    }

    private static byte[] random(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return content;
    }
}
