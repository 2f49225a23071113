"""Reads what the register answers in JSON. What it adds is let through; what it garbles is not."""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sdp.domain import check_personidentifikator
from sdp.errors import CertificateError, InvalidInputError, UnreadableAnswerError
from sdp.krr._reading import in_words, read_oppslag, read_reservert, read_status
from sdp.krr.person import (
    DigitalPostkasse,
    Kontaktadresse,
    Oppslag,
    Person,
    Printsertifikat,
)
from sdp.pki import read_certificate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography import x509

_PEM_LINES: Final = re.compile(r"-----(?:BEGIN|END) CERTIFICATE-----|\s")


def read_personer(content: bytes) -> tuple[Oppslag, ...]:
    """Read the answer of `personer`.

    What cannot be read about one person is an `OppslagFeil` that names the field. What cannot be
    told to be about anybody is left out.

    Raises:
        UnreadableAnswerError: there is no list of people.
    """
    items = _object(content).get("personer")
    if not isinstance(items, list):
        raise UnreadableAnswerError("The answer of the contact register holds no list personer.")
    return tuple(_oppslag(number, item) for item in items if (number := _number(item)))


def read_printsertifikat(content: bytes) -> Printsertifikat:
    """Read the answer of `printSertifikat`.

    Raises:
        UnreadableAnswerError: a field is missing or cannot be read; the field is named.
    """
    answer = _object(content)
    try:
        return Printsertifikat(
            leverandoer=_text(answer, "postkasseleverandoerAdresse") or "",
            sertifikat=_certificate(_text(answer, "x509Sertifikat") or "", "x509Sertifikat"),
        )
    except (InvalidInputError, ValueError) as error:
        raise UnreadableAnswerError(
            f"The print certificate of the contact register cannot be read: {in_words(error)}."
        ) from None


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content.decode("utf-8"), object_pairs_hook=_named_once)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise UnreadableAnswerError("The answer of the contact register is not a JSON object.")
    return answer


def _named_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    # Of two values for reservasjon, Python would keep the last without a word.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is there twice")
    return found


def _number(item: object) -> str | None:
    number = item.get("personidentifikator") if isinstance(item, dict) else None
    if not isinstance(number, str):
        return None
    try:
        return check_personidentifikator(number)
    except ValueError:
        return None


def _oppslag(number: str, item: Mapping[str, Any]) -> Oppslag:
    return read_oppslag(number, lambda: _person(number, item))


def _person(number: str, item: Mapping[str, Any]) -> Person:
    status = read_status(_text(item, "status"))
    contact = _part(item, "kontaktinformasjon")
    sertifikat = _text(item, "sertifikat")
    return Person(
        personidentifikator=number,
        status=status,
        reservert=read_reservert(_text(item, "reservasjon"), status),
        kan_varsles=_text(item, "varslingsstatus") == "KAN_VARSLES",
        epost=_kontaktadresse(contact, "epostadresse"),
        mobil=_kontaktadresse(contact, "mobiltelefonnummer"),
        digital_post=_postkasse(_part(item, "digital_post")),
        sertifikat=None if sertifikat is None else _certificate(sertifikat, "sertifikat"),
        spraak=_text(item, "spraak"),
    )


def _kontaktadresse(contact: Mapping[str, Any], name: str) -> Kontaktadresse | None:
    adresse = _text(contact, name)
    if adresse is None:
        return None
    return Kontaktadresse(
        adresse=adresse,
        oppdatert=_tidspunkt(contact, f"{name}_oppdatert"),
        sist_verifisert=_tidspunkt(contact, f"{name}_sist_verifisert"),
    )


def _postkasse(digital_post: Mapping[str, Any]) -> DigitalPostkasse | None:
    adresse = _text(digital_post, "postkasseadresse")
    leverandoer = _text(digital_post, "postkasseleverandoeradresse")
    if adresse is None or leverandoer is None:
        return None
    return DigitalPostkasse(postkasseadresse=adresse, leverandoer=leverandoer)


def _certificate(words: str, name: str) -> x509.Certificate:
    try:
        return read_certificate(b64decode(_PEM_LINES.sub("", words), validate=True))
    except (binascii.Error, ValueError, CertificateError):
        raise ValueError(f"{name}: must be an X.509 certificate in base64 or PEM") from None


def _tidspunkt(contact: Mapping[str, Any], name: str) -> datetime | None:
    words = _text(contact, name)
    try:
        return None if words is None else datetime.fromisoformat(words)
    except ValueError:
        raise ValueError(f"{name}: must be a point in time as in ISO 8601") from None


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    match item.get(name):
        case None:
            return {}
        case dict() as part:
            return part
        case _:
            raise ValueError(f"{name}: must be an object")


def _text(item: Mapping[str, Any], name: str) -> str | None:
    match item.get(name):
        case None | "":
            return None
        case str() as words:
            return words
        case _:
            raise ValueError(f"{name}: must be text")
