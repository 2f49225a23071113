"""Norwegian working days and holidays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sdp.plan.extras import optional
from sdp.plan.texts import Language, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ONE: Final = timedelta(days=1)
_SATURDAY: Final = 5
_WEEKEND: Final = {5: "saturday", 6: "sunday"}


@dataclass(frozen=True, slots=True)
class Workdays:
    """Tells working days from holidays and weekends, year by year. Needs the extra `plan`."""

    language: Language
    _years: dict[int, Mapping[date, str]] = field(default_factory=dict, repr=False, compare=False)

    def holiday(self, day: date) -> str | None:
        """Return the name of a public holiday; None for any other day, weekends included."""
        if day.year not in self._years:
            told = "en_US" if self.language is Language.EN else "no"
            library = optional("holidays")
            self._years[day.year] = library.country_holidays("NO", years=day.year, language=told)
        return self._years[day.year].get(day)

    def day_off(self, day: date) -> str | None:
        """Return the name of a holiday or of a day of the weekend; None for a working day."""
        weekend = _WEEKEND.get(day.weekday())
        return self.holiday(day) or (weekend and Texts(self.language)(f"calendar.{weekend}"))

    def is_workday(self, day: date) -> bool:
        """Tell whether people are at work."""
        return day.weekday() < _SATURDAY and self.holiday(day) is None

    def first_from(self, day: date) -> date:
        """Return the day, or the next working day after it."""
        while not self.is_workday(day):
            day += _ONE
        return day

    def after(self, day: date) -> date:
        """Return the working day after a day."""
        return self.first_from(day + _ONE)

    def finish(self, start: date, days: int) -> date:
        """Return the last day of so many working days from a start; the start itself for none."""
        day = self.first_from(start)
        for _ in range(days - 1):
            day = self.after(day)
        return day

    def start(self, finish: date, days: int) -> date:
        """Return the first day of so many working days that end on a day."""
        day = finish
        for _ in range(days - 1):
            day -= _ONE
            while not self.is_workday(day):
                day -= _ONE
        return day

    def between(self, first: date, last: date) -> Iterator[date]:
        """Give the working days from the first to the last day, both included."""
        day = first
        while day <= last:
            if self.is_workday(day):
                yield day
            day += _ONE
