"""Shapes that JSON can have, and those of the two kinds of letters.

A message can be read without a doubt once it has its shape. What is refused is named by its place
in the message, and never quoted. Source of the letters: the JSON Schemas of the DPI wire.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of some length, and perhaps of some form."""

    shortest: int = 0
    longest: int | None = None
    pattern: re.Pattern[str] | None = None
    read: Callable[[str], object] | None = None
    """Raises ValueError for what is not of the form."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few texts or numbers."""

    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two others, both included."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of some length."""

    item: Shape
    fewest: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with these fields and no others."""

    required: Mapping[str, Shape]
    optional: Mapping[str, Shape] = field(default_factory=dict)


Shape = Text | OneOf | Whole | Flag | Items | Fields


def uuid_in(text: str) -> UUID:
    """Read a UUID in its common form.

    Raises:
        ValueError: it is something else.
    """
    if not _UUID.fullmatch(text):
        raise ValueError("not a UUID")
    return UUID(text)


def _date_in(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError("not a date")
    return date.fromisoformat(text)


def _moment_in(text: str) -> datetime:
    if not _DATE_TIME.fullmatch(text):
        raise ValueError("not an RFC 3339 date-time")
    return datetime.fromisoformat(text)


ANY = Text()
IDENTIFIER = Text(read=uuid_in)
DATE = Text(read=_date_in)
DATE_TIME = Text(read=_moment_in)


Place = tuple[Any, str | int]
"""A place in a message: the one around it, or "" for the message, and a name or number in that."""


def check_shape(value: Any, shape: Shape, place: Place) -> None:
    """Check a value and all that is in it.

    Args:
        value: what JSON has.
        shape: what it must be.
        place: where it stands; written out for a refusal alone.

    Raises:
        HttpRejection: 400, naming the first place where it is of another shape.
    """
    match shape:
        case Text():
            _check_text(value, shape, place)
        case Fields():
            _check_fields(value, shape, place)
        case Items():
            _check_items(value, shape, place)
        case OneOf(values):
            # In Python, True is 1; in JSON it is not.
            if isinstance(value, bool) or value not in values:
                raise invalid(f"{_written(place)} must be one of {', '.join(map(str, values))}")
        case Whole(lowest, highest):
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            if not is_whole or not lowest <= value <= highest:
                raise invalid(f"{_written(place)} must be a number from {lowest} to {highest}")
        case Flag():
            if not isinstance(value, bool):
                raise invalid(f"{_written(place)} must be true or false")


def _check_text(value: Any, shape: Text, place: Place) -> None:
    if not isinstance(value, str):
        raise invalid(f"{_written(place)} must be a text")
    longest = len(value) if shape.longest is None else shape.longest
    if not shape.shortest <= len(value) <= longest:
        raise invalid(f"{_written(place)} is too short or too long")
    try:
        if shape.read is not None:
            shape.read(value)
    except ValueError as error:
        raise invalid(f"{_written(place)} is not of the form it must have") from error
    if shape.pattern is not None and not shape.pattern.search(value):
        raise invalid(f"{_written(place)} is not of the form it must have")


def _check_items(value: Any, shape: Items, place: Place) -> None:
    if not isinstance(value, list):
        raise invalid(f"{_written(place)} must be a list")
    most = len(value) if shape.most is None else shape.most
    if not shape.fewest <= len(value) <= most:
        raise invalid(f"{_written(place)} must not hold {len(value)} items")
    for number, item in enumerate(value):
        check_shape(item, shape.item, (place, number))


def _check_fields(value: Any, shape: Fields, place: Place) -> None:
    if not isinstance(value, dict):
        raise invalid(f"{_written(place)} must be an object")
    for name, inner in shape.required.items():
        if name not in value:
            raise invalid(f"{_written(place)}.{name} is missing")
        check_shape(value[name], inner, (place, name))
    for name in value.keys() - shape.required.keys():
        if name not in shape.optional:
            raise invalid(f"{_written(place)} holds a field that it may not hold")
        check_shape(value[name], shape.optional[name], (place, name))


def _written(place: Place) -> str:
    around, step = place
    if not around:
        return str(step)
    return f"{_written(around)}[{step}]" if isinstance(step, int) else f"{_written(around)}.{step}"


_PLACE = "standardBusinessDocument"

_ORGANISATION = Fields(
    {
        "authority": OneOf((names.AUTHORITY,)),
        "value": Text(pattern=re.compile(r"\A0192:[0-9]{9}\Z")),
    }
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
        "epostadresse": Text(pattern=re.compile(r"\A[^@\s]+@[^@\s]+\Z")),
        "varslingstekst": Text(1, 500),
        "repetisjoner": _REPETITIONS,
    }
)
_SMS = Fields(
    {
        "mobiltelefonnummer": Text(8, 20, re.compile(r"\A\+?[- _0-9]+\Z")),
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
        "postnummer": Text(pattern=re.compile(r"\A[0-9]{4}\Z")),
        "poststed": Text(longest=80),
        "land": Text(longest=80),
        "landkode": Text(pattern=re.compile(r"\A[a-zA-Z]{2}\Z")),
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
_LETTERS = {
    kind: Fields({"standardBusinessDocumentHeader": _HEADER, kind: shape})
    for kind, shape in ((names.DIGITAL, _DIGITAL), (names.UTSKRIFT, _UTSKRIFT))
}


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
    kind = next((kind for kind in _LETTERS if kind in content), None)
    if kind is None:
        raise invalid("the standardBusinessDocument holds no letter: digital or utskrift")
    check_shape(content, _LETTERS[kind], ("", _PLACE))
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
