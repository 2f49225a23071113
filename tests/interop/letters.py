"""Letters of every kind there is, for a witness that is not ours to look at."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from sdp.domain import (
    Arrangement,
    Arrangementsinfo,
    Arrangementslenke,
    Avsender,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
    Forsendelse,
    FysiskPost,
    Lenke,
    Moeteplass,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Posttype,
    Printinstruksjon,
    Prioritet,
    Retur,
    Sikkerhetsnivaa,
    SmsVarsel,
    Strekkode,
    Strekkodetype,
    Tidsrom,
    UtenlandskAdresse,
    Utskriftsfarge,
)
from sdp.testmiljo.environment import ANNEN_AVSENDER, AVSENDER
from tests.documents import pdf
from tests.e2e.client.conftest import Letters

_TITTEL = "Årsoppgave & <mer> 🍓"
_NORWEGIAN_SUMMER = timezone(timedelta(hours=2))
_MOMENT = datetime(2031, 5, 17, 8, 30, tzinfo=_NORWEGIAN_SUMMER)


@dataclass(frozen=True)
class Variant:
    """A kind of letter, and what must be found in its document.

    Attributes:
        texts: names of elements and what they hold, in their order; others may stand between.
        mpc: the queue that its envelope names.
    """

    name: str
    write: Callable[[Letters], Forsendelse]
    texts: tuple[tuple[str, str], ...]
    mpc: str = "urn:normal"


def _notified(letters: Letters) -> Forsendelse:
    return letters.digital(
        mottaker=letters.miljo.innbygger(epost="kari@example.com", mobil="+4799999999"),
        digital_post=DigitalPost(
            ikke_sensitiv_tittel=_TITTEL,
            sikkerhetsnivaa=Sikkerhetsnivaa.NIVAA_3,
            aapningskvittering=True,
            epost_varsel=EpostVarsel(
                epostadresse="kari@example.com", varslingstekst="Du har & fått", repetisjoner=(0, 7)
            ),
            sms_varsel=SmsVarsel(mobiltelefonnummer="+4799999999", varslingstekst="Nytt brev"),
        ),
        spraakkode="NN",
    )


def _with_attachments(letters: Letters) -> Forsendelse:
    vedlegg = (
        Dokument.from_bytes("Blåbær\r\n".encode(), filnavn="vedlegg én.txt", tittel="Én"),
        Dokument.from_bytes(pdf("To") * 3000, filnavn="a+b~(c)'!*&%41.pdf"),
        Dokument.from_bytes(b"\x00" * 70_000, filnavn="bilde.png", mime_type="image/png"),
    )
    return letters.digital(dokumentpakke=Dokumentpakke(hoveddokument=_brev(), vedlegg=vedlegg))


def _of_streams(letters: Letters) -> Forsendelse:
    """Of streams whose size nobody knows: what compresses, what does not, and what is small."""
    vedlegg = (
        _stream(pdf("To") * 3000, "stort.pdf"),
        _stream(os.urandom(1_500_000), "tilfeldig.png"),
        _stream(b"hei", "lite.txt"),
    )
    hoveddokument = _stream(pdf(), "brev.pdf")
    return letters.digital(
        dokumentpakke=Dokumentpakke(hoveddokument=hoveddokument, vedlegg=vedlegg)
    )


def _stream(data: bytes, filnavn: str) -> Dokument:
    return Dokument.from_stream(lambda: io.BytesIO(data), filnavn=filnavn, tittel="Strøm")


def _with_link(letters: Letters) -> Forsendelse:
    lenke = Lenke(
        url="https://www.example.com/?a=1&b=2",
        beskrivelse="Svar her",
        knapp_tekst="Svar",
        frist=_MOMENT,
    )
    hoveddokument = Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak", metadata=lenke)
    return letters.digital(dokumentpakke=Dokumentpakke(hoveddokument=hoveddokument))


def _with_event(letters: Letters) -> Forsendelse:
    arrangement = Arrangement(
        tittel="Time",
        moeteplass=Moeteplass(tittel="Sted", navn="Legen", postnummer="0155", sted="Oslo"),
        tidsrom=(Tidsrom(fra=_MOMENT, til=_MOMENT + timedelta(hours=1)),),
        tidsrom_tittel="Når",
        oppmoete_informasjon="Kom tidlig",
        strekkode=Strekkode(verdi="12345", type=Strekkodetype.CODE_128, tittel="Ta med"),
        info=(Arrangementsinfo(tittel="Husk", tekst="Legitimasjon"),),
        lenker=(Arrangementslenke(navn="Kart", url="https://www.example.com/kart"),),
    )
    hoveddokument = Dokument.from_bytes(
        pdf(), filnavn="brev.pdf", tittel="Vedtak", metadata=arrangement
    )
    return letters.digital(dokumentpakke=Dokumentpakke(hoveddokument=hoveddokument))


def _on_behalf(letters: Letters) -> Forsendelse:
    avsender = Avsender(
        organisasjonsnummer=ANNEN_AVSENDER,
        avsenderidentifikator="skatt/øst",
        fakturareferanse="ref & 1",
    )
    return letters.digital(avsender=avsender)


def _available_at(letters: Letters) -> Forsendelse:
    post = DigitalPost(ikke_sensitiv_tittel="Brev", virkningstidspunkt=_MOMENT)
    return letters.digital(digital_post=post)


def _available_on(letters: Letters) -> Forsendelse:
    post = DigitalPost(ikke_sensitiv_tittel="Brev", virkningsdato=date(2031, 5, 17))
    return letters.digital(digital_post=post)


def _print_in_colour(letters: Letters) -> Forsendelse:
    return letters.fysisk(
        fysisk_post=FysiskPost(
            mottaker=_HJEMME,
            retur=Retur(posthaandtering=Posthaandtering.MAKULERING_MED_MELDING, mottaker=_HJEMME),
            posttype=Posttype.B,
            utskriftsfarge=Utskriftsfarge.FARGE,
        )
    )


def _print_abroad(**land: str) -> Callable[[Letters], Forsendelse]:
    adresse = UtenlandskAdresse(adresselinje1="1 Main Street", adresselinje4="Springfield", **land)
    borte = Postadresse(navn="Kari Nordmann", adresse=adresse)
    retur = Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=_HJEMME)
    return lambda letters: letters.fysisk(fysisk_post=FysiskPost(mottaker=borte, retur=retur))


def _print_instructed(letters: Letters) -> Forsendelse:
    return letters.fysisk(
        fysisk_post=FysiskPost(
            mottaker=_HJEMME,
            retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=_HJEMME),
            posttype=Posttype.A,
            printinstruksjoner=(
                Printinstruksjon(navn="konvolutt", verdi="C5"),
                Printinstruksjon(navn="ark", verdi="grønt"),
            ),
        )
    )


def _brev() -> Dokument:
    return Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")


_HJEMME = Postadresse(
    navn="Kari Ødegård",
    adresse=NorskAdresse(adresselinje1="Storgata 1", postnummer="0155", poststed="OSLO"),
)

VARIANTS = (
    Variant(
        "digital",
        Letters.digital,
        (
            ("organisasjon", f"9908:{AVSENDER}"),
            ("aapningskvittering", "false"),
            ("sikkerhetsnivaa", "4"),
            ("ikkeSensitivTittel", "Brev fra Testetaten"),
        ),
    ),
    Variant(
        "notified by e-mail and SMS",
        _notified,
        (
            ("aapningskvittering", "true"),
            ("sikkerhetsnivaa", "3"),
            ("ikkeSensitivTittel", _TITTEL),
            ("epostadresse", "kari@example.com"),
            ("varslingsTekst", "Du har & fått"),
            ("dagerEtter", "0"),
            ("dagerEtter", "7"),
            ("mobiltelefonnummer", "+4799999999"),
            ("varslingsTekst", "Nytt brev"),
            ("dagerEtter", "0"),
        ),
    ),
    Variant("attachments", _with_attachments, ()),
    Variant("streams of unknown size", _of_streams, ()),
    Variant("a link", _with_link, ()),
    Variant("an event", _with_event, ()),
    Variant(
        "on behalf of another",
        _on_behalf,
        (
            ("organisasjon", f"9908:{ANNEN_AVSENDER}"),
            ("avsenderidentifikator", "skatt/øst"),
            ("fakturaReferanse", "ref & 1"),
        ),
    ),
    Variant(
        "prioritised",
        lambda letters: letters.digital(prioritet=Prioritet.PRIORITERT),
        (),
        "urn:prioritert",
    ),
    Variant(
        "a queue of its own",
        lambda letters: letters.digital(mpc_id="min-ko"),
        (),
        "urn:normal:min-ko",
    ),
    Variant(
        "available at a moment",
        _available_at,
        (("virkningstidspunkt", "2031-05-17T08:30:00+02:00"),),
    ),
    Variant("available on a day", _available_on, (("virkningsdato", "2031-05-17"),)),
    Variant("print", Letters.fysisk, (("utskriftsfarge", "SORT_HVIT"),)),
    Variant(
        "print in colour",
        _print_in_colour,
        (
            ("navn", "Kari Ødegård"),
            ("adresselinje1", "Storgata 1"),
            ("postnummer", "0155"),
            ("poststed", "OSLO"),
            ("posttype", "B"),
            ("utskriftsfarge", "FARGE"),
            ("postHaandtering", "MAKULERING_MED_MELDING"),
        ),
    ),
    Variant(
        "print abroad, by country",
        _print_abroad(land="USA"),
        (
            ("adresselinje1", "1 Main Street"),
            ("adresselinje4", "Springfield"),
            ("land", "USA"),
        ),
    ),
    Variant("print abroad, by code", _print_abroad(landkode="US"), (("landkode", "US"),)),
    Variant(
        "print with instructions",
        _print_instructed,
        (
            ("posttype", "A"),
            ("postHaandtering", "DIREKTE_RETUR"),
            ("navn", "konvolutt"),
            ("verdi", "C5"),
            ("navn", "ark"),
            ("verdi", "grønt"),
        ),
    ),
)
