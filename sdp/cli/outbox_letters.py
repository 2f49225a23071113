"""Letters in CSV files: a row for each, with placeholders for what differs between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.cli._errors import CommandError
from sdp.cli.files import pasted_number
from sdp.cli.letter import documents
from sdp.cli.people import PERSON_HEADINGS, filled_rows, heading_key, opened
from sdp.domain import (
    Brev,
    DigitalPost,
    Formaal,
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Prioritet,
    Retur,
    UtenlandskAdresse,
    Varseltekster,
    check_personidentifikator,
)
from sdp.errors import InvalidInputError, SdpError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sdp.domain import Avsender

_PERSON: Final = tuple(sorted(PERSON_HEADINGS))
_KEY: Final = ("key", "nøkkel", "nokkel", "id", "sak", "saksnummer")
_PURPOSE: Final = ("formaal", "formål", "purpose")
_NAME: Final = ("navn", "name")
_LINES: Final = tuple(f"adresselinje{number}" for number in (1, 2, 3, 4))
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_MOST_TOLD: Final = 20

Letter = tuple[str, str, Brev]
"""The key, the person and the letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Recipe by which rows become letters. Texts and patterns may have `{heading}` in them.

    Attributes:
        avsender: whom the letters are from.
        documents: patterns of files, or headings of columns with files; the main document first.
        title: shown before log-in.
        notice: the text of notices; None takes the neutral one.
        retur: where print letters are returned to; None lets none be printed.
        formaal: the purpose, where no column says it.
        urgent: whether they go in the queue for urgent letters.
        person, key: headings of the columns; None takes well-known ones.
        folder: where files that are not absolute are.
    """

    avsender: Avsender
    documents: Sequence[str]
    title: str
    notice: str | None
    retur: Postadresse | None
    formaal: Formaal
    urgent: bool
    person: str | None
    key: str | None
    folder: Path


def checked_letters(path: Path, recipe: Recipe) -> int:
    """Read a file to its end, and check every row; return how many letters it has.

    Raises:
        CommandError: naming the rows that break a rule, the first twenty of them.
    """
    faults: list[str] = []
    keys: dict[str, int] = {}
    for line, values in _rows(path):
        try:
            nokkel, _, _ = _letter(values, recipe)
            first = keys.setdefault(nokkel, line)
            if first != line:
                raise CommandError(f"its key is also that of row {first}.")
        except SdpError as error:
            faults.append(f"row {line}: {_words(error)}")
    if not keys and not faults:
        raise CommandError(f"{path} has no letters in it.")
    if faults:
        more = f"\n… and {len(faults) - _MOST_TOLD} more." if len(faults) > _MOST_TOLD else ""
        listed = "\n".join(faults[:_MOST_TOLD])
        raise CommandError(
            f"{len(faults)} of {len(faults) + len(keys)} rows cannot be letters:\n{listed}{more}",
            remedy="Correct them and run the same command again. Nothing has been stored.",
        )
    return len(keys)


def letters(path: Path, recipe: Recipe) -> Iterator[Letter]:
    """Read letters from a file that has been checked."""
    for _, values in _rows(path):
        yield _letter(values, recipe)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    with opened(path) as file:
        rows = filled_rows(file)
        first = next(rows, None)
        if first is None:
            raise CommandError(f"{path} is empty.")
        headings = [heading_key(cell) for cell in first]
        for number, cells in enumerate(rows, start=2):
            yield number, dict(zip(headings, (cell.strip() for cell in cells), strict=False))


def _letter(values: Mapping[str, str], recipe: Recipe) -> Letter:
    nokkel = _value(values, recipe.key, _KEY, "key")
    person = pasted_number(_value(values, recipe.person, _PERSON, "personidentifikator"))
    try:
        check_personidentifikator(person)
    except ValueError as error:
        raise CommandError(f"personidentifikator {error}.") from None
    title = _filled(recipe.title, values)
    notice = None if recipe.notice is None else _filled(recipe.notice, values)
    main, *attachments = _files(values, recipe)
    brev = Brev(
        avsender=recipe.avsender,
        formaal=_purpose(values, recipe.formaal),
        dokumentpakke=documents(main, attachments, title=title),
        digital_post=DigitalPost(ikke_sensitiv_tittel=title),
        varseltekster=None if notice is None else Varseltekster(epost=notice, sms=notice),
        fysisk_post=_fysisk_post(values, recipe.retur),
        prioritet=Prioritet.PRIORITERT if recipe.urgent else Prioritet.NORMAL,
    )
    return nokkel, person, brev


def _files(values: Mapping[str, str], recipe: Recipe) -> list[Path]:
    found: list[Path] = []
    for pattern in recipe.documents:
        name = values.get(heading_key(pattern)) if "{" not in pattern else None
        text = _filled(pattern, values) if name is None else name
        if not text:
            if found:
                continue  # an attachment that this letter does not have
            raise CommandError("its main document is not named.")
        path = recipe.folder / text
        if not path.is_file():
            raise CommandError(f"{path.name} does not exist or is not a file.")
        found.append(path)
    return found


def _purpose(values: Mapping[str, str], default: Formaal) -> Formaal:
    told = next((values[name] for name in map(heading_key, _PURPOSE) if values.get(name)), None)
    try:
        return default if told is None else Formaal(told.casefold())
    except ValueError:
        names = " or ".join(each.value for each in Formaal)
        raise CommandError(f"formaal must be {names}.") from None


def _fysisk_post(values: Mapping[str, str], retur: Postadresse | None) -> FysiskPost | None:
    if not any(values.get(name) for name in ("poststed", "land", "landkode")):
        return None
    if retur is None:
        raise CommandError("it has a postal address, and --return-address is not given.")
    return FysiskPost(
        mottaker=_address(values),
        retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=retur),
    )


def _address(values: Mapping[str, str]) -> Postadresse:
    navn = next((values[name] for name in _NAME if values.get(name)), "")
    lines = [values.get(name) or None for name in _LINES]
    land, landkode = values.get("land") or None, values.get("landkode") or None
    norwegian = landkode in (None, "NO") and land in (None, "Norge", "NORGE", "Norway")
    if norwegian:
        return Postadresse(
            navn=navn,
            adresse=NorskAdresse(
                adresselinje1=lines[0] or "",
                adresselinje2=lines[1],
                adresselinje3=lines[2],
                postnummer=values.get("postnummer", ""),
                poststed=values.get("poststed", ""),
            ),
        )
    town = " ".join(filter(None, (values.get("postnummer"), values.get("poststed"))))
    filled = [line for line in (*lines, town or None) if line]
    first, second, third, fourth = [*filled, None, None, None, None][:4]
    return Postadresse(
        navn=navn,
        adresse=UtenlandskAdresse(
            adresselinje1=first or "",
            adresselinje2=second,
            adresselinje3=third,
            adresselinje4=fourth,
            landkode=landkode,
            land=None if landkode else land,
        ),
    )


def _value(
    values: Mapping[str, str], named: str | None, well_known: Sequence[str], what: str
) -> str:
    names = (named,) if named else well_known
    for name in map(heading_key, names):
        if name in values:
            if values[name]:
                return values[name]
            raise CommandError(f"its {what} is empty.")
    raise CommandError(f"there is no column for the {what}; name it with an option.")


def _filled(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = heading_key(found[1])
        if name not in values:
            raise CommandError(f"there is no column for {{{found[1]}}}.")
        return values[name]

    return _PLACEHOLDER.sub(value, text)


def _words(error: SdpError) -> str:
    if isinstance(error, InvalidInputError):
        return "; ".join(str(problem) for problem in error.problems) + "."
    return error.message
