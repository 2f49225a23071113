package interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import no.difi.sdp.client2.domain.AktoerOrganisasjonsnummer;
import no.difi.sdp.client2.domain.Avsender;
import no.difi.sdp.client2.domain.Dokument;
import no.difi.sdp.client2.domain.Dokumentpakke;
import no.difi.sdp.client2.domain.Forsendelse;
import no.difi.sdp.client2.domain.MetadataDokument;
import no.difi.sdp.client2.domain.Mottaker;
import no.difi.sdp.client2.domain.Prioritet;
import no.difi.sdp.client2.domain.Sertifikat;
import no.difi.sdp.client2.domain.TekniskMottaker;
import no.difi.sdp.client2.domain.digital_post.DigitalPost;
import no.difi.sdp.client2.domain.digital_post.EpostVarsel;
import no.difi.sdp.client2.domain.digital_post.Sikkerhetsnivaa;
import no.difi.sdp.client2.domain.digital_post.SmsVarsel;
import no.difi.sdp.client2.domain.fysisk_post.FysiskPost;
import no.difi.sdp.client2.domain.fysisk_post.KonvoluttAdresse;
import no.difi.sdp.client2.domain.fysisk_post.Landkoder;
import no.difi.sdp.client2.domain.fysisk_post.Posttype;
import no.difi.sdp.client2.domain.fysisk_post.Printinstruksjon;
import no.difi.sdp.client2.domain.fysisk_post.Returhaandtering;
import no.difi.sdp.client2.domain.fysisk_post.Utskriftsfarge;
import no.digipost.api.representations.Organisasjonsnummer;

/** A letter as Difi's client takes it, made of JSON. */
final class JavaLetter {
    private JavaLetter() {}

    static Forsendelse read(JsonNode order) throws Exception {
        Avsender.Builder avsender =
                Avsender.builder(
                        AktoerOrganisasjonsnummer.of(order.get("avsender").asText())
                                .forfremTilAvsender());
        if (order.hasNonNull("avsenderidentifikator")) {
            avsender.avsenderIdentifikator(order.get("avsenderidentifikator").asText());
        }
        Dokumentpakke pakke = pakke(order.get("dokumenter"));
        Forsendelse.Builder letter =
                order.hasNonNull("digital")
                        ? Forsendelse.digital(avsender.build(), digital(order.get("digital")), pakke)
                        : Forsendelse.fysisk(avsender.build(), fysisk(order.get("fysisk")), pakke);
        letter.konversasjonsId(order.get("konversasjons_id").asText());
        letter.prioritet(Prioritet.valueOf(order.path("prioritet").asText("NORMAL")));
        if (order.hasNonNull("mpc_id")) {
            letter.mpcId(order.get("mpc_id").asText());
        }
        return letter.build();
    }

    private static DigitalPost digital(JsonNode post) {
        Mottaker mottaker =
                Mottaker.builder(
                                post.get("personidentifikator").asText(),
                                post.get("postkasseadresse").asText(),
                                Sertifikat.fraBase64X509String(post.get("sertifikat").asText()),
                                Organisasjonsnummer.of(post.get("postkasse").asText()))
                        .build();
        DigitalPost.Builder digital = DigitalPost.builder(mottaker, post.get("tittel").asText());
        digital.aapningskvittering(post.path("aapningskvittering").asBoolean());
        if (post.hasNonNull("virkningstidspunkt_ms")) {
            digital.virkningsdato(new Date(post.get("virkningstidspunkt_ms").asLong()));
        }
        if (post.hasNonNull("nivaa")) {
            digital.sikkerhetsnivaa(Sikkerhetsnivaa.valueOf("NIVAA_" + post.get("nivaa").asInt()));
        }
        if (post.hasNonNull("epost")) {
            JsonNode varsel = post.get("epost");
            digital.epostVarsel(
                    EpostVarsel.builder(varsel.get("til").asText(), varsel.get("tekst").asText())
                            .varselEtterDager(days(varsel))
                            .build());
        }
        if (post.hasNonNull("sms")) {
            JsonNode varsel = post.get("sms");
            digital.smsVarsel(
                    SmsVarsel.builder(varsel.get("til").asText(), varsel.get("tekst").asText())
                            .varselEtterDager(days(varsel))
                            .build());
        }
        return digital.build();
    }

    private static List<Integer> days(JsonNode varsel) {
        List<Integer> days = new ArrayList<>();
        varsel.get("dager").forEach(day -> days.add(day.asInt()));
        return days;
    }

    private static FysiskPost fysisk(JsonNode post) {
        TekniskMottaker printer =
                new TekniskMottaker(
                        Organisasjonsnummer.of(post.get("printer").asText()),
                        Sertifikat.fraBase64X509String(post.get("sertifikat").asText()));
        FysiskPost.Builder built = FysiskPost.builder();
        if (post.has("printinstruksjoner")) {
            List<Printinstruksjon> instructions = new ArrayList<>();
            for (JsonNode each : post.get("printinstruksjoner")) {
                instructions.add(new Printinstruksjon(each.get(0).asText(), each.get(1).asText()));
            }
            built.printinstruksjoner(instructions);
        }
        return built.adresse(address(post.get("adresse")))
                .retur(
                        Returhaandtering.valueOf(post.get("retur").asText()),
                        address(post.get("returadresse")))
                .sendesMed(Posttype.valueOf(post.get("posttype").asText()))
                .utskrift(Utskriftsfarge.valueOf(post.get("farge").asText()), printer)
                .build();
    }

    private static KonvoluttAdresse address(JsonNode address) {
        KonvoluttAdresse.Builder built = KonvoluttAdresse.build(address.get("navn").asText());
        if (address.hasNonNull("landkode")) {
            return built.iUtlandet(
                            address.get("linje").asText(),
                            null,
                            null,
                            null,
                            Landkoder.landkode(address.get("landkode").asText()))
                    .build();
        }
        return built.iNorge(
                        address.get("linje").asText(),
                        null,
                        null,
                        address.get("postnummer").asText(),
                        address.get("poststed").asText())
                .build();
    }

    private static Dokumentpakke pakke(JsonNode dokumenter) throws Exception {
        List<Dokument> made = new ArrayList<>();
        for (JsonNode each : dokumenter) {
            Dokument.Builder dokument =
                    Dokument.builder(
                            each.get("tittel").asText(),
                            each.get("filnavn").asText(),
                            Files.readAllBytes(Path.of(each.get("path").asText())));
            dokument.mimeType(each.get("mime_type").asText());
            if (each.hasNonNull("metadata")) {
                JsonNode metadata = each.get("metadata");
                dokument.metadataDocument(
                        MetadataDokument.builder(
                                        metadata.get("filnavn").asText(),
                                        metadata.get("mime_type").asText(),
                                        Files.readAllBytes(
                                                Path.of(metadata.get("path").asText())))
                                .build());
            }
            made.add(dokument.build());
        }
        return Dokumentpakke.builder(made.get(0)).vedlegg(made.subList(1, made.size())).build();
    }
}
