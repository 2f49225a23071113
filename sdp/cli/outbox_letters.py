"""Letters in CSV files: a row for each, with placeholders for what differs between them."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile, zip_longest
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
_ADDRESS: Final = (*_LINES, "postnummer", "poststed", "land", "landkode")
_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
_DIGITS: Final = re.compile(r"\d{6,}")
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
            In a pattern, `*` stands for any characters, and must leave one file for each letter.
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
    for line, values in _rows(path, recipe):
        try:
            nokkel, _, _ = _letter(values, recipe)
            first = keys.setdefault(nokkel, line)
            if first != line:
                raise CommandError(f"its key is also that of row {first}.")
        except SdpError as error:
            faults.append(f"row {line}: {_words(error)}")
    if not keys and not faults:
        raise CommandError(
            f"{path} has no letters in it.", remedy="Write a row for each below the headings."
        )
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
    for _, values in _rows(path, recipe):
        yield _letter(values, recipe)


def _rows(path: Path, recipe: Recipe) -> Iterator[tuple[int, _Values]]:
    with opened(path) as file:
        rows = filled_rows(file)
        _, first = next(rows, (0, None))
        if first is None:
            raise CommandError(f"{path} is empty.", remedy="Give a CSV file with headings.")
        headings = [heading_key(cell) for cell in first]
        _check_headings(headings, recipe)
        for number, cells in rows:
            yield number, _Values(headings, [cell.strip() for cell in cells])


class _Values(dict[str, str]):
    """The cells of one row by their headings. One that is missing at its end is empty.

    Attributes:
        fault: why the row cannot be trusted to have its values under the right headings.
    """

    def __init__(self, headings: Sequence[str], cells: Sequence[str]) -> None:
        super().__init__(zip_longest(headings, cells[: len(headings)], fillvalue=""))
        self.fault = ""
        if any(cells[len(headings) :]):
            self.fault = f"it has {len(cells)} columns, and there are {len(headings)} headings."
        elif any(_UNREADABLE in cell for cell in cells):
            self.fault = "it has a character that is in no known encoding; save the file as UTF-8."


def _check_headings(headings: Sequence[str], recipe: Recipe) -> None:
    """Refuse a file whose columns are not those that the recipe asks for.

    Raises:
        CommandError: naming each column that is missing, or that is there twice.
    """
    faults = [
        f"there is no column for the {what}; name it with {option}."
        for what, option, named, well_known in (
            ("personidentifikator", "--person-column", recipe.person, _PERSON),
            ("key", "--key-column", recipe.key, _KEY),
        )
        if not any(heading_key(name) in headings for name in ([named] if named else well_known))
    ]
    texts = (recipe.title, recipe.notice or "", *recipe.documents)
    wanted = list(dict.fromkeys(found for text in texts for found in _PLACEHOLDER.findall(text)))
    missing = [name for name in wanted if heading_key(name) not in headings]
    faults += [f"there is no column for {{{name}}}." for name in missing]
    twice = sorted({name for name in headings if name and headings.count(name) > 1})
    faults += [f"there are two columns {_masked(name)}." for name in twice]
    if faults:
        raise CommandError(
            "The headings of the file do not fit: " + " ".join(faults),
            remedy="Correct the first row of the file, or the options. Nothing has been stored.",
        )


def _letter(values: _Values, recipe: Recipe) -> Letter:
    if values.fault:
        raise CommandError(values.fault)
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
        found.append(_file(recipe.folder, text, is_pattern=name is None))
    return found


def _file(folder: Path, name: str, *, is_pattern: bool) -> Path:
    """Find the one file of a name, or of a pattern with `*` in it."""
    path = folder / name
    if path.is_file():
        return path
    if is_pattern and "*" in path.name:
        found = _matching(path)
        if len(found) == 1:
            return found[0]
        count = f"{len(found)} files match" if found else "no file matches"
        raise CommandError(f"{count} {_masked(path.name)}; it must be one.")
    raise CommandError(f"{_masked(path.name)} does not exist or is not a file.")


def _matching(pattern: Path) -> list[Path]:
    """Find the files of a pattern; a folder of a hundred thousand is listed once, not for each."""
    folder, name = pattern.parent, pattern.name
    try:
        names = _names(folder, folder.stat().st_mtime_ns)
    except OSError:
        return []
    beginning = name.partition("*")[0]
    whole = re.compile(".*".join(map(re.escape, name.split("*"))), re.DOTALL)
    near = (names[at] for at in range(bisect_left(names, beginning), len(names)))
    likely = takewhile(lambda each: each.startswith(beginning), near)
    return [
        path for path in map(folder.joinpath, filter(whole.fullmatch, likely)) if path.is_file()
    ]


@lru_cache(maxsize=4)
def _names(folder: Path, _changed: int) -> tuple[str, ...]:
    return tuple(sorted(each.name for each in folder.iterdir()))


def _purpose(values: Mapping[str, str], default: Formaal) -> Formaal:
    told = next((values[name] for name in map(heading_key, _PURPOSE) if values.get(name)), None)
    try:
        return default if told is None else Formaal(told.casefold())
    except ValueError:
        names = " or ".join(each.value for each in Formaal)
        raise CommandError(f"formaal must be {names}.") from None


def _fysisk_post(values: Mapping[str, str], retur: Postadresse | None) -> FysiskPost | None:
    if not any(values.get(name) for name in _ADDRESS):
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
    name = next(name for name in map(heading_key, names) if name in values)
    if not values[name]:
        raise CommandError(f"its {what} is empty.")
    return values[name]


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[heading_key(found[1])], text)


def _masked(text: str) -> str:
    """Write a text of the file without the digits of a number that a person has."""
    return _DIGITS.sub(lambda digits: "*" * len(digits[0]), text)


def _words(error: SdpError) -> str:
    if isinstance(error, InvalidInputError):
        return "; ".join(str(problem) for problem in error.problems) + "."
    return error.message
