package io.percolate.gateway.admin.cli;

import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.SigningKeys;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code token}: mints a tenant's token, or makes a signing key; for people, demos and tests. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Mints a tenant's token and prints it, or generates a signing key.",
            "",
            "  token --generate-key keys",
            "  token --tenant 3f0c... --key keys/signing-key.pem --issuer https://id.example --ttl 1h"
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class TokenCommand implements Callable<Integer> {
    private static final String KEY_FILE = "signing-key.pem";
    private static final String JWKS_FILE = "jwks.json";
    private static final Pattern TTL = Pattern.compile("(\\d{1,9})(s|m|h|d)");

    @Spec
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    private Source source;

    static final class Source {
        @Option(names = "--key", paramLabel = "FILE", description = "sign with this PKCS#8 private key (PEM)")
        private @Nullable Path key;

        @Option(
                names = "--hs256-secret-file",
                paramLabel = "FILE",
                description = "sign with HS256 and the shared secret in this file")
        private @Nullable Path secretFile;

        @Option(
                names = "--generate-key",
                paramLabel = "DIR",
                description =
                        "make a new key instead: DIR/" + KEY_FILE + " (private) and DIR/" + JWKS_FILE + " (public)")
        private @Nullable Path generateInto;
    }

    @Option(
            names = "--algorithm",
            paramLabel = "ALG",
            defaultValue = "RS256",
            description = "algorithm of a generated key: RS256, ES256 or EdDSA; default ${DEFAULT-VALUE}")
    private String algorithm;

    @Option(names = "--tenant", paramLabel = "ID", description = "the tenant's id (UUID)")
    private @Nullable String tenant;

    @Option(names = "--issuer", paramLabel = "ISS", description = "the token's iss")
    private @Nullable String issuer;

    @Option(names = "--audience", paramLabel = "AUD", description = "the token's aud; may be given several times")
    private List<String> audience = List.of();

    @Option(
            names = "--tenant-claim",
            paramLabel = "NAME",
            defaultValue = "tenant_id",
            description = "the claim that names the tenant; default ${DEFAULT-VALUE}")
    private String tenantClaim;

    @Option(
            names = "--subject",
            paramLabel = "SUB",
            defaultValue = "operator",
            description = "the token's sub; default ${DEFAULT-VALUE}")
    private String subject;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            defaultValue = "1h",
            description = "how long the token is valid, e.g. 90s, 15m, 1h, 30d; default ${DEFAULT-VALUE}")
    private String ttl;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (source.generateInto != null) {
            generate(source.generateInto, out);
        } else {
            TokenGrant grant = grant();
            out.println(signer().sign(grant));
        }
        return ExitCode.DONE;
    }

    private void generate(Path directory, PrintWriter out) {
        SignatureAlgorithm chosen = SignatureAlgorithm.parse(algorithm)
                .or(() -> SignatureAlgorithm.parse(algorithm.toUpperCase(Locale.ROOT)))
                .filter(known -> known == SignatureAlgorithm.RS256
                        || known == SignatureAlgorithm.ES256
                        || known == SignatureAlgorithm.EDDSA)
                .orElseThrow(() -> usage("--algorithm: expected RS256, ES256 or EdDSA, got '" + algorithm + "'"));
        Path keyFile = directory.resolve(KEY_FILE);
        Path jwksFile = directory.resolve(JWKS_FILE);
        if (Files.exists(keyFile)) {
            throw new CommandFailure(
                    keyFile + " exists already: tokens in use were signed with it; give another folder", null);
        }
        try {
            Files.createDirectories(directory);
            SigningKeys keys = SigningKeys.generate(chosen);
            keys.writePrivateKey(keyFile);
            keys.writePublicJwks(jwksFile);
            out.println(keyFile + "  private, readable by you alone (" + keys + ")");
            out.println(jwksFile + "  public, for GATEWAY_JWKS_FILE");
        } catch (IOException failed) {
            throw new CommandFailure("cannot write to " + directory + ": " + failed.getMessage(), failed);
        }
    }

    private TokenGrant grant() {
        if (tenant == null) {
            throw usage("--tenant is required to mint a token");
        }
        TenantId id =
                TenantId.parse(tenant).orElseThrow(() -> usage("--tenant: expected a UUID, got '" + tenant + "'"));
        try {
            return new TokenGrant(id, tenantClaim, subject, Optional.ofNullable(issuer), audience, lifetime());
        } catch (IllegalArgumentException invalid) {
            throw usage(invalid.getMessage());
        }
    }

    private Duration lifetime() {
        Matcher matcher = TTL.matcher(ttl);
        if (!matcher.matches()) {
            throw usage("--ttl: expected a time such as 90s, 15m, 1h or 30d, got '" + ttl + "'");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private TokenSigner signer() {
        Path file = source.key == null ? source.secretFile : source.key;
        if (file == null) {
            throw usage("expected --key or --hs256-secret-file");
        }
        try {
            String text = Files.readString(file);
            return source.key == null
                    ? TokenSigner.of(new Secret(text.strip()), Clock.systemUTC())
                    : TokenSigner.of(SigningKeys.parsePem(text), Clock.systemUTC());
        } catch (IOException unreadable) {
            throw new CommandFailure("cannot read " + file + ": " + unreadable.getMessage(), unreadable);
        } catch (IllegalArgumentException invalid) {
            throw new CommandFailure(file + ": " + invalid.getMessage(), invalid);
        }
    }

    private ParameterException usage(@Nullable String message) {
        return new ParameterException(spec.commandLine(), String.valueOf(message));
    }
}
