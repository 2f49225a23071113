"""One table of `plan.toml`, and the reading of its values."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sdp.plan.numbers import Origin, Tall, read_number
from sdp.plan.tables import may_be_a_person, read_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sdp.plan.findings import Findings
    from sdp.plan.tables import Bounds

FILE: Final = "plan.toml"


class Section:
    """One table of the file. What is wrong with a value becomes a finding, and the value None."""

    def __init__(
        self, name: str, told: Mapping[str, Any], at: int | None, text: str, findings: Findings
    ) -> None:
        self._name, self._told, self._at = name, told, at
        self._text, self._findings = text, findings
        assumed = told.get("antatt", [])
        self.antatt: set[str] = (
            {str(each) for each in assumed} if isinstance(assumed, list) else set()
        )

    def error(self, code: str, key: str, **values: object) -> None:
        """Add an error about a key."""
        self._findings.error(code, FILE, self.line(key), f"{self._name}.{key}", **values)

    def warning(self, code: str, key: str, **values: object) -> None:
        """Add a warning about a key."""
        self._findings.warning(code, FILE, self.line(key), f"{self._name}.{key}", **values)

    def raw(self, key: str) -> Any:
        """Return a value as TOML has it."""
        return self._told.get(key)

    def text(self, key: str) -> str:
        """Return a text; numbers and dates as they are written."""
        value = self.raw(key)
        if value is None or isinstance(value, (list, dict, bool)):
            return ""
        text = str(value).strip()
        if may_be_a_person(text):
            self.error("number_of_person", key)
            return ""
        return text

    def needed(self, key: str) -> str | None:
        """Return a text that must be there."""
        text = self.text(key)
        if not text:
            self.error("key_missing", key)
        return text or None

    def word(self, key: str, allowed: tuple[str, ...]) -> str | None:
        """Return one of some words."""
        text = (self.needed(key) or "").casefold()
        if text and text not in allowed:
            self.error("not_word", key, allowed=", ".join(allowed))
        return text if text in allowed else None

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text is a list of one."""
        value = self.raw(key)
        if value is None:
            return ()
        told = value if isinstance(value, list) else [value]
        if any(isinstance(each, (dict, list)) or may_be_a_person(str(each)) for each in told):
            self.error("not_words", key)
            return ()
        return tuple(str(each).strip() for each in told if str(each).strip())

    def number(self, key: str, bounds: Bounds, *, optional: bool = False) -> Tall | None:
        """Return a number within bounds; a missing one is an error unless it is optional."""
        value = self.raw(key)
        if value is None or value == "":
            if not optional:
                self.error("key_missing", key)
            return None
        try:
            found = read_number(str(value)) if not isinstance(value, bool) else None
        except ValueError:
            found = None
        if found is None:
            self.error("not_number", key)
            return None
        if bounds.whole and found.value != found.value.to_integral_value():
            self.error("not_whole", key)
            return None
        if not bounds.low <= found.value <= bounds.high:
            self.error("out_of_range", key, low=bounds.low, high=bounds.high)
            return None
        return Tall(found.value, Origin.ANTATT) if key in self.antatt else found

    def day(self, key: str, *, needed: bool = False) -> date | None:
        """Return a date."""
        value = self.raw(key)
        if value is None and not needed:
            return None
        found = read_date(value.isoformat() if type(value) is date else str(value or ""))
        if found is None:
            self.error("not_date" if value else "key_missing", key)
        return found

    def tables(self, key: str) -> list[Section]:
        """Return an array of tables within this one."""
        told = self.raw(key) or []
        if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
            self.error("not_tables", key)
            return []
        return [
            Section(f"{self._name}.{key}", each, at, self._text, self._findings)
            for at, each in enumerate(told)
        ]

    def line(self, key: str = "") -> int | None:
        """Find the line of a key, or of the table's heading where the key is not written."""
        heading = re.compile(rf"\s*\[+\s*[\"']?{re.escape(self._name)}[\"']?\s*\]+")
        seen, inside = -1, None
        for number, line in enumerate(self._text.splitlines(), 1):
            if line.lstrip().startswith("["):
                seen += heading.match(line) is not None
                here = heading.match(line) is not None and seen == (self._at or 0)
                if inside is not None:
                    return inside
                inside = number if here else None
            elif inside is not None and key and re.match(rf"\s*{re.escape(key)}\s*=", line):
                return number
        return inside
