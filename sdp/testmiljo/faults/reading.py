"""Faults by name and in scenario files: their fields, read from text, JSON or TOML."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_type_hints

from sdp.config.loading import read_toml
from sdp.errors import ConfigurationError
from sdp.testmiljo.faults.kinds import (
    CommonFault,
    Fault,
    Planned,
    RestDefect,
    RevocationFault,
    SoapDefect,
    Traffic,
    traffic_of,
)
from sdp.testmiljo.validators.rejection import Ebms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


MOST_TIMES: Final = 1000
ALWAYS: Final = "always"
"""The `times` of a fault that lasts until faults are cleared."""
_ABOUT_EVERY_FAULT: Final = ("fault", "times", "on")
_LONGEST_DELAY = 600.0
_LONGEST_TEXT = 1000
_LABELS: Final = {
    "at": "After so many bytes",
    "status": "HTTP status",
    "accepted": "Accepted first",
    "seconds": "Seconds late",
}


def _same(*choices: str) -> tuple[tuple[str, str], ...]:
    return tuple((choice, choice) for choice in choices)


_CHOICES: Final = {
    "code": _same("Sender", "Receiver"),
    "error": _same(
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    ),
}
_DEFECTS: Final[tuple[type[Enum], ...]] = (RevocationFault, RestDefect, SoapDefect)
_EBMS: Final = tuple((each.name, f"{each.code} {each.short_description}") for each in Ebms)
_ENUMS: Final[dict[type, tuple[tuple[str, str], ...]]] = {
    Ebms: _EBMS,
    **{
        defects: tuple((each.name, f"{each.name}: {each.value}") for each in defects)
        for defects in _DEFECTS
    },
}

E = TypeVar("E", bound=Enum)


class FaultRefused(Exception):  # noqa: N818 - an answer to whoever asked for it
    """A fault that there is none of, or whose fields are not right."""


@dataclass(frozen=True, slots=True)
class FaultField:
    """One field of a fault.

    Attributes:
        default: None where it must be given.
        choices: what may be given, each with its label, where that is not anything of the kind.
    """

    name: str
    kind: type
    default: object
    is_optional: bool
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def is_required(self) -> bool:
        """True where it must be given."""
        return self.default is None and not self.is_optional

    @property
    def is_number(self) -> bool:
        """True for a number."""
        return self.kind in (int, float)

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The choices, as value and text; nothing where it is written freely."""
        if self.kind is bool:
            return (("true", "yes"), ("false", "no"))
        return self.choices

    @property
    def label(self) -> str:
        """The name of the field as a form shows it."""
        return _LABELS.get(self.name, self.name.capitalize())

    @property
    def rule(self) -> str:
        """The rule for its value, in the words of a script's author."""
        if self.choices:
            return f"one of {', '.join(choice for choice, _ in self.choices)}"
        return {bool: "true or false", str: "text"}.get(self.kind, "a number")

    @property
    def shown(self) -> str:
        """The default as a form shows it."""
        if self.kind is bool:
            return str(self.default).lower()
        return "" if self.default is None else str(self.default)

    def read(self, given: object) -> object:
        """Read a value, as text or as JSON has it.

        Raises:
            FaultRefused: it is not of the kind.
        """
        if self.kind is Ebms:
            return _ebms(self.name, given)
        if self.kind in _DEFECTS:
            return _named(self.kind, self.name, given)
        if self.kind is bool:
            return _flag(self.name, given)
        if self.choices and given not in dict(self.choices):
            raise FaultRefused(f"{self.name} must be {self.rule}.")
        if self.kind is str:
            return _text(self.name, given)
        number = _number(self.name, given)
        if self.kind is int and number != int(number):
            raise FaultRefused(f"{self.name} must be a whole number.")
        if self.name == "status" and not 200 <= number <= 599:
            raise FaultRefused("status must be from 200 to 599.")
        if self.name == "seconds" and number > _LONGEST_DELAY:
            raise FaultRefused(f"seconds may be {_LONGEST_DELAY:.0f} at most.")
        return int(number) if self.kind is int else number


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A fault one can ask for.

    Attributes:
        traffic: what it can happen to.
        is_common: whether it can happen to any request.
    """

    name: str
    explanation: str
    fields: tuple[FaultField, ...]
    traffic: tuple[Traffic, ...]
    is_common: bool
    make: Callable[..., Fault]

    @property
    def any_traffic(self) -> str:
        """The requests it happens to where no traffic is named."""
        if self.is_common:
            return "any request, but for tokens and lookups"
        return "any request of these"

    def read(self, given: Mapping[str, object]) -> Fault:
        """Make the fault; fields that are not given, or empty, get their defaults.

        Raises:
            FaultRefused: a field is missing, not right, or none of this fault.
        """
        known = (*_ABOUT_EVERY_FAULT, *(field.name for field in self.fields))
        for name in given:
            if name not in known:
                raise FaultRefused(f"{name} is no field of {self.name}.")
        values: dict[str, object] = {}
        for field in self.fields:
            value = given.get(field.name)
            if value is None or (value == "" and field.kind is not str):
                if field.is_required:
                    raise FaultRefused(f"{field.name} must be given.")
                continue
            if value == "" and field.is_optional:
                continue
            values[field.name] = field.read(value)
        return self.make(**values)


def _kind(fault: type[Fault]) -> FaultKind:
    hints = get_type_hints(fault, localns={"Ebms": Ebms})
    fields = []
    for field in dataclasses.fields(fault):
        members = get_args(hints[field.name])
        kind = members[0] if members else hints[field.name]
        default = None if field.default is dataclasses.MISSING else field.default
        choices = _ENUMS.get(kind) or _CHOICES.get(field.name, ())
        fields.append(FaultField(field.name, kind, default, type(None) in members, choices))
    explanation = " ".join((fault.__doc__ or "").replace("`", "").split())
    is_common = issubclass(fault, CommonFault)
    return FaultKind(
        fault.__name__, explanation, tuple(fields), traffic_of(fault), is_common, fault
    )


FAULT_KINDS: Final = {fault.__name__: _kind(fault) for fault in get_args(Fault)}
"""Every fault, by the name of its class."""


def read_fault(given: Mapping[str, object]) -> Planned:
    """Read what is to go wrong, how many times, and for which traffic.

    Args:
        given: `fault`, its own fields, and perhaps `times` and `on`. `times` may be "always".

    Raises:
        FaultRefused: something is missing or not right.
    """
    kind = FAULT_KINDS.get(str(given.get("fault")))
    if kind is None:
        raise FaultRefused(f"fault must be one of {', '.join(FAULT_KINDS)}.")
    times = _times(given.get("times"))
    on = given.get("on") or None
    traffic = None if on is None else _named(Traffic, "on", on)
    if traffic is not None and traffic not in kind.traffic:
        possible = ", ".join(each.name for each in kind.traffic)
        raise FaultRefused(f"on must be one of {possible} for {kind.name}.")
    return Planned(kind.read(given), times, traffic)


def _times(given: object) -> int | None:
    if given == ALWAYS:
        return None
    times = 1.0 if given is None or given == "" else _number("times", given)
    if times != int(times) or not 1 <= times <= MOST_TIMES:
        raise FaultRefused(f"times must be a whole number from 1 to {MOST_TIMES}, or {ALWAYS}.")
    return int(times)


def described(fault: Fault) -> dict[str, Any]:
    """Write a fault as JSON has it."""
    values = {field.name: _plain(getattr(fault, field.name)) for field in dataclasses.fields(fault)}
    return {"fault": type(fault).__name__, **values}


def _plain(value: object) -> object:
    return value.name if isinstance(value, Enum) else value


def _named(enum: type[E], name: str, given: object) -> E:
    try:
        return enum[str(given)]
    except KeyError:
        raise FaultRefused(f"{name} must be one of {', '.join(enum.__members__)}.") from None


def _ebms(name: str, given: object) -> Ebms:
    error = Ebms.find(str(given))
    if error is None:
        known = ", ".join(label for _, label in _EBMS)
        raise FaultRefused(f"{name} must be one of {known}; the code or the name.")
    return error


def _flag(name: str, given: object) -> bool:
    if isinstance(given, bool):
        return given
    if given in ("true", "false"):
        return given == "true"
    raise FaultRefused(f"{name} must be true or false.")


def _text(name: str, given: object) -> str:
    if not isinstance(given, str) or len(given) > _LONGEST_TEXT:
        raise FaultRefused(f"{name} must be text, {_LONGEST_TEXT} characters at most.")
    return given


def _number(name: str, given: object) -> float:
    try:
        number = float(given) if isinstance(given, int | float | str) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0 or isinstance(given, bool):
        raise FaultRefused(f"{name} must be a number, 0 or more.")
    return number


def read_scenario(path: str | Path) -> tuple[Planned, ...]:
    """Read a TOML file of `[[fault]]` tables; `Faults.play` plays them in their order.

    A table has the name of a fault as `fault`, the fault's own fields, and perhaps `times` and
    `on`, the name of a `Traffic`: all as the JSON API has them.

    Raises:
        ConfigurationError: the file cannot be read; or naming each table that is wrong by its
            number from 1, with the field and the rule it breaks.
    """
    path = Path(path)
    content = read_toml(path)
    try:
        return tuple(_planned(_tables(content)))
    except FaultRefused as refused:
        raise ConfigurationError(f"The scenario in {path} is wrong: {refused}") from None


def _tables(content: dict[str, Any]) -> list[dict[str, Any]]:
    tables = content.get("fault")
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise FaultRefused("it must have tables [[fault]].")
    if len(content) > 1:
        raise FaultRefused(f"it must have nothing beside [[fault]], as {_other(content)}.")
    return tables


def _planned(tables: Iterable[dict[str, Any]]) -> list[Planned]:
    planned: list[Planned] = []
    problems: list[str] = []
    for number, table in enumerate(tables, start=1):
        try:
            planned.append(read_fault(table))
        except FaultRefused as refused:
            problems.append(f"[[fault]] number {number}: {refused}")
    if problems:
        raise FaultRefused(" ".join(problems))
    return planned


def _other(content: dict[str, Any]) -> str:
    return next(name for name in content if name != "fault")
