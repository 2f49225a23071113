"""Never run: mypy reads it, so that the public names keep the types that callers rely on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, assert_never, assert_type

from cryptography import x509

import sdp


def letters(certificate: x509.Certificate, opener: Callable[[], BinaryIO]) -> None:
    mottaker = sdp.Mottaker(
        personidentifikator="01815800083",
        postkasseadresse="kari.nordmann#1234",
        postkasse=sdp.TekniskMottaker(organisasjonsnummer="984661185", sertifikat=certificate),
    )
    dokumentpakke = sdp.Dokumentpakke(
        hoveddokument=sdp.Dokument.from_path(Path("brev.pdf"), tittel="Brev"),
        vedlegg=(
            sdp.Dokument.from_bytes(b"data", filnavn="data.txt"),
            sdp.Dokument.from_stream(opener, filnavn="film.zip", size=None),
        ),
    )
    digital = sdp.Forsendelse.digital(
        avsender=sdp.Avsender(organisasjonsnummer="991825827"),
        mottaker=mottaker,
        digital_post=sdp.DigitalPost(
            ikke_sensitiv_tittel="Brev",
            sikkerhetsnivaa=sdp.Sikkerhetsnivaa.NIVAA_3,
            virkningsdato=date(2027, 1, 4),
            epost_varsel=sdp.EpostVarsel(
                epostadresse="kari@example.com", varslingstekst="Post.", repetisjoner=(0, 7)
            ),
        ),
        dokumentpakke=dokumentpakke,
        prioritet=sdp.Prioritet.PRIORITERT,
    )
    assert_type(digital, sdp.DigitalForsendelse)
    assert_type(digital.meldings_id, str)
    adresse = sdp.Postadresse(
        navn="Kari",
        adresse=sdp.NorskAdresse(adresselinje1="Torget 1", postnummer="0155", poststed="Oslo"),
    )
    fysisk = sdp.Forsendelse.fysisk(
        avsender=sdp.Avsender(organisasjonsnummer="991825827"),
        printer=sdp.TekniskMottaker(organisasjonsnummer="974761076", sertifikat=certificate),
        fysisk_post=sdp.FysiskPost(
            mottaker=adresse,
            retur=sdp.Retur(posthaandtering=sdp.Posthaandtering.DIREKTE_RETUR, mottaker=adresse),
        ),
        dokumentpakke=dokumentpakke,
    )
    assert_type(fysisk, sdp.FysiskForsendelse)


def sending(client: sdp.Client, forsendelse: sdp.Forsendelse) -> sdp.SendResultat:
    try:
        resultat = client.send(forsendelse)
    except sdp.UnknownOutcomeError as error:
        resultat = client.resend(error.pending)
        error.pending.close()
    assert_type(resultat, sdp.SendResultat)
    client.statuses(resultat.meldings_id)
    client.statuses(forsendelse.meldings_id)
    assert_type(resultat.fingerprint, bytes)
    assert_type(resultat.billable_bytes, int)
    return resultat


def receiving(config: Path) -> None:
    with sdp.Client(sdp.ClientConfig.from_toml(config)) as client:
        assert_type(client, sdp.Client)
        for kvittering in client.receipts(prioritet=sdp.Prioritet.NORMAL, follow=True):
            assert_type(kvittering.tidspunkt, datetime)
            handle(kvittering)
            client.confirm(kvittering)


def handle(kvittering: sdp.Kvittering) -> str | None:
    match kvittering:
        case sdp.Mottakskvittering() | sdp.Leveringskvittering() | sdp.Aapningskvittering():
            return None
        case sdp.VarslingFeiletKvittering():
            assert_type(kvittering.kanal, sdp.Varslingskanal)
            return kvittering.beskrivelse
        case sdp.Returpostkvittering():
            return None
        case sdp.Feil():
            assert_type(kvittering.feiltype, sdp.Feiltype)
            return kvittering.detaljer
        case _:
            assert_never(kvittering)


class KeyVault:
    """A signer of the caller's own."""

    def __init__(self, chain: tuple[x509.Certificate, ...]) -> None:
        self._chain = chain

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return self._chain

    def sign(self, digest: bytes) -> bytes:
        return digest


class Opener:
    """A decryptor of the caller's own."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self._certificate = certificate

    @property
    def certificate(self) -> x509.Certificate:
        return self._certificate

    def unwrap(
        self, encrypted_key: bytes, *, hash_name: sdp.OaepHash, mgf_hash_name: sdp.OaepHash
    ) -> bytes:
        return encrypted_key


def edges(settings: sdp.Environment, opener: sdp.Decryptor) -> None:
    config = sdp.ClientConfig(
        environment=settings,
        maskinporten=sdp.MaskinportenConfig(client_id="a"),
        krr=sdp.KrrConfig(wire="soap"),
    )

    def sent(request: sdp.HttpRequest) -> None:
        assert_type(request.url, str)

    def came(response: sdp.HttpResponse) -> None:
        assert_type(response.status, int)

    def fetch(request: sdp.FetchRequest) -> bytes:
        return request.url.encode()

    fetcher: sdp.Fetch = fetch
    limits = sdp.RevocationLimits(total_seconds=5)
    check: sdp.RevocationCheck = sdp.Revocation(sdp.Policy.HARD, fetcher, limits=limits)
    trust = sdp.TrustStore.from_path("trust").with_revocation(check)
    with sdp.Client(config, trust=trust, on_request=sent, on_response=came) as client:
        assert_type(client.organisasjonsnummer, str)


def opening(certificate: x509.Certificate) -> None:
    edges(sdp.Environment.test(), Opener(certificate))


def keys(config: sdp.ClientConfig, vault: KeyVault) -> None:
    identity = sdp.Identity.from_pkcs12(Path("id.p12"), "secret", moment=datetime.now(UTC))
    signers: list[sdp.Signer] = [identity, vault]
    sdp.Client(config, signer=signers[0], trust=sdp.TrustStore.from_path("trust"))


def packages(forsendelse: sdp.Forsendelse, identity: sdp.Identity) -> None:
    moment = datetime.now(UTC)
    with sdp.pack(forsendelse, identity, moment=moment) as pakke:
        assert_type(pakke.fingerprint, bytes)
        assert_type(pakke.billable_bytes, int)
        cms = BytesIO()
        pakke.write_to(cms)
    cms.seek(0)
    with sdp.open_pakke(cms, identity, trust=None, moment=moment) as aapnet:
        aapnet.extract_to(Path("out"))


def failures(error: sdp.SdpError) -> tuple[sdp.Fault, sdp.Retry, str]:
    return error.fault, error.retry, error.remedy
