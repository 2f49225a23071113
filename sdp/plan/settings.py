"""The settings of a plan: `plan.toml`, read with every rule that it breaks."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sdp.domain.aktorer import check_organisasjonsnummer
from sdp.gate.files import read_file
from sdp.plan.model import (
    IDag,
    Kapasitet,
    Leveranse,
    Milepael,
    Porto,
    Prosjekt,
    Utskrift,
)
from sdp.plan.numbers import Origin, Tall
from sdp.plan.sensitivity import DEFAULT_RANGES
from sdp.plan.tables import Bounds, decoded, may_be_a_person
from sdp.plan.texts import Language
from sdp.plan.toml_section import FILE, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sdp.plan.findings import Findings

_KRONER: Final = Bounds(Decimal(0), Decimal(10_000))
_PROJECT: Final = Bounds(Decimal(0), Decimal(1_000_000_000))
_MINUTES: Final = Bounds(Decimal(0), Decimal(1440))
_YEAR: Final = Bounds(Decimal(2020), Decimal(2099), whole=True)
_DAYS: Final = Bounds(Decimal(0), Decimal(1000), whole=True)
_SHEETS: Final = Bounds(Decimal(1), Decimal(1000), whole=True)
_RATE: Final = Bounds(Decimal(1), Decimal(10_000_000))
_HOURS: Final = Bounds(Decimal(1), Decimal(24))
_CHANGE: Final = Bounds(Decimal(-100), Decimal(1000))
_SECTIONS: Final = {
    "virksomhet": ("navn", "organisasjonsnummer", "aar", "spraak"),
    "i_dag": ("papir", "porto", "ekstra_ark", "minutter", "timekost", "antatt"),
    "prosjekt": ("engang", "fast_per_aar", "start", "antatt"),
    "formidling": ("kanal",),
    "utskrift": ("hvor", "forste_ark", "ekstra_ark", "farge", "porto", "antatt"),
    "kapasitet": ("brev_per_time", "timer_per_dag", "antatt"),
    "leveranse": ("nr", "dato", "tjenester"),
    "milepael": ("id", "fase", "navn", "virkedager", "etter", "ansvar", "dato"),
    "folsomhet": tuple(DEFAULT_RANGES),
}
_PRINTERS: Final = ("sentral", "egen")
_DEFAULT_HOURS: Final = Tall(Decimal(8), Origin.ANTATT)
_BARE_NORWEGIAN: Final = re.compile(r"^\s*\[+\s*[\w.]*[æøåÆØÅ][\w.]*\s*\]+", re.MULTILINE)


class Settings:
    """Everything that `plan.toml` says; None for what is missing or wrong, which is a finding."""

    def __init__(self, path: Path, findings: Findings) -> None:
        self._findings = findings
        self._text = decoded(read_file(path)) if path.is_file() else ""
        tables = self._tables(path)
        self.is_readable: bool = tables is not None
        self._told: Mapping[str, Any] = tables or {}

    def virksomhet(self) -> tuple[str | None, str, int | None, Language]:
        """Read who plans: name, organisation number, year and language."""
        table = self._section("virksomhet")
        orgnr = table.text("organisasjonsnummer")
        if orgnr:
            try:
                check_organisasjonsnummer(orgnr)
            except ValueError:
                # A plan stands without its owner's number; nothing is calculated from it.
                table.warning("organisation_invalid", "organisasjonsnummer")
                orgnr = ""
        spraak = table.text("spraak") or Language.NB
        if spraak not in set(Language):
            table.error("not_word", "spraak", allowed=", ".join(Language))
            spraak = Language.NB
        year = table.number("aar", _YEAR)
        return table.needed("navn"), orgnr, int(year.value) if year else None, Language(spraak)

    def i_dag(self) -> IDag | None:
        """Read what a letter costs today."""
        table = self._section("i_dag")
        papir, porto, ekstra = (
            table.number(key, _KRONER) for key in ("papir", "porto", "ekstra_ark")
        )
        minutter, timekost = table.number("minutter", _MINUTES), table.number("timekost", _KRONER)
        if papir and porto and ekstra and minutter and timekost:
            return IDag(papir, porto, ekstra, minutter, timekost)
        return None

    def prosjekt(self) -> Prosjekt | None:
        """Read what the project costs."""
        table = self._section("prosjekt")
        engang, fast = table.number("engang", _PROJECT), table.number("fast_per_aar", _PROJECT)
        start = table.day("start")
        return Prosjekt(engang, fast, start) if engang and fast else None

    def kanal(self) -> str | None:
        """Read how letters are carried: by the agency itself or through KS Fiks."""
        return self._section("formidling").word("kanal", ("egen", "ks"))

    def utskrift(self) -> Utskrift:
        """Read where letters are printed and what it costs; a price that is not told is unknown."""
        table = self._section("utskrift")
        hvor = (table.word("hvor", _PRINTERS) if table.text("hvor") else None) or _PRINTERS[0]
        first, extra, colour = (
            table.number(key, _KRONER, optional=True)
            for key in ("forste_ark", "ekstra_ark", "farge")
        )
        return Utskrift(hvor, first, extra, colour, tuple(self._postage(table)))

    def _postage(self, table: Section) -> Iterable[Porto]:
        rows = sorted(table.tables("porto"), key=lambda each: str(each.raw("til_ark")).zfill(9))
        for row in rows:
            row.antatt |= table.antatt
            sheets = row.number("til_ark", _SHEETS)
            innland, utland = row.number("innland", _KRONER), row.number("utland", _KRONER)
            if sheets and innland and utland:
                yield Porto(int(sheets.value), innland, utland)

    def kapasitet(self) -> Kapasitet | None:
        """Read the measured rate of sending; without it, peaks cannot be found."""
        table = self._section("kapasitet")
        rate = table.number("brev_per_time", _RATE, optional=True)
        hours = table.number("timer_per_dag", _HOURS, optional=True)
        return Kapasitet(rate, hours or _DEFAULT_HOURS) if rate else None

    def leveranser(self) -> tuple[Leveranse, ...]:
        """Read the deliveries, earliest first."""
        found = []
        for table in self._sections("leveranse"):
            nr, dato = table.needed("nr"), table.day("dato", needed=True)
            if nr and dato:
                found.append(Leveranse(nr, dato, table.words("tjenester")))
        return tuple(sorted(found, key=lambda each: each.dato))

    def milepaeler(self) -> tuple[Milepael, ...]:
        """Read the milestones, in the order of the file."""
        found = []
        for table in self._sections("milepael"):
            id_, navn = table.needed("id"), table.needed("navn")
            days = table.number("virkedager", _DAYS, optional=True)
            dato = table.day("dato")
            if id_ and navn:
                found.append(
                    Milepael(
                        id=id_,
                        fase=table.text("fase"),
                        navn=navn,
                        virkedager=int(days.value) if days else 0,
                        etter=table.words("etter"),
                        ansvar=table.text("ansvar"),
                        dato=dato,
                        row=table.line(),
                    )
                )
        return tuple(found)

    def ranges(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Read the ranges of the sensitivity: `parameter = [low, high]`, changes in per cent."""
        table, found = self._section("folsomhet"), {}
        for name in DEFAULT_RANGES:
            told = table.raw(name)
            if told is None:
                continue
            ends = [_change(each) for each in told] if isinstance(told, list) else []
            low, high = ends if len(ends) == 2 else (None, None)
            if low is None or high is None or low > high:
                table.error("not_range", name)
                continue
            found[name] = (low, high)
        return found

    def _section(self, name: str) -> Section:
        told = self._told.get(name, {})
        if isinstance(told, dict):
            return Section(name, told, None, self._text, self._findings)
        self._findings.error("not_table", FILE, None, name)
        return Section(name, {}, None, self._text, self._findings)

    def _sections(self, name: str) -> list[Section]:
        told = self._told.get(name, [])
        if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
            self._findings.error("not_tables", FILE, None, name)
            return []
        return [Section(name, each, at, self._text, self._findings) for at, each in enumerate(told)]

    def _tables(self, path: Path) -> Mapping[str, Any] | None:
        if not path.is_file():
            self._findings.error("file_missing", FILE)
            return None
        text = _BARE_NORWEGIAN.sub(lambda head: _ascii(head[0]), self._text)
        try:
            told = tomllib.loads(text, parse_float=Decimal)
        except (ValueError, RecursionError) as error:  # a number of too many digits is a ValueError
            line = re.search(r"line (\d+)", str(error))
            self._findings.error("not_toml", FILE, int(line[1]) if line else None)
            return None
        folded = {_ascii(name): table for name, table in told.items()}
        self._warn_of_the_unknown(folded)
        return folded

    def _warn_of_the_unknown(self, told: Mapping[str, Any]) -> None:
        for section, table in told.items():
            if section not in _SECTIONS:
                self._unknown(section, _SECTIONS)
                continue
            for each in table if isinstance(table, list) else [table]:
                for key in each if isinstance(each, dict) else ():
                    if key not in _SECTIONS[section]:
                        self._unknown(f"{section}.{key}", _SECTIONS[section])

    def _unknown(self, name: str, known: Iterable[str]) -> None:
        shown = "…" if may_be_a_person(name) else name
        self._findings.warning("key_unknown", FILE, None, shown, known=", ".join(known))


def _change(value: object) -> Decimal | None:
    """Return a change in per cent; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    change = Decimal(value)
    return change if change.is_finite() and _CHANGE.low <= change <= _CHANGE.high else None


def _ascii(name: str) -> str:
    for letter, ascii_ in (("å", "aa"), ("ø", "o"), ("æ", "ae"), ("Å", "aa"), ("Ø", "o")):
        name = name.replace(letter, ascii_)
    return name.replace("Æ", "ae")
