"""Shapes of the two kinds of letters. Source: the JSON Schemas of the DPI wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.problems import invalid
from sdp.testmiljo.access_point.shapes import (
    ANY,
    DATE,
    DATE_TIME,
    IDENTIFIER,
    Fields,
    Flag,
    Items,
    OneOf,
    Text,
    Whole,
    check_shape,
)

if TYPE_CHECKING:
    from sdp.testmiljo.access_point.shapes import Shape

_PLACE = "standardBusinessDocument"

_ORGANISATION = Fields(
    {"authority": OneOf((names.AUTHORITY,)), "value": Text(pattern=r"\A0192:[0-9]{9}\Z")}
)
_ACTOR = Items(Fields({"identifier": _ORGANISATION}), fewest=1, most=1)
_SCOPE = Fields(
    {"type": ANY, "instanceIdentifier": IDENTIFIER, "identifier": ANY},
    {"scopeInformation": Items(Fields({}, {"expectedResponseDateTime": DATE_TIME}))},
)
_HEADER = Fields(
    {
        "headerVersion": OneOf(("1.0",)),
        "sender": _ACTOR,
        "receiver": _ACTOR,
        "documentIdentification": Fields(
            {
                "standard": ANY,
                "typeVersion": OneOf(("1.0",)),
                "instanceIdentifier": IDENTIFIER,
                "type": ANY,
                "creationDateAndTime": DATE_TIME,
            }
        ),
        "businessScope": Fields({"scope": Items(_SCOPE, fewest=1, most=1)}),
    }
)

_EVERY_LETTER: dict[str, Shape] = {
    "avsender": Fields(
        {"virksomhetsidentifikator": _ORGANISATION},
        {"avsenderidentifikator": Text(longest=100), "fakturaReferanse": Text(longest=40)},
    ),
    "dokumentpakkefingeravtrykk": Fields({"digestMethod": ANY, "digestValue": ANY}),
    "maskinportentoken": ANY,
}

_REPETITIONS = Items(Whole(0, 25), fewest=1, most=10)
_EMAIL = Fields(
    {
        "epostadresse": Text(pattern=r"\A[^@\s]+@[^@\s]+\Z"),
        "varslingstekst": Text(1, 500),
        "repetisjoner": _REPETITIONS,
    }
)
_SMS = Fields(
    {
        "mobiltelefonnummer": Text(8, 20, r"\A\+?[- _0-9]+\Z"),
        "varslingstekst": Text(1, 160),
        "repetisjoner": _REPETITIONS,
    }
)
_DIGITAL = Fields(
    {
        **_EVERY_LETTER,
        "mottaker": Fields({"postkasseadresse": ANY}),
        "sikkerhetsnivaa": OneOf((3, 4)),
        "ikkesensitivtittel": Text(1, 255),
        "spraak": Text(2, 2),
    },
    {
        "virkningsdato": DATE,
        "virkningstidspunkt": DATE_TIME,
        "aapningskvittering": Flag(),
        "varsler": Fields({}, {"epostvarsel": _EMAIL, "smsvarsel": _SMS}),
    },
)

_LINE = Text(longest=100)
_ADDRESS = Fields(
    {"navn": ANY, "adresselinje1": _LINE},
    {
        "adresselinje2": _LINE,
        "adresselinje3": _LINE,
        "adresselinje4": _LINE,
        "postnummer": Text(pattern=r"\A[0-9]{4}\Z"),
        "poststed": Text(longest=80),
        "land": Text(longest=80),
        "landkode": Text(pattern=r"\A[a-zA-Z]{2}\Z"),
    },
)
_UTSKRIFT = Fields(
    {
        **_EVERY_LETTER,
        "mottaker": _ADDRESS,
        "utskriftstype": OneOf(("SORT_HVIT", "FARGE")),
        "retur": Fields(
            {
                "mottaker": _ADDRESS,
                "returposthaandtering": OneOf(("DIREKTE_RETUR", "MAKULERING_MED_MELDING")),
            }
        ),
    },
    {"posttype": OneOf(("A", "B"))},
)
_KINDS = {names.DIGITAL: _DIGITAL, names.UTSKRIFT: _UTSKRIFT}


def check_letter(document: dict[str, Any]) -> str:
    """Check that a business message looks like a letter.

    Returns:
        Its kind: `digital` or `utskrift`.

    Raises:
        HttpRejection: 400, naming the first place where it does not.
    """
    content = document.get(_PLACE)
    if document.keys() != {_PLACE} or not isinstance(content, dict):
        raise invalid("the message must hold a standardBusinessDocument and nothing else")
    kind = next((kind for kind in _KINDS if kind in content), None)
    if kind is None:
        raise invalid("the standardBusinessDocument holds no letter: digital or utskrift")
    fields = Fields({"standardBusinessDocumentHeader": _HEADER, kind: _KINDS[kind]})
    check_shape(content, fields, _PLACE)
    if kind == names.UTSKRIFT:
        _check_address(content[kind]["mottaker"], "mottaker")
        _check_address(content[kind]["retur"]["mottaker"], "retur.mottaker")
    return kind


def _check_address(address: dict[str, str], place: str) -> None:
    is_norwegian = address.keys() >= {"postnummer", "poststed"}
    is_foreign = len(address.keys() & {"land", "landkode"}) == 1
    if is_norwegian is is_foreign:
        raise invalid(
            f"{place} must have postnummer and poststed, or else one of land and landkode"
        )
