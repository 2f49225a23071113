"""Hypothesis strategies for every domain model, over the whole of what each may hold.

Those that need a certificate take it as an argument.
"""

from __future__ import annotations

import functools
import io
import string
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any, BinaryIO, ParamSpec, TypeVar, cast

from cryptography.x509 import Certificate
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from stdnum.no import fodselsnummer, orgnr

from sdp import domain
from sdp.domain.filnavn import PDF

T = TypeVar("T")
P = ParamSpec("P")


def _once(make: Callable[P, SearchStrategy[T]]) -> Callable[P, SearchStrategy[T]]:
    """Make a strategy once for the same arguments.

    Hypothesis works out what a strategy may draw anew for each object, and takes longer for that
    than for the drawing.
    """
    return cast("Callable[P, SearchStrategy[T]]", functools.cache(make))


# Naive, as hypothesis wants the ends of a range to be.
_FIRST = datetime(1970, 1, 2)  # noqa: DTZ001
_LAST = datetime(2999, 12, 30)  # noqa: DTZ001

_NORWEGIAN = "abcdefghijklmnopqrstuvwxyzæøåÆØÅéèóšŋđ 0123456789"
_EMOJI = "😀🎉✉️👩‍👩‍👧‍👦🇳🇴"
_AWKWARD = "<>&\"'\t\n\r]]>\u00a0\u0301\u2028\ufffd\U0010ffff"

_XML_CHARACTERS = st.one_of(
    st.sampled_from(_NORWEGIAN),
    st.sampled_from(_EMOJI),
    st.sampled_from(_AWKWARD),
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
)


@_once
def tekster(minimum: int, maximum: int) -> SearchStrategy[str]:
    """Text XML can carry; the shortest and longest allowed come often."""
    return st.one_of(
        st.text(_XML_CHARACTERS, min_size=minimum, max_size=min(maximum, 40)),
        _of_length(minimum),
        _of_length(maximum),
    )


@_once
def _of_length(length: int) -> SearchStrategy[str]:
    return st.text(_XML_CHARACTERS, min_size=1, max_size=5).map(
        lambda piece: (piece * (length // len(piece) + 1))[:length]
    )


@_once
def maybe(strategy: SearchStrategy[T]) -> SearchStrategy[T | None]:
    """The value or None."""
    return st.none() | strategy


@_once
def organisasjonsnumre() -> SearchStrategy[str]:
    """Organisation numbers whose control digit holds."""
    stems = st.integers(80_000_000, 99_999_999).map(str)
    return stems.map(_with_control_digit).filter(orgnr.is_valid)


def _with_control_digit(stem: str) -> str:
    return next((n for n in (f"{stem}{d}" for d in range(10)) if orgnr.is_valid(n)), "")


@_once
@st.composite
def personidentifikatorer(
    draw: st.DrawFn, *, months: tuple[int, ...] = (0, 40, 80), days: tuple[int, ...] = (0, 40)
) -> str:
    """Fødselsnummer and D-numbers (day + 40), real or synthetic (month + 40 or + 80)."""
    born = draw(st.dates(date(1940, 1, 1), date(2020, 12, 31)))
    day, month = born.day + draw(st.sampled_from(days)), born.month + draw(st.sampled_from(months))
    numbers = draw(st.integers(0, 499) if born.year < 2000 else st.integers(500, 899))
    stem = f"{day:02}{month:02}{born:%y}{numbers:03}"
    for step in range(100):
        candidate = f"{stem[:6]}{(numbers // 500 * 500) + (numbers + step) % 400:03}"
        first = fodselsnummer.calc_check_digit1(candidate)
        second = fodselsnummer.calc_check_digit2(candidate + first)
        if len(first + second) == 2:
            return candidate + first + second
    raise AssertionError("a hundred numbers in a row without control digits")


@_once
def tidspunkter() -> SearchStrategy[datetime]:
    """Aware datetimes of the years that are read, with every offset xsd:dateTime allows."""
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
    return st.datetimes(_FIRST, _LAST, timezones=offsets)


@_once
def spraakkoder() -> SearchStrategy[str]:
    """Two-letter language codes."""
    return st.sampled_from(["NO", "nb", "nn", "se", "en"])


@_once
def urler() -> SearchStrategy[str]:
    """Web addresses, also with Norwegian letters."""
    return st.builds(
        "{}://{}{}/{}{}".format,
        st.sampled_from(["http", "https"]),
        st.sampled_from(["valg.no", "www.blåbær.no", "127.0.0.1", "[::1]", "a.b.c.d"]),
        st.sampled_from(["", ":8443"]),
        st.text(string.ascii_letters + "æøå0123456789-._~!$&'()*+,;=:@/", max_size=30),
        st.sampled_from(["", "?a=b&c=%C3%A5", "#om", "?q#f"]),
    )


_STEMS = st.text(
    st.sampled_from(string.ascii_letters + "æøåÆØÅ0123456789-_+&#%=()' 😀"), min_size=1, max_size=85
)


@_once
def filnavn(prefix: str = "x", suffix: str = ".pdf") -> SearchStrategy[str]:
    """File names of every length up to 100, with letters, spaces and signs that need encoding."""
    room = 100 - len(prefix) - len(suffix)
    longest = st.just("ø" * room)
    return st.one_of(_STEMS, longest).map(lambda stem: f"{prefix}{stem[:room]}{suffix}")


@_once
def avsendere() -> SearchStrategy[domain.Avsender]:
    """Senders."""
    return st.builds(
        domain.Avsender,
        organisasjonsnummer=organisasjonsnumre(),
        avsenderidentifikator=maybe(tekster(0, 100)),
        fakturareferanse=maybe(tekster(0, 40)),
    )


@_once
def databehandlere() -> SearchStrategy[domain.Databehandler]:
    """Technical senders."""
    return st.builds(domain.Databehandler, organisasjonsnummer=organisasjonsnumre())


@_once
def tekniske_mottakere(sertifikat: Certificate) -> SearchStrategy[domain.TekniskMottaker]:
    """Mailbox providers and printers, all with this certificate."""
    return st.builds(
        domain.TekniskMottaker,
        organisasjonsnummer=organisasjonsnumre(),
        sertifikat=st.just(sertifikat),
    )


@_once
def mottakere(
    sertifikat: Certificate, *, months: tuple[int, ...] = (0, 40, 80)
) -> SearchStrategy[domain.Mottaker]:
    """Citizens whose mailbox has this certificate; `months` as in `personidentifikatorer`."""
    return st.builds(
        domain.Mottaker,
        personidentifikator=personidentifikatorer(months=months),
        postkasseadresse=tekster(1, 60),
        postkasse=tekniske_mottakere(sertifikat),
    )


@_once
def lenker() -> SearchStrategy[domain.Lenke]:
    """Links."""
    return st.builds(
        domain.Lenke,
        url=urler(),
        beskrivelse=maybe(tekster(1, 70)),
        knapp_tekst=maybe(tekster(1, 30)),
        frist=maybe(tidspunkter()),
        spraakkode=spraakkoder(),
    )


@_once
def tidsrom() -> SearchStrategy[domain.Tidsrom]:
    """Periods with one end, both or none."""
    ends = st.lists(tidspunkter(), min_size=2, max_size=2).map(sorted)
    return st.builds(
        lambda pair, fra, til: domain.Tidsrom(
            fra=pair[0] if fra else None, til=pair[1] if til else None
        ),
        ends,
        st.booleans(),
        st.booleans(),
    )


@_once
def moeteplasser() -> SearchStrategy[domain.Moeteplass]:
    """Places."""
    return st.builds(
        domain.Moeteplass,
        tittel=tekster(1, 100),
        navn=tekster(0, 40),
        gateadresse=maybe(tekster(0, 40)),
        postnummer=maybe(st.sampled_from(["0473", "9991", "00000", "999999999"])),
        sted=maybe(tekster(0, 40)),
        land=maybe(tekster(0, 40)),
    )


@_once
def strekkoder() -> SearchStrategy[domain.Strekkode]:
    """Bar codes."""
    return st.builds(
        domain.Strekkode,
        verdi=tekster(1, 20),
        type=st.sampled_from(domain.Strekkodetype),
        tittel=maybe(tekster(1, 100)),
        tekst=maybe(tekster(1, 400)),
        vis_verdi=st.booleans(),
    )


@_once
def arrangementer() -> SearchStrategy[domain.Arrangement]:
    """Events."""
    return st.builds(
        domain.Arrangement,
        tittel=tekster(1, 100),
        moeteplass=moeteplasser(),
        tidsrom=_rekke(tidsrom(), 0, 10),
        tidsrom_tittel=maybe(tekster(1, 100)),
        oppmoete_informasjon=maybe(tekster(1, 400)),
        strekkode=maybe(strekkoder()),
        info=_rekke(
            st.builds(domain.Arrangementsinfo, tittel=tekster(1, 100), tekst=tekster(1, 400)), 0, 10
        ),
        lenker=_rekke(st.builds(domain.Arrangementslenke, navn=tekster(1, 100), url=urler()), 0, 2),
        spraakkode=spraakkoder(),
    )


@_once
def _rekke(items: SearchStrategy[T], minimum: int, maximum: int) -> SearchStrategy[tuple[T, ...]]:
    """A few items, or one item repeated to the largest number allowed."""
    few = st.lists(items, min_size=minimum, max_size=min(maximum, minimum + 2)).map(tuple)
    return few | items.map(lambda item: (item,) * maximum)


@_once
def metadata() -> SearchStrategy[domain.Metadata]:
    """Metadata documents."""
    return lenker() | arrangementer()


class _Opener:
    """Opens the same bytes again and again; equal when the bytes are."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __call__(self) -> BinaryIO:
        return io.BytesIO(self.data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Opener) and other.data == self.data

    def __hash__(self) -> int:
        return hash(self.data)


@_once
def kilder(max_size: int = 300) -> SearchStrategy[domain.Kilde]:
    """Sources in memory and from streams, of known and unknown length."""
    data = st.binary(min_size=1, max_size=max_size)
    return st.one_of(
        data.map(domain.BytesKilde),
        data.map(lambda d: domain.StreamKilde(_Opener(d), len(d))),
        data.map(lambda d: domain.StreamKilde(_Opener(d), None)),
    )


@_once
def dokumenter(
    *,
    navn: SearchStrategy[str] | None = None,
    mime_types: SearchStrategy[str] | None = None,
    enrichment: SearchStrategy[domain.Metadata | None] | None = None,
) -> SearchStrategy[domain.Dokument]:
    """Documents of any kind; the arguments narrow them."""
    return st.builds(
        domain.Dokument,
        tittel=maybe(tekster(1, 255)),
        filnavn=filnavn() if navn is None else navn,
        mime_type=st.sampled_from(sorted(domain.ALLOWED_MIME_TYPES))
        if mime_types is None
        else mime_types,
        kilde=kilder(),
        spraakkode=spraakkoder(),
        metadata=maybe(metadata()) if enrichment is None else enrichment,
    )


@_once
def pdf_dokumenter() -> SearchStrategy[domain.Dokument]:
    """Documents a printer takes."""
    return dokumenter(mime_types=st.just(PDF), enrichment=st.none())


@_once
@st.composite
def dokumentpakker(
    draw: st.DrawFn,
    dokument: SearchStrategy[domain.Dokument] | None = None,
    *,
    max_vedlegg: int = 200,
) -> domain.Dokumentpakke:
    """Packages with 0..200 attachments, no two files alike in name."""
    templates = draw(
        st.lists(dokumenter() if dokument is None else dokument, min_size=1, max_size=4)
    )
    counts = [0, 1, 2, 3, 10, 199, 200]
    count = draw(st.sampled_from([n for n in counts if n <= max_vedlegg]))
    documents = [_numbered(templates[index % len(templates)], index) for index in range(count + 1)]
    return domain.Dokumentpakke(hoveddokument=documents[0], vedlegg=tuple(documents[1:]))


def _numbered(dokument: domain.Dokument, index: int) -> domain.Dokument:
    stem, dot, suffix = dokument.filnavn.rpartition(".")
    tail = f"{dot}{suffix}"
    return dokument.model_copy(update={"filnavn": f"{index:03}{stem[: 97 - len(tail)]}{tail}"})


@_once
def repetisjoner() -> SearchStrategy[tuple[int, ...]]:
    """One to ten different days, in any order."""
    return st.lists(st.integers(0, 25), min_size=1, max_size=10, unique=True).map(tuple)


@_once
def epost_varsler() -> SearchStrategy[domain.EpostVarsel]:
    """Notices by e-mail."""
    return st.builds(
        domain.EpostVarsel,
        epostadresse=st.sampled_from(["a@b.no", "kåre+post@blåbær.example"]) | tekster(1, 80),
        varslingstekst=tekster(1, 500),
        repetisjoner=repetisjoner(),
    )


@_once
def sms_varsler() -> SearchStrategy[domain.SmsVarsel]:
    """Notices by SMS."""
    return st.builds(
        domain.SmsVarsel,
        mobiltelefonnummer=st.sampled_from(["+4799999999", "99999999"]) | tekster(1, 30),
        varslingstekst=tekster(1, 160),
        repetisjoner=repetisjoner(),
    )


@_once
@st.composite
def digital_post(draw: st.DrawFn) -> domain.DigitalPost:
    """Digital letters' own data, with a moment, a day or neither."""
    virkning: dict[str, Any] = draw(
        st.just({})
        | st.fixed_dictionaries({"virkningstidspunkt": tidspunkter()})
        | st.fixed_dictionaries({"virkningsdato": st.dates(date(1900, 1, 1))})
    )
    return domain.DigitalPost(
        ikke_sensitiv_tittel=draw(tekster(1, 255)),
        sikkerhetsnivaa=draw(st.sampled_from(domain.Sikkerhetsnivaa)),
        aapningskvittering=draw(st.booleans()),
        epost_varsel=draw(maybe(epost_varsler())),
        sms_varsel=draw(maybe(sms_varsler())),
        **virkning,
    )


@_once
def _lesbare(longest: int) -> SearchStrategy[str]:
    return tekster(1, longest - 1).map("A{}".format)


@_once
def norske_adresser() -> SearchStrategy[domain.NorskAdresse]:
    """Addresses in Norway."""
    return st.builds(
        domain.NorskAdresse,
        adresselinje1=_lesbare(100),
        adresselinje2=maybe(tekster(0, 100)),
        adresselinje3=maybe(tekster(0, 100)),
        postnummer=st.integers(0, 9999).map("{:04}".format),
        poststed=_lesbare(80),
    )


@_once
@st.composite
def utenlandske_adresser(draw: st.DrawFn) -> domain.UtenlandskAdresse:
    """Addresses abroad, with the country's name or its code."""
    country: dict[str, str] = draw(
        st.fixed_dictionaries({"land": _lesbare(80)})
        | st.fixed_dictionaries({"landkode": st.sampled_from(["SE", "dk", "US"])})
    )
    return domain.UtenlandskAdresse(
        adresselinje1=draw(_lesbare(100)),
        adresselinje2=draw(maybe(tekster(0, 100))),
        adresselinje3=draw(maybe(tekster(0, 100))),
        land=country.get("land"),
        landkode=country.get("landkode"),
    )


@_once
def postadresser() -> SearchStrategy[domain.Postadresse]:
    """Names with addresses."""
    return st.builds(
        domain.Postadresse,
        navn=_lesbare(130),
        adresse=norske_adresser() | utenlandske_adresser(),
    )


@_once
def fysisk_post() -> SearchStrategy[domain.FysiskPost]:
    """Print letters' own data."""
    instruction = st.builds(domain.Printinstruksjon, navn=tekster(1, 40), verdi=tekster(0, 40))
    return st.builds(
        domain.FysiskPost,
        mottaker=postadresser(),
        retur=st.builds(
            domain.Retur,
            posthaandtering=st.sampled_from(domain.Posthaandtering),
            mottaker=postadresser(),
        ),
        posttype=maybe(st.sampled_from(domain.Posttype)),
        utskriftsfarge=st.sampled_from(domain.Utskriftsfarge),
        printinstruksjoner=st.lists(instruction, max_size=3).map(tuple),
    )


def _options() -> dict[str, SearchStrategy[Any]]:
    alphabet = string.ascii_letters + string.digits + "._-"
    return {
        "avsender": avsendere(),
        "prioritet": st.sampled_from(domain.Prioritet),
        "mpc_id": maybe(st.text(alphabet, min_size=1, max_size=64)),
        "spraakkode": spraakkoder(),
        "konversasjons_id": st.uuids(),
        "meldings_id": st.uuids(),
    }


@_once
def digitale_forsendelser(
    sertifikat: Certificate, *, max_vedlegg: int = 200, months: tuple[int, ...] = (0, 40, 80)
) -> SearchStrategy[domain.DigitalForsendelse]:
    """Whole digital letters to a mailbox with this certificate."""
    return st.builds(
        domain.Forsendelse.digital,
        mottaker=mottakere(sertifikat, months=months),
        digital_post=digital_post(),
        dokumentpakke=dokumentpakker(max_vedlegg=max_vedlegg),
        **_options(),
    )


@_once
def fysiske_forsendelser(
    sertifikat: Certificate, *, max_vedlegg: int = 200
) -> SearchStrategy[domain.FysiskForsendelse]:
    """Whole print letters to a printer with this certificate."""
    return st.builds(
        domain.Forsendelse.fysisk,
        printer=tekniske_mottakere(sertifikat),
        fysisk_post=fysisk_post(),
        dokumentpakke=dokumentpakker(pdf_dokumenter(), max_vedlegg=max_vedlegg),
        **_options(),
    )


@_once
def forsendelser(
    sertifikat: Certificate, *, max_vedlegg: int = 200
) -> SearchStrategy[domain.Forsendelse]:
    """Whole letters of either kind."""
    return digitale_forsendelser(sertifikat, max_vedlegg=max_vedlegg) | fysiske_forsendelser(
        sertifikat, max_vedlegg=max_vedlegg
    )


@_once
def kvitteringer() -> SearchStrategy[domain.Kvittering]:
    """Receipts of all six kinds."""
    common: dict[str, SearchStrategy[Any]] = {
        "meldings_id": st.uuids().map(str),
        "konversasjons_id": st.uuids().map(str),
        "tidspunkt": tidspunkter(),
        "avsender": organisasjonsnumre(),
        "raw": st.binary(max_size=50),
        "referanse": st.builds(
            domain.Kvitteringsreferanse,
            message_id=st.uuids().map(str),
            prioritet=st.sampled_from(domain.Prioritet),
            mpc_id=st.none() | st.just("min-ko"),
            references=st.lists(st.binary(max_size=20), max_size=2).map(tuple),
        ),
    }
    plain: tuple[Callable[..., domain.Kvittering], ...] = (
        domain.Mottakskvittering,
        domain.Leveringskvittering,
        domain.Aapningskvittering,
        domain.Returpostkvittering,
    )
    return st.one_of(
        *(st.builds(kind, **common) for kind in plain),
        st.builds(
            domain.VarslingFeiletKvittering,
            kanal=st.sampled_from(domain.Varslingskanal),
            beskrivelse=maybe(tekster(0, 1000)),
            **common,
        ),
        st.builds(
            domain.Feil,
            feiltype=st.sampled_from(domain.Feiltype),
            detaljer=maybe(tekster(0, 1000)),
            **common,
        ),
    )


@_once
def send_resultater() -> SearchStrategy[domain.SendResultat]:
    """Results of accepted letters."""
    return st.builds(
        domain.SendResultat,
        meldings_id=st.uuids().map(str),
        konversasjons_id=st.uuids().map(str),
        transport_id=st.uuids().map(str),
        sent_at=tidspunkter(),
        billable_bytes=st.integers(0, 10**12),
        package_size=st.integers(0, 10**12),
        fingerprint=st.binary(min_size=32, max_size=32),
        already_received=st.booleans(),
    )


@_once
def brev(*, max_vedlegg: int = 10) -> SearchStrategy[domain.Brev]:
    """Letters to a person before it is known how they travel: for print too, or with any files."""
    without_notices = digital_post().map(
        lambda post: post.model_copy(update={"epost_varsel": None, "sms_varsel": None})
    )
    texts = st.builds(
        domain.Varseltekster,
        epost=maybe(tekster(1, 500)),
        sms=maybe(tekster(1, 160)),
        repetisjoner=repetisjoner(),
    )
    common = {**_options(), "digital_post": without_notices, "varseltekster": maybe(texts)}
    return st.builds(
        domain.Brev, dokumentpakke=dokumentpakker(max_vedlegg=max_vedlegg), **common
    ) | st.builds(
        domain.Brev,
        fysisk_post=fysisk_post(),
        dokumentpakke=dokumentpakker(pdf_dokumenter(), max_vedlegg=max_vedlegg),
        **common,
    )
