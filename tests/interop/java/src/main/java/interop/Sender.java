package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import no.difi.sdp.client2.SikkerDigitalPostKlient;
import no.difi.sdp.client2.domain.AktoerOrganisasjonsnummer;
import no.difi.sdp.client2.domain.Avsender;
import no.difi.sdp.client2.domain.Dokument;
import no.difi.sdp.client2.domain.Dokumentpakke;
import no.difi.sdp.client2.domain.Forsendelse;
import no.difi.sdp.client2.domain.Mottaker;
import no.difi.sdp.client2.domain.Prioritet;
import no.difi.sdp.client2.domain.Sertifikat;
import no.difi.sdp.client2.domain.digital_post.DigitalPost;
import no.difi.sdp.client2.domain.kvittering.ForretningsKvittering;
import no.difi.sdp.client2.domain.kvittering.KvitteringForespoersel;
import no.digipost.api.representations.Organisasjonsnummer;

/**
 * Sends letters with Difi's client and fetches their receipts, as many as each line of standard
 * input asks for, so that both can be timed in a machine that is warm. {@code benchmarks/sender.py}
 * is the same in Python.
 */
public final class Sender {
    private final SikkerDigitalPostKlient client;
    private final AktoerOrganisasjonsnummer avsender;
    private final Mottaker mottaker;
    private final Path document;

    private Sender(JsonNode setup) throws Exception {
        String password = setup.get("password").asText();
        KeyStore read = Keys.pkcs12(Path.of(setup.get("pkcs12").asText()), password);
        client = JavaClient.connect(setup, Keys.readyToUse(read, "avsender", password));
        avsender = AktoerOrganisasjonsnummer.of(setup.get("databehandler").asText());
        mottaker =
                Mottaker.builder(
                                setup.get("personidentifikator").asText(),
                                setup.get("postkasseadresse").asText(),
                                Sertifikat.fraBase64X509String(setup.get("sertifikat").asText()),
                                Organisasjonsnummer.of(setup.get("postkasse").asText()))
                        .build();
        document = Path.of(setup.get("document").asText());
    }

    public static void main(String[] arguments) throws Exception {
        Sender sender =
                new Sender(new ObjectMapper().readTree(Files.readAllBytes(Path.of(arguments[0]))));
        BufferedReader orders =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String[] words = order.split(" ");
            int count = Integer.parseInt(words[1]);
            if (words[0].equals("send")) {
                sender.send(count);
            } else {
                sender.receive(count);
            }
            System.out.println("done");
        }
        System.exit(0); // the client's pool of connections would go on
    }

    private void send(int letters) throws Exception {
        for (int number = 0; number < letters; number++) {
            Dokument hoveddokument =
                    Dokument.builder("Brev", "brev.pdf", Files.readAllBytes(document)).build();
            client.send(
                    Forsendelse.digital(
                                    Avsender.builder(avsender.forfremTilAvsender()).build(),
                                    DigitalPost.builder(mottaker, "Brev").build(),
                                    Dokumentpakke.builder(hoveddokument).build())
                            .build());
        }
    }

    /** Fetches receipts until the queue is empty; each request confirms the receipt before. */
    private void receive(int expected) {
        KvitteringForespoersel request = KvitteringForespoersel.builder(Prioritet.NORMAL).build();
        int count = 0;
        ForretningsKvittering found = client.hentKvittering(request);
        while (found != null) {
            count++;
            found = client.hentKvitteringOgBekreftForrige(request, found);
        }
        if (count != expected) {
            throw new IllegalStateException(count + " receipts of " + expected);
        }
    }
}
