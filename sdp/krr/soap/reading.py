"""Values from the SOAP answers of the register, and its faults.

Fields that are added are let through; fields that are garbled are not.

Zeep gives every part as a list, so that one that is there twice is seen, and every value as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sdp.errors import InvalidInputError, SoapFaultError, UnreadableAnswerError
from sdp.gate import presentable
from sdp.krr.person import (
    DigitalPostkasse,
    Endringer,
    Kontaktadresse,
    Oppslag,
    Person,
    Printsertifikat,
)
from sdp.krr.reading import (
    in_words,
    read_kontaktadresse,
    read_oppslag,
    read_reservert,
    read_sertifikat,
    read_status,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography import x509
    from lxml import etree


_NUMBER: Final = re.compile(r"\d{1,19}", re.ASCII)


def read_personer(answer: Any) -> tuple[Oppslag, ...]:
    """Read HentPersonerRespons.

    Each entry has its answer, in the order they came. One that cannot be read is an `OppslagFeil`
    that names the field, also where it cannot be told whom it is about.
    """
    return tuple(map(_oppslag, _people(answer)))


def read_endringer(answer: Any) -> Endringer:
    """Read HentEndringerRespons.

    Raises:
        UnreadableAnswerError: a number of a change is missing or cannot be read.
    """
    entries = read_personer(_people(answer))
    personer = tuple(each for each in entries if each.personidentifikator)
    fra, til, siste = (
        _change(answer, name)
        for name in ("fraEndringsNummer", "tilEndringsNummer", "senesteEndringsNummer")
    )
    if til < siste and til < fra:
        raise UnreadableAnswerError("tilEndringsNummer is before fraEndringsNummer in the answer.")
    return Endringer(
        fra=fra, til=til, siste=siste, personer=personer, uleselige=len(entries) - len(personer)
    )


def read_printsertifikat(answer: Any) -> Printsertifikat:
    """Read HentPrintSertifikatRespons.

    Raises:
        UnreadableAnswerError: a field is missing or cannot be read; the field is named.
    """
    try:
        found: dict[str, Any] = {
            "leverandoer": _text(answer, "postkasseleverandoerAdresse"),
            "sertifikat": _certificate(answer),
        }
        return Printsertifikat(**found)
    except (InvalidInputError, ValueError) as error:
        raise UnreadableAnswerError(
            f"The print certificate of the contact register cannot be read: {in_words(error)}."
        ) from None


def _people(answer: Any) -> Sequence[Any]:
    # Zeep takes a list that stands alone out of what it stands in.
    found = answer.get("Person") if isinstance(answer, dict) else answer
    return found if isinstance(found, list) else ()


def _change(answer: Any, name: str) -> int:
    written = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(written, str) or not _NUMBER.fullmatch(written.strip()):
        raise UnreadableAnswerError(f"{name} is missing in the answer, or is no number.")
    return int(written)


def _oppslag(item: Any) -> Oppslag:
    try:
        written = _text(item, "personidentifikator")
    except ValueError:
        written = None
    return read_oppslag(written, lambda number: _person(number, item))


def _person(number: str, item: Mapping[str, Any]) -> Person:
    status = read_status(_text(item, "status"))
    contact = _part(item, "Kontaktinformasjon")
    return Person(
        personidentifikator=number,
        status=status,
        reservert=read_reservert(_text(item, "reservasjon"), status),
        kan_varsles=_text(item, "varslingsstatus") == "KAN_VARSLES",
        epost=_kontaktadresse(contact, "Epostadresse"),
        mobil=_kontaktadresse(contact, "Mobiltelefonnummer"),
        digital_post=_postkasse(_part(item, "SikkerDigitalPostAdresse")),
        sertifikat=_certificate(item),
    )


def _kontaktadresse(contact: Mapping[str, Any], name: str) -> Kontaktadresse | None:
    written = _part(contact, name)
    return read_kontaktadresse(
        written.get("_value_1"),
        oppdatert=written.get("sistOppdatert"),
        sist_verifisert=written.get("sistVerifisert"),
    )


def _postkasse(digital_post: Mapping[str, Any]) -> DigitalPostkasse | None:
    adresse = _text(digital_post, "postkasseadresse")
    leverandoer = _text(digital_post, "postkasseleverandoerAdresse")
    if adresse is None or leverandoer is None:
        return None
    return DigitalPostkasse(postkasseadresse=adresse, leverandoer=leverandoer)


def _certificate(item: Any) -> x509.Certificate | None:
    written = _text(item, "X509Sertifikat")
    return None if written is None else read_sertifikat(written, "X509Sertifikat")


def _text(item: Any, name: str) -> str | None:
    match _one(item, name):
        case None:
            return None
        case str() as words:
            return words.strip() or None
        case _:
            raise ValueError(f"{name}: must be text")


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    match _one(item, name):
        case None:
            return {}
        case dict() as part:
            return part
        case _:
            raise ValueError(f"{name}: must have parts")


def _one(item: Any, name: str) -> Any:
    found = item.get(name) if isinstance(item, dict) else None
    if not isinstance(found, list) or not found:
        return None
    if len(found) != 1:
        raise ValueError(f"{name}: must be there only once")
    return found[0]


_CODES_OF_SOAP_1_1: Final = {"Client": "Sender", "Server": "Receiver"}


def raise_fault(root: etree._Element, status: int) -> None:
    """Raise the fault that an answer holds, in SOAP 1.2 or 1.1, or return if it holds none.

    Raises:
        SoapFaultError: with the register's own words, shortened and with every number of a person
            masked.
    """
    for fault in root.iterfind("{*}Body/{*}Fault"):
        code = _words(fault, "{*}Code/{*}Value") or _words(fault, "{*}faultcode")
        reason = _words(fault, "{*}Reason/{*}Text") or _words(fault, "{*}faultstring")
        code = code.rpartition(":")[2]
        raise SoapFaultError(_CODES_OF_SOAP_1_1.get(code, code), reason, status)


def _words(parent: etree._Element, path: str) -> str:
    return presentable(parent.findtext(path))
