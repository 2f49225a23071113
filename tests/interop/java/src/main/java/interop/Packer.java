package interop;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.activation.DataSource;
import no.difi.sdp.client2.domain.AktoerOrganisasjonsnummer;
import no.difi.sdp.client2.domain.Avsender;
import no.difi.sdp.client2.domain.Databehandler;
import no.difi.sdp.client2.domain.Dokument;
import no.difi.sdp.client2.domain.Dokumentpakke;
import no.difi.sdp.client2.domain.Forsendelse;
import no.difi.sdp.client2.domain.Mottaker;
import no.difi.sdp.client2.domain.Noekkelpar;
import no.difi.sdp.client2.domain.Sertifikat;
import no.difi.sdp.client2.domain.digital_post.DigitalPost;
import no.difi.sdp.client2.internal.CreateDokumentpakke;
import no.digipost.api.representations.Organisasjonsnummer;

/**
 * Packs letters with Difi's client, as many as each line of standard input asks for, so that they
 * can be timed in a machine that is warm. {@code benchmarks/packer.py} is the same in Python.
 */
public final class Packer {
    private static final String PASSWORD = "x";
    private static final String ALIAS = "avsender";
    private static final AktoerOrganisasjonsnummer AVSENDER =
            AktoerOrganisasjonsnummer.of("991825827");

    private final CreateDokumentpakke packing = new CreateDokumentpakke();
    private final Databehandler databehandler;
    private final Mottaker mottaker;

    private Packer(Path sender, Path mailbox) throws Exception {
        KeyStore keys = Keys.readyToUse(Keys.pkcs12(sender, PASSWORD), ALIAS, PASSWORD);
        databehandler =
                Databehandler.builder(
                                AVSENDER.forfremTilDatabehandler(),
                                Noekkelpar.fraKeyStoreUtenTrustStore(keys, ALIAS, PASSWORD))
                        .build();
        mottaker =
                Mottaker.builder(
                                "01815800083",
                                "a#1",
                                Sertifikat.fraCertificate(Keys.certificates(mailbox).get(0)),
                                Organisasjonsnummer.of("984661185"))
                        .build();
    }

    public static void main(String[] arguments) throws Exception {
        Packer packer = new Packer(Path.of(arguments[0]), Path.of(arguments[1]));
        BufferedReader orders =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String[] words = order.split(" ");
            if (words[0].equals("write")) {
                try (InputStream made = packer.pack(Path.of(words[1])).getInputStream()) {
                    Files.copy(made, Path.of(words[2]), StandardCopyOption.REPLACE_EXISTING);
                }
                System.out.println("written");
            } else {
                int threads = Integer.parseInt(words[2]);
                int letters = Integer.parseInt(words[3]);
                System.out.println(packer.packOn(threads, letters, Path.of(words[1])));
            }
        }
    }

    /** Packs so many letters on each of so many threads, and counts the bytes of the packages. */
    private long packOn(int threads, int letters, Path document) throws Exception {
        Callable<Long> work =
                () -> {
                    long size = 0;
                    for (int number = 0; number < letters; number++) {
                        size += pack(document).getInputStream().available();
                    }
                    return size;
                };
        if (threads == 1) {
            return work.call();
        }
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Long>> started = new ArrayList<>();
            for (int number = 0; number < threads; number++) {
                started.add(executor.submit(work));
            }
            long size = 0;
            for (Future<Long> each : started) {
                size += each.get();
            }
            return size;
        } finally {
            executor.shutdown();
        }
    }

    /** Makes the package, and its fingerprint as the client does before it sends. */
    private DataSource pack(Path document) throws Exception {
        Dokument hoveddokument =
                Dokument.builder("Brev", "brev.pdf", Files.readAllBytes(document)).build();
        Forsendelse letter =
                Forsendelse.digital(
                                Avsender.builder(AVSENDER.forfremTilAvsender()).build(),
                                DigitalPost.builder(mottaker, "Brev").build(),
                                Dokumentpakke.builder(hoveddokument).build())
                        .build();
        var packed = packing.createDokumentpakke(databehandler, letter).entity;
        if (packed.getSHA256().length != 32) {
            throw new IllegalStateException("no fingerprint");
        }
        return packed;
    }
}
