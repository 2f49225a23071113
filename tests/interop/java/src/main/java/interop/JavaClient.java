package interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.difi.sdp.client2.KlientKonfigurasjon;
import no.difi.sdp.client2.SendResultat;
import no.difi.sdp.client2.SikkerDigitalPostKlient;
import no.difi.sdp.client2.domain.AktoerOrganisasjonsnummer;
import no.difi.sdp.client2.domain.Databehandler;
import no.difi.sdp.client2.domain.Miljo;
import no.difi.sdp.client2.domain.Noekkelpar;
import no.difi.sdp.client2.domain.Prioritet;
import no.difi.sdp.client2.domain.kvittering.Feil;
import no.difi.sdp.client2.domain.kvittering.ForretningsKvittering;
import no.difi.sdp.client2.domain.kvittering.KvitteringForespoersel;
import no.difi.sdp.client2.domain.kvittering.VarslingFeiletKvittering;
import no.digipost.security.cert.Trust;

/** Difi's client, connected to a broker of our choice. */
final class JavaClient {
    private final SikkerDigitalPostKlient client;
    private final Map<String, ForretningsKvittering> unconfirmed = new HashMap<>();

    private JavaClient(SikkerDigitalPostKlient client) {
        this.client = client;
    }

    static JavaClient connect(JsonNode order) throws Exception {
        Path pkcs12 = Path.of(order.get("pkcs12").asText());
        return new JavaClient(connect(order, Keys.pkcs12(pkcs12, order.get("password").asText())));
    }

    /** Connects with keys that have been read already. */
    static SikkerDigitalPostKlient connect(JsonNode order, KeyStore keys) throws Exception {
        List<X509Certificate> trusted = Keys.certificates(Path.of(order.get("trust").asText()));
        trustForTls(trusted, Path.of(order.get("folder").asText()));
        Noekkelpar pair =
                Noekkelpar.fraKeyStoreOgTrustStore(
                        keys,
                        fourOf(trusted),
                        keys.aliases().nextElement(),
                        order.get("password").asText());
        Databehandler databehandler =
                Databehandler.builder(
                                AktoerOrganisasjonsnummer.of(order.get("databehandler").asText())
                                        .forfremTilDatabehandler(),
                                pair)
                        .build();
        Miljo miljo = new Miljo(trust(trusted), URI.create(order.get("url").asText()));
        return new SikkerDigitalPostKlient(
                databehandler, KlientKonfigurasjon.builder(miljo).build());
    }

    Map<String, Object> send(JsonNode order) throws Exception {
        SendResultat result = client.send(JavaLetter.read(order));
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("meldings_id", result.getMeldingsId());
        told.put("referanse", result.getReferanseTilMeldingsId());
        told.put("billable_bytes", result.getFakturerbareBytes());
        return told;
    }

    /** Fetches a receipt; with `confirm`, the one of that id is confirmed by the same request. */
    Map<String, Object> pull(JsonNode order) {
        KvitteringForespoersel.Builder request =
                KvitteringForespoersel.builder(Prioritet.valueOf(order.get("prioritet").asText()));
        if (order.hasNonNull("mpc_id")) {
            request.mpcId(order.get("mpc_id").asText());
        }
        ForretningsKvittering found =
                order.hasNonNull("confirm")
                        ? client.hentKvitteringOgBekreftForrige(
                                request.build(), unconfirmed.remove(order.get("confirm").asText()))
                        : client.hentKvittering(request.build());
        if (found == null) {
            return Map.of();
        }
        unconfirmed.put(found.getMeldingsId(), found);
        return describe(found);
    }

    Map<String, Object> confirm(JsonNode order) {
        client.bekreft(unconfirmed.remove(order.get("meldings_id").asText()));
        return Map.of();
    }

    private static Map<String, Object> describe(ForretningsKvittering found) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("kind", found.getClass().getSimpleName());
        told.put("meldings_id", found.getMeldingsId());
        told.put("konversasjons_id", found.getKonversasjonsId());
        told.put("tidspunkt", found.getTidspunkt().toString());
        if (found instanceof VarslingFeiletKvittering) {
            VarslingFeiletKvittering failed = (VarslingFeiletKvittering) found;
            told.put("kanal", failed.getVarslingskanal().name());
            told.put("beskrivelse", failed.getBeskrivelse());
        } else if (found instanceof Feil) {
            told.put("feiltype", ((Feil) found).getFeiltype().name());
            told.put("detaljer", ((Feil) found).getDetaljer());
        }
        return told;
    }

    /** The client counts what its trust store holds, and refuses fewer than four. */
    private static KeyStore fourOf(List<X509Certificate> trusted) throws Exception {
        KeyStore store = Keys.trust(trusted);
        for (int number = 0; store.size() < 4; number++) {
            store.setCertificateEntry("again-" + number, trusted.get(number % trusted.size()));
        }
        return store;
    }

    private static Trust trust(List<X509Certificate> trusted) {
        return new Trust(
                trusted.stream().filter(JavaClient::selfSigned),
                trusted.stream().filter(found -> !selfSigned(found)));
    }

    private static boolean selfSigned(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    /** The client offers no trust of its own for TLS; it takes what the JVM is told to trust. */
    private static void trustForTls(List<X509Certificate> trusted, Path folder) throws Exception {
        Path store = folder.resolve("tls-trust.p12");
        try (OutputStream file = Files.newOutputStream(store)) {
            Keys.trust(trusted).store(file, "changeit".toCharArray());
        }
        System.setProperty("javax.net.ssl.trustStore", store.toString());
        System.setProperty("javax.net.ssl.trustStorePassword", "changeit");
        System.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
    }
}
