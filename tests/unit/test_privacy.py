"""Nothing private is shown: not by any public object, however it is printed, nor by any error.

Every text and every byte string in every public object is either one of the private values that
the test made up, or a field that is listed here as fit to be shown. A new field is one or the
other, or the test fails.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import inspect
import io
import logging
import os
import pprint
import stat
import tempfile
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from uuid import uuid4

import pytest
from cryptography.x509 import Certificate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr
from rich.pretty import pretty_repr

import sdp
from sdp import domain, krr
from sdp.config import (
    ClientConfig,
    DpiConfig,
    EbmsConfig,
    Environment,
    IdentityConfig,
    KrrConfig,
    MaskinportenConfig,
)
from sdp.config.maskinporten import MaskinportenApiConfig, RegisteredKeyConfig
from sdp.dokumentpakke import open_pakke, pack, read_asice
from sdp.domain import Varseltekster
from sdp.domain.dokumentpakke import PathKilde
from sdp.dpi.sending import DpiPending
from sdp.errors import InvalidInputError, SdpError, SignatureError
from sdp.krr.person import Endringer
from sdp.krr.routing import route
from sdp.maskinporten.token_endpoint import Token, TokenRequest
from sdp.pki import Identity
from sdp.transport.request import BytesBody, HttpRequest, HttpResponse
from sdp.utskrift import refuse_unprintable
from sdp.wire import SetAside
from tests import strategies
from tests.conftest import AVSENDER, POSTEN, PRINTER
from tests.examples import examples

L = TypeVar("L", domain.DigitalForsendelse, domain.FysiskForsendelse)
_NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclasses.dataclass(frozen=True)
class Private:
    """What must not be shown, as it looks in real letters. Made anew for each example."""

    personidentifikator: str
    navn: str
    gate: str
    postnummer: str
    sted: str
    land: str
    landkode: str
    epost: str
    mobil: str
    postkasse: str
    tittel: str
    tekst: str
    url: str
    kode: str
    token: str
    passord: str
    path: Path
    innhold: bytes

    def values(self) -> list[str]:
        """Each value as it might be printed, in whole or in a telling part."""
        return self._printed

    @functools.cached_property
    def _printed(self) -> list[str]:
        found = []
        for value in self._own:
            if isinstance(value, bytes):
                found += [repr(value)[2:-1], base64.b64encode(value).decode(), value.hex()]
            elif len(str(value)) > 4:
                found.append(str(value))
            else:
                found.append(repr(value))  # four digits alone may stand in any date or id
        return found

    def holds(self, value: object) -> bool:
        """Tell whether a value is private, or has something private in it."""
        if isinstance(value, SecretStr):
            return True
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        return any(one in text for one in self._as_text)

    @functools.cached_property
    def _as_text(self) -> list[str]:
        return [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in self._own]

    @functools.cached_property
    def _own(self) -> tuple[object, ...]:
        return dataclasses.astuple(self)


@dataclasses.dataclass(frozen=True)
class Opener:
    """A caller's way to open a stream, which another process finds by its name."""

    innhold: bytes = dataclasses.field(repr=False)

    def __call__(self) -> BinaryIO:
        return io.BytesIO(self.innhold)


@st.composite
def private(draw: st.DrawFn) -> Private:
    """Make up a person and a letter."""
    first = draw(st.sampled_from(["Kåre", "Ragnhild", "Áilu", "Bjørg", "Xuân"]))
    last = draw(st.sampled_from(["Østgård", "Nygaard-Moen", "Utsi", "Grønvold"]))
    number = draw(st.integers(1000, 9999))
    person = draw(strategies.personidentifikatorer())
    token = draw(st.binary(min_size=24, max_size=40))
    return Private(
        personidentifikator=person,
        navn=f"{first} {last}",
        gate=f"Tværåveien {number} H0{number % 90 + 10}",
        postnummer=f"{number % 9000 + 777:04}",
        sted=f"INDRE SKOGLIA {number}",
        landkode=draw(st.sampled_from(["SE", "DK", "ZW"])),
        land=f"Vest-Ruritania {number}",
        epost=f"{first}.{last}{number}@privat.example".lower(),
        mobil=f"+479{draw(st.integers(1_000_000, 9_999_999))}",
        postkasse=f"{first}.{last}#{number}X".lower(),
        tittel=f"Vedtak om uføretrygd for {first}, sak {number}",
        tekst=f"Du er innkalt til undersøkelse {number}. Ta med legeerklæring.",
        url=f"https://time.example/{person}/{number}",
        kode=f"PAS-{number}-{draw(st.integers(10_000, 99_999))}",
        token="eyJ" + base64.urlsafe_b64encode(token).decode().rstrip("="),
        passord=f"hysj-{number}-{last}!",
        path=Path(f"/saker/{person}/{first} {last}.pdf"),
        innhold=f"%PDF-1.4 Kjære {first} {last}, diagnosen er {number}.".encode(),
    )


def _adresser(p: Private) -> Iterator[domain.Postadresse]:
    norsk = domain.NorskAdresse(
        adresselinje1=p.gate,
        adresselinje2=p.gate,
        adresselinje3=p.gate,
        postnummer=p.postnummer,
        poststed=p.sted,
    )
    lines: dict[str, Any] = {f"adresselinje{number}": p.gate for number in range(1, 4)}
    yield domain.Postadresse(navn=p.navn, adresse=norsk)
    for country in ({"land": p.land}, {"landkode": p.landkode}):
        yield domain.Postadresse(navn=p.navn, adresse=domain.UtenlandskAdresse(**lines, **country))


def _metadata(p: Private) -> tuple[domain.Lenke, domain.Arrangement]:
    lenke = domain.Lenke(
        url=p.url, beskrivelse=p.tekst, knapp_tekst=p.kode, frist=_NOW, filnavn="lenke.xml"
    )
    arrangement = domain.Arrangement(
        tittel=p.tittel,
        filnavn="time.xml",
        moeteplass=domain.Moeteplass(
            tittel=p.tittel,
            navn=p.navn,
            gateadresse=p.gate,
            postnummer=p.postnummer,
            sted=p.sted,
            land=p.land,
        ),
        tidsrom=(domain.Tidsrom(fra=_NOW, til=_NOW),),
        tidsrom_tittel=p.tittel,
        oppmoete_informasjon=p.tekst,
        strekkode=domain.Strekkode(
            verdi=p.kode, type=domain.Strekkodetype.CODE_39, tittel=p.tittel, tekst=p.tekst
        ),
        info=(domain.Arrangementsinfo(tittel=p.tittel, tekst=p.tekst),),
        lenker=(domain.Arrangementslenke(navn=p.tittel, url=p.url),),
    )
    return lenke, arrangement


def _dokumentpakke(p: Private, *, metadata: bool) -> domain.Dokumentpakke:
    lenke, arrangement = _metadata(p) if metadata else (None, None)
    brev = domain.Dokument.from_bytes(
        p.innhold, filnavn="brev.pdf", tittel=p.tittel, metadata=lenke
    )
    flyt = domain.Dokument.from_stream(
        Opener(p.innhold),
        filnavn="flyt.pdf",
        size=len(p.innhold),
        tittel=p.tittel,
        metadata=arrangement,
    )
    return domain.Dokumentpakke(hoveddokument=brev, vedlegg=(flyt,))


def _letters(
    p: Private, sertifikat: Certificate
) -> tuple[domain.Brev, domain.DigitalForsendelse, domain.FysiskForsendelse]:
    brev = domain.Brev(
        avsender=domain.Avsender(
            organisasjonsnummer=AVSENDER, avsenderidentifikator="Enhet 7", fakturareferanse="F 8"
        ),
        dokumentpakke=_dokumentpakke(p, metadata=False),
        digital_post=domain.DigitalPost(ikke_sensitiv_tittel=p.tittel, virkningstidspunkt=_NOW),
        varseltekster=Varseltekster(
            epost=p.tekst,
            sms={"nb": p.tekst, "nn": p.tekst, "en": p.tekst, "se": p.tekst},
            repetisjoner=(0, 7),
        ),
        fysisk_post=domain.FysiskPost(
            mottaker=next(_adresser(p)),
            retur=domain.Retur(
                posthaandtering=domain.Posthaandtering.DIREKTE_RETUR, mottaker=[*_adresser(p)][1]
            ),
            posttype=domain.Posttype.A,
            printinstruksjoner=(domain.Printinstruksjon(navn="konvolutt", verdi="C4"),),
        ),
        mpc_id="min-ko",
        spraakkode="nb",
    )
    mottaker = domain.Mottaker(
        personidentifikator=p.personidentifikator,
        postkasseadresse=p.postkasse,
        postkasse=domain.TekniskMottaker(organisasjonsnummer=POSTEN, sertifikat=sertifikat),
    )
    digital = brev.digital(mottaker, epost=p.epost, mobil=p.mobil).model_copy(
        update={"dokumentpakke": _dokumentpakke(p, metadata=True)}
    )
    printer = domain.TekniskMottaker(organisasjonsnummer=PRINTER, sertifikat=sertifikat)
    return brev, digital, brev.fysisk(printer)


def _receipts(p: Private) -> Iterator[domain.Kvittering]:
    common: dict[str, Any] = {
        "meldings_id": str(uuid4()),
        "konversasjons_id": str(uuid4()),
        "tidspunkt": _NOW,
        "avsender": POSTEN,
        "raw": p.innhold,
        "referanse": domain.Kvitteringsreferanse(
            message_id=str(uuid4()),
            prioritet=domain.Prioritet.NORMAL,
            mpc_id="min-ko",
            references=(p.innhold,),
        ),
        "sertifikater": (p.innhold,),
        "tilbakekallingssvar": (p.innhold,),
    }
    yield domain.Mottakskvittering(**common)
    yield domain.Leveringskvittering(**common)
    yield domain.Aapningskvittering(**common)
    yield domain.Returpostkvittering(**common)
    yield domain.VarslingFeiletKvittering(
        **common, kanal=domain.Varslingskanal.SMS, beskrivelse=f"{p.mobil} svarer ikke"
    )
    yield domain.Feil(**common, feiltype=domain.Feiltype.KLIENT, detaljer=p.tekst)


def _register(p: Private, sertifikat: Certificate) -> Iterator[object]:
    person = krr.Person(
        personidentifikator=p.personidentifikator,
        status=krr.Status.AKTIV,
        reservert=False,
        kan_varsles=True,
        epost=krr.Kontaktadresse(
            adresse=p.epost,
            oppdatert=_NOW,
            sist_verifisert=_NOW,
            sist_validert=_NOW,
            duplisert=True,
        ),
        mobil=krr.Kontaktadresse(adresse=p.mobil, oppdatert=_NOW, sist_verifisert=_NOW),
        digital_post=krr.DigitalPostkasse(postkasseadresse=p.postkasse, leverandoer=POSTEN),
        sertifikat=sertifikat,
        spraak="nb",
        spraak_oppdatert=_NOW,
        reservasjon_oppdatert=_NOW,
        hentet=_NOW,
    )
    feil = krr.OppslagFeil(personidentifikator=p.personidentifikator, grunn="finnes ikke")
    rute = route(person, moment=_NOW, check=lambda *_, **__: None, has_postal_address=True)
    assert isinstance(rute, krr.Digital)
    avvist = sdp.CertificateProblem.EXPIRED
    yield krr.Print(krr.Grunn.SERTIFIKAT_AVVIST, avvist)
    yield krr.Unreachable(krr.Grunn.SERTIFIKAT_AVVIST, avvist)
    yield krr.Printsertifikat(leverandoer=PRINTER, sertifikat=sertifikat)
    yield Endringer(fra=1, til=2, siste=3, personer=(person, feil), uleselige=1)
    yield sdp.Brevresultat(rute, _resultat())


def _resultat() -> domain.SendResultat:
    return domain.SendResultat(
        meldings_id=str(uuid4()),
        konversasjons_id=str(uuid4()),
        transport_id=str(uuid4()),
        sent_at=_NOW,
        billable_bytes=1,
        package_size=2,
        fingerprint=bytes(range(32)),
    )


def _packages(
    p: Private, letter: domain.DigitalForsendelse, identity: Identity
) -> Iterator[object]:
    moment = datetime.now(UTC)
    asice = io.BytesIO()
    pakke = pack(letter, identity, moment=moment, asice=asice)
    yield pakke
    yield sdp.Pakkefakta(pakke.fingerprint, pakke.size, pakke.filer)
    findings = (sdp.Finding("it is larger", is_refusal=True, pages=(1,), line=1),)
    step = sdp.PriceStep(100_000, 5_000, Decimal("0.25"))
    checked = sdp.DocumentCheck(p.path, "application/pdf", 1, findings, 1, 1, "C5", step)
    yield from (sdp.CheckReport((checked,)), checked, step, *findings)
    opened = open_pakke(io.BytesIO(b"".join(pakke.chunks())), identity, trust=None, moment=moment)
    yield opened
    yield read_asice(asice, trust=None, moment=moment)
    yield DpiPending(
        meldings_id=letter.meldings_id,
        konversasjons_id=letter.konversasjons_id,
        message_id=str(uuid4()),
        sent_at=_NOW,
        package=pakke,
        forsendelse=letter,
    )


def _settings(p: Private) -> Iterator[object]:
    identity = IdentityConfig(pkcs12=Path("a.p12"), password=SecretStr(p.passord))
    proxy = f"http://bruker:{p.passord}@proxy.example:3128"
    config = ClientConfig(
        environment=Environment.test(trust=Path("trust")).model_copy(
            update={"tls_ca": Path("ca.pem"), "certificate_policies": ("2.16.578.1.26.1",)}
        ),
        identity=identity,
        databehandler=AVSENDER,
        kanal="arkiv",
        maskinporten=MaskinportenConfig(
            client_id="c", key_id="k", resource="r", consumer_org=AVSENDER
        ),
        dpi=DpiConfig(
            receipt_senders=(AVSENDER,),
            receipt_suppliers={AVSENDER: (AVSENDER,)},
            response_within_seconds=60,
        ),
        ebms=EbmsConfig(receipt_senders=(AVSENDER,)),
        krr=KrrConfig(paa_vegne_av=AVSENDER, scopes=("krr:a",)),
        proxy=proxy,
    )
    yield config
    yield config.http_settings()
    yield IdentityConfig(
        certificate=Path("a"), key=Path("b"), password_file=Path("c"), password=None
    )
    yield IdentityConfig(alias="signering", pkcs12=Path("a"), password_env="SDP_PASSORD")
    yield IdentityConfig(pkcs11_module=Path("a"), pkcs11_token="b", pkcs11_key="c")
    yield from _registered_keys()


def _registered_keys() -> Iterator[object]:
    known: dict[str, Any] = {"key_id": "k", "key_registered": date(2026, 2, 1)}
    following = RegisteredKeyConfig(key_id="l", key=Path("b"))
    keys: list[dict[str, Any]] = [
        {"key": Path("a"), "password_env": "SDP_PASSORD"},
        {"pkcs12": Path("a"), "alias": "signering", "password_file": Path("c")},
        {"pkcs11_module": Path("a"), "pkcs11_token": "b", "pkcs11_key": "c"},
    ]
    for key in keys:
        yield RegisteredKeyConfig(**known, **key)
        api = MaskinportenApiConfig(client_id="c", next_key=following, **known, **key)
        yield api
        yield MaskinportenConfig(
            client_id="c", next_key=following, krr=api, dpi=api, **known, **key
        )


def _carried(p: Private) -> Iterator[object]:
    headers = {"Authorization": f"Bearer {p.token}"}
    yield HttpRequest(
        "POST",
        "https://krr.example/personer",
        headers,
        BytesBody(p.innhold),
        timeout=5.0,
        first_url="https://krr.example/",
    )
    yield HttpResponse(200, headers, p.innhold)
    yield Token(p.token, _NOW)
    yield TokenRequest("digitalpostinnbygger:send", AVSENDER, "https://aksesspunkt.example")
    yield sdp.Forsendelsesstatus(sdp.Statuskode.FEILET, _NOW, p.tekst)
    yield sdp.Problem("tittel", "must be 1 to 255 characters")
    yield sdp.RevocationLimits()
    finding = sdp.DossierFinding("letter.json", sdp.DossierVerdict.PROVED, "It holds.")
    yield finding
    yield sdp.DossierReport("sak-1", str(uuid4()), (finding,))
    yield sdp.FetchRequest(
        "https://issuer.example", 5.0, 1000, p.innhold, "application/ocsp-request"
    )
    (receipt, *_) = _receipts(p)
    yield SetAside(SignatureError("The signature does not hold."), p.innhold, receipt.referanse)


def _bevis(p: Private) -> Iterator[domain.Bevis]:
    """A credential that is good for a while, and one that is good each year."""
    point = domain.Maanedstidspunkt(maaned=1, dag=1, time=0, minutt=0, tidssone="Z")
    for gyldighet in (
        domain.Bevisperiode(fra=_NOW, til=_NOW),
        domain.AarligPeriode(start_aar=2026, slutt_aar=2027, fra=point, til=point),
    ):
        yield domain.Bevis(
            bevisholder=domain.Bevisholder(
                fornavn=p.navn,
                etternavn=p.navn,
                personidentifikator=p.personidentifikator,
                adresse=domain.Bevisadresse(
                    gate=p.gate, postnummer=p.postnummer, sted=p.sted, land=p.land
                ),
            ),
            tittel=p.tittel,
            filnavn="bevis.xml",
            utsteder_visningsnavn=p.kode,
            bakgrunnsfarge="#F0EC99",
            utstedt_tidspunkt=_NOW,
            gyldighet=gyldighet,
            bevis_id_navn=p.kode,
            bevis_id_verdi=p.kode,
            attributter=(domain.Bevisattributt(navn=p.kode, verdi=p.kode),),
            info=(domain.Bevisinfo(navn=p.kode, verdi=p.kode),),
        )


def objects(p: Private, sertifikat: Certificate, identity: Identity) -> Iterator[object]:
    """Make at least one of every public object, with private values wherever it takes any."""
    brev, digital, fysisk = _letters(p, sertifikat)
    yield from (brev, digital, fysisk)
    yield from domain.lint(
        brev.model_copy(
            update={"digital_post": domain.DigitalPost(ikke_sensitiv_tittel=p.personidentifikator)}
        )
    )
    yield from _adresser(p)
    yield from _bevis(p)
    yield PathKilde(p.path)
    yield from _receipts(p)
    yield from _register(p, sertifikat)
    yield from _packages(p, digital, identity)
    yield from _settings(p)
    yield from _carried(p)
    yield _resultat()
    yield sdp.OutboxSettings(block=100, key="env:SDP_OUTBOX_KEY")
    yield domain.DigitalPost(ikke_sensitiv_tittel=p.tittel, virkningsdato=_NOW.date())


def _fields(value: object) -> dict[str, object]:
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return {}


def _parts(value: object) -> Iterator[object]:
    """The value, and every object in it."""
    yield value
    inside = value if isinstance(value, tuple | list) else _fields(value).values()
    for part in inside:
        yield from _parts(part)


# Whom a letter is from and who carries it; what names it and its files (a file name is the sender's
# own choice); what kind it is of; and last, how the client is set up.
_FIT_TO_BE_SHOWN = """
    organisasjonsnummer avsender leverandoer avsenderidentifikator fakturareferanse
    meldings_id konversasjons_id message_id transport_id mpc_id filnavn metadata_filnavn
    mime_type envelope metadata_mime_type spraakkode spraak fingerprint sha256 grunn field rule
    Printinstruksjon.navn Printinstruksjon.verdi method HttpRequest.url FetchRequest.url
    HttpRequest.service HttpRequest.first_url scope content_type
    Environment.name wire broker_url broker_organisasjonsnummer access_point_url maskinporten_url
    krr_rest_url krr_soap_url krr_organisasjonsnummer trust revocation certificate_policies tls_ca
    receipt_senders receipt_suppliers scope
    pkcs12 alias certificate key pkcs11_module pkcs11_token pkcs11_key password_file password_env
    databehandler kanal client_id key_id resource consumer_org version paa_vegne_av scopes
    LintFinding.words notice_lint UtenlandskAdresse.adresselinje4 bakgrunnsfarge
    tidssone DossierFinding.part DossierFinding.words DossierReport.nokkel DossierReport.proves
    DossierReport.proves_not
"""
_SHOWN = frozenset(_FIT_TO_BE_SHOWN.split())
_TEXT = (str, bytes, Path, SecretStr)
_SETTINGS = (
    ClientConfig,
    DpiConfig,
    EbmsConfig,
    Environment,
    IdentityConfig,
    MaskinportenApiConfig,
    MaskinportenConfig,
    RegisteredKeyConfig,
    KrrConfig,
)


def _texts(owner: object, name: str, value: object) -> Iterator[tuple[str, str, object]]:
    if isinstance(value, Enum):
        return
    if isinstance(value, _TEXT):
        yield name, f"{type(owner).__name__}.{name}", value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(owner, name, item)


def _ways_to_show(value: object) -> dict[str, str]:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s %r", (value, value), None)
    return {
        "repr": repr(value),
        "str": str(value),
        "format": f"{value}",
        "in a list": str([value]),
        "in a dict": str({"a": value}),
        "pprint": pprint.pformat(value),
        "rich": pretty_repr(value),
        "log": logging.Formatter().format(record),
    }


@pytest.fixture(scope="session")
def made(postkasse_identity: Identity) -> Callable[[Private], list[object]]:
    sertifikat = postkasse_identity.certificate
    return lambda p: [
        part for one in objects(p, sertifikat, postkasse_identity) for part in _parts(one)
    ]


_few = settings(
    max_examples=examples(0.15), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.slow
@_few
@given(p=private())
def test_no_object_shows_anything_private_however_it_is_printed(
    made: Callable[[Private], list[object]], p: Private
) -> None:
    for value in made(p):
        if p.holds(value) and isinstance(value, (*_TEXT, Enum)):
            continue  # a private value itself; the question is what holds it
        if isinstance(value, tuple | dict):
            continue
        for way, shown in _ways_to_show(value).items():
            leaked = [secret for secret in p.values() if secret in shown]
            assert not leaked, f"{type(value).__name__} shows {leaked} by {way}"


@_few
@given(p=private())
def test_every_text_in_a_public_object_is_private_or_listed_as_fit_to_be_shown(
    made: Callable[[Private], list[object]], p: Private
) -> None:
    for value in made(p):
        for name, field in _fields(value).items():
            for short, full, text in _texts(value, name, field):
                assert p.holds(text) or {short, full} & _SHOWN, f"{full} is new here: {text!r}"


def _public_classes() -> set[type]:
    found = {getattr(sdp, name) for name in sdp.__all__}
    return {
        one
        for one in found
        if inspect.isclass(one)
        and (issubclass(one, BaseModel) or dataclasses.is_dataclass(one))
        and not issubclass(one, BaseException)
    }


@settings(max_examples=1, deadline=None)
@given(p=private())
def test_every_public_class_and_each_of_its_fields_is_among_the_objects(
    made: Callable[[Private], list[object]], p: Private
) -> None:
    values = made(p)
    classes = {kind for value in values for kind in type(value).__mro__}
    assert _public_classes() - classes == set()

    fields = [(type(value), *field) for value in values for field in _fields(value).items()]
    filled = {(kind, name) for kind, name, value in fields if value not in (None, ())}
    assert {(kind, name) for kind, name, _ in fields} - filled == set()


_DAMAGED: list[Callable[[str], object]] = [
    lambda text: f"{text}\x00",
    lambda text: text * 300,
    lambda text: [text],
    lambda text: text.encode(),
    lambda text: {"verdi": text},
    lambda text: (SecretStr(text), text),
]


def _refusals(value: BaseModel, text: str) -> Iterator[InvalidInputError]:
    """Make the same object with one of its fields wrong, each in turn, and private all the same."""
    for name in type(value).model_fields:
        for damaged in _DAMAGED:
            try:
                type(value)(**{**dict(value), name: damaged(text)})
            except InvalidInputError as error:
                yield error


def _told(error: BaseException) -> str:
    """Everything a log has of an error: its words, its attributes, and what it was caused by."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


@pytest.mark.slow
@settings(max_examples=3, deadline=None)
@given(p=private())
def test_what_is_wrong_with_a_value_is_told_without_the_value(
    made: Callable[[Private], list[object]], p: Private
) -> None:
    examples = {type(value): value for value in made(p)}
    refused = set()
    for kind, value in examples.items():
        if isinstance(value, BaseModel) and not isinstance(value, _SETTINGS):
            for error in _refusals(value, f"{p.personidentifikator} {p.tekst}"):
                told = _told(error)
                assert not [secret for secret in p.values() if secret in told], kind
                refused.add(kind)
    models = {kind for kind in _public_classes() if issubclass(kind, BaseModel)}
    assert models - refused == {domain.Forsendelse, *_SETTINGS} & models


def _html(p: Private) -> str:
    """Break the HTML policy with something private in every place that is looked at."""
    return (
        f'<p onclick="{p.tekst}" style="background:url({p.url})">{p.tekst}</p>'
        f'<a href="{p.url}">{p.navn}</a><a href="javascript:{p.kode}">x</a><img src="{p.url}">'
        f"<script>{p.tekst}</script><style>@import '{p.url}'</style><form action='{p.url}'></form>"
        f"<?{p.tekst}?><hr align='{p.kode}'><meta http-equiv='{p.kode}'>"
    )


def _fails(p: Private) -> BinaryIO:
    raise RuntimeError(f"no room for {p.navn} at {p.path}")


@settings(max_examples=5, deadline=None)
@given(p=private())
def test_what_is_wrong_with_a_document_is_told_without_what_it_holds_and_where_it_is(
    postkasse_identity: Identity, p: Private
) -> None:
    _, digital, fysisk = _letters(p, postkasse_identity.certificate)
    html = domain.Dokument.from_bytes(_html(p).encode(), filnavn="brev.html", tittel=p.tittel)
    failing = domain.Dokument.from_stream(lambda: _fails(p), filnavn="brev.pdf")
    attempts: list[Callable[[], object]] = [
        lambda: domain.Dokument.from_path(p.path, filnavn="brev.pdf", tittel=p.tittel),
        lambda: refuse_unprintable(fysisk),
        lambda: refuse_unprintable(_with(fysisk, failing)),
        lambda: pack(_with(digital, html), postkasse_identity, moment=_NOW),
        lambda: pack(_with(digital, failing), postkasse_identity, moment=_NOW),
        lambda: pack(digital, postkasse_identity, moment=_NOW, size_limit=10),
    ]
    for attempt in attempts:
        with pytest.raises(SdpError) as refusal:
            attempt()
        told = f"{refusal.value} {refusal.value!r} {vars(refusal.value)}"
        assert not [secret for secret in p.values() if secret in told]


def _with(letter: L, dokument: domain.Dokument) -> L:
    return letter.model_copy(update={"dokumentpakke": domain.Dokumentpakke(hoveddokument=dokument)})


@pytest.fixture
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """Where temporary files are made, and those that are open there, by their descriptors."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def found() -> list[Path]:
        assert list(tmp_path.iterdir()) == []  # no file there has a name
        descriptors = Path("/proc/self/fd").iterdir()
        return [one for one in descriptors if _leads_into(one, tmp_path)]

    return found


def _leads_into(descriptor: Path, folder: Path) -> bool:
    try:
        return str(descriptor.readlink()).startswith(str(folder))
    except FileNotFoundError:
        return False


_SECRET = b"%PDF-1.4 Diagnosen er "
_LARGE = _SECRET + os.urandom(6_000_000) + _SECRET


def _is_for_its_owner_alone(descriptor: Path) -> bool:
    found = descriptor.stat()
    return found.st_nlink == 0 and stat.S_IMODE(found.st_mode) & 0o077 == 0


def test_a_large_package_waits_encrypted_in_a_file_without_a_name_that_nobody_else_may_read(
    digital_forsendelse: Callable[..., domain.DigitalForsendelse],
    postkasse_identity: Identity,
    spools: Callable[[], list[Path]],
) -> None:
    letter = _with(digital_forsendelse(), domain.Dokument.from_bytes(_LARGE, filnavn="brev.pdf"))
    with pack(letter, postkasse_identity, moment=datetime.now(UTC)) as pakke:
        (spool,) = spools()
        assert _is_for_its_owner_alone(spool)
        written = spool.read_bytes()
        assert hashlib.sha256(written).digest() == pakke.fingerprint
        assert _SECRET not in written
    assert spools() == []


def test_an_opened_package_waits_in_clear_in_such_a_file(
    digital_forsendelse: Callable[..., domain.DigitalForsendelse],
    postkasse_identity: Identity,
    spools: Callable[[], list[Path]],
) -> None:
    moment = datetime.now(UTC)
    letter = _with(digital_forsendelse(), domain.Dokument.from_bytes(_LARGE, filnavn="brev.pdf"))
    with pack(letter, postkasse_identity, moment=moment) as pakke:
        encrypted = io.BytesIO(b"".join(pakke.chunks()))
    with open_pakke(encrypted, postkasse_identity, trust=None, moment=moment):
        (spool,) = spools()
        assert _is_for_its_owner_alone(spool)
        assert _SECRET in spool.read_bytes()
    assert spools() == []


def test_a_stream_that_is_checked_for_print_waits_in_clear_in_such_a_file(
    fysisk_forsendelse: Callable[..., domain.FysiskForsendelse],
    spools: Callable[[], list[Path]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Path] = []

    def look(_: object, **__: object) -> tuple[str, ...]:
        seen.extend(spool for spool in spools() if _is_for_its_owner_alone(spool))
        return ()

    monkeypatch.setattr("sdp.utskrift.printable.check_printable", look)
    stream = domain.Dokument.from_stream(lambda: io.BytesIO(_LARGE), filnavn="brev.pdf")
    refuse_unprintable(_with(fysisk_forsendelse(), stream))
    assert len(seen) == 1
    assert spools() == []
