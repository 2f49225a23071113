"""The base of every domain value, its field types, and the error for a broken rule.

A value is frozen, checked on construction, and silent about private data. Its broken rules are told
in plain words, without what was given. Text is limited as the schemas limit it, counted in Unicode
code points, and never altered.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from enum import EnumMeta
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self, TypeVar, get_args
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import CoreSchema, core_schema

from sdp._model import Model
from sdp.errors import InvalidInputError, Problem
from sdp.gate import NOT_XML, canonical_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic_core import ErrorDetails


def xml_text(value: str) -> str:
    """Refuse characters that XML 1.0 cannot carry (section 2.2 of that recommendation)."""
    found = NOT_XML.search(value)
    if found is None:
        return value
    raise ValueError(f"must not contain U+{ord(found[0]):04X}, a character XML cannot carry")


_DRAWN_AS_NOTHING: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by category, and nothing on paper: fillers, and Braille without dots."""


def is_blank(value: object) -> bool:
    """Tell whether a text has nothing to read in it; None and other values are not blank text.

    Marks that stand over or after a letter are nothing to read without one.
    """
    return isinstance(value, str) and all(
        character in _DRAWN_AS_NOTHING or unicodedata.category(character)[0] in "ZCM"
        for character in value
    )


def check_length(minimum: int, maximum: int | None = None) -> Callable[[str], str]:
    """Make a check of text that XML can carry, of this many characters."""

    def check(value: str) -> str:
        length = len(value)
        if minimum <= length and (maximum is None or length <= maximum):
            # What is printable is XML too, which takes a tenth of the time to find out.
            return value if value.isprintable() else xml_text(value)
        if maximum is None:
            raise ValueError("must not be empty")
        least = f"{minimum} to" if minimum else "at most"
        raise ValueError(f"must be {least} {maximum} characters; it is {length}")

    return check


def tekst(minimum: int, maximum: int | None = None) -> AfterValidator:
    """Text that XML can carry, of this many characters."""
    return AfterValidator(check_length(minimum, maximum))


def form(pattern: str, rule: str) -> AfterValidator:
    """Text that matches the whole of `pattern`; `rule` says so in words."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise ValueError(rule)

    return AfterValidator(check)


Fritekst = Annotated[str, tekst(0)]
"""Text of any length, which may be empty."""

Utfylt = Annotated[str, tekst(1)]
"""Text of any length but none."""

Spraakkode = Annotated[
    str, form("[A-Za-z]{2}", "must be a language code of two letters (ISO 639-1)")
]
"""A language code. sdp-felles.xsd: Spraakkode."""


_MINUTE = timedelta(minutes=1)
_WIDEST = timedelta(hours=14)


def aware(moment: datetime) -> datetime:
    """Return the moment unchanged.

    Raises:
        ValueError: it has no time zone, or one that xsd:dateTime cannot carry.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("must say its time zone, such as datetime(..., tzinfo=UTC)")
    if offset and (offset % _MINUTE or abs(offset) > _WIDEST):
        raise ValueError("must have a UTC offset of whole minutes, at most 14 hours")
    return moment


Tidspunkt = Annotated[datetime, AfterValidator(aware)]
"""An aware datetime; its `isoformat()` is valid as RFC 3339 and as xsd:dateTime."""


_NOT_IN_AN_ADDRESS = re.compile(r'[\s\x00-\x20\x7f<>"{}|\\^`]|%(?![0-9A-Fa-f]{2})')


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    if _NOT_IN_AN_ADDRESS.search(value):
        raise ValueError("must not contain spaces or other characters that belong percent-encoded")
    try:
        parts = urlsplit(value)
        known = parts.hostname is not None and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        raise ValueError("must name a host")
    return value


HttpLenke = Annotated[str, tekst(1), AfterValidator(_http)]
"""An http or https address. Source: sdp-manifest.xsd, HttpLenke."""


def _uuid(value: object) -> object:
    return canonical_uuid(value) if isinstance(value, UUID | str) else value


Uuid = Annotated[str, BeforeValidator(_uuid, json_schema_input_type=UUID | str)]
"""The canonical text of a UUID, which may be given as a `UUID` or as text in its plain form."""


class ProblemsError(ValueError):
    """Rules broken by several fields together; each problem names the field it is about."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


def invalid_input(kind: type[Model], error: ValidationError) -> InvalidInputError:
    """Say in the library's own words what pydantic found wrong with a value of this kind."""
    details = error.errors(include_url=False, include_input=False)
    found = [problem for detail in details for problem in _problems(detail, kind)]
    return InvalidInputError(kind.__name__, found)


def _problems(detail: ErrorDetails, kind: type[Model]) -> Iterator[Problem]:
    field = _path(detail["loc"])
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, ProblemsError):
        for problem in cause.problems:
            yield Problem(f"{field}.{problem.field}" if field else problem.field, problem.rule)
    else:
        yield Problem(field, _rule(detail, kind))


def _path(location: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).removeprefix(".")


def _members(kind: type[Model], name: str) -> str | None:
    """List the members of the enumeration of that name that a field of this kind takes."""
    for field in kind.__pydantic_fields__.values():
        for taken in (field.annotation, *get_args(field.annotation)):
            if isinstance(taken, EnumMeta) and taken.__name__ == name:
                return " or ".join(f"{name}.{member}" for member in taken.__members__)
    return None


def _rule(detail: ErrorDetails, kind: type[Model]) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "value_error":
            return str(context["error"])
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not a field that exists"
        case "string_type":
            return "must be text"
        case "int_type":
            return "must be a whole number"
        case "bool_type":
            return "must be True or False"
        case "bytes_type":
            return "must be bytes"
        case "date_type":
            return "must be a date without a time of day"
        case "datetime_type":
            return "must be a datetime"
        case "tuple_type":
            return "must be a tuple or a list"
        case "is_instance_of":
            members = _members(kind, context["class"])
            return f"must be {members or 'of the type ' + context['class']}"
        case "model_type":
            return f"must be of the type {context['class_name']}"
        case _:
            return "is not of the right kind"


T = TypeVar("T")


class _Privat:
    """Marks a field whose value must not be shown."""


class _Mask:
    def __repr__(self) -> str:
        return "***"


_MASK = _Mask()

Privat = Annotated[T, _Privat()]
"""A field whose value `repr` shows as `***`."""


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Rekke = Annotated[tuple[T, ...], BeforeValidator(_as_tuple)]
"""A sequence that is kept as a tuple and may be given as a list."""


def antall(minimum: int, maximum: int) -> AfterValidator:
    """Refuse sequences with fewer or more items than the schema allows."""

    def check(items: tuple[T, ...]) -> tuple[T, ...]:
        if minimum <= len(items) <= maximum:
            return items
        raise ValueError(f"must hold {minimum} to {maximum} items; it holds {len(items)}")

    return AfterValidator(check)


class Instans:
    """Accept ready-made instances of these types and nothing else.

    Args:
        types: the types.
        told: their names in the error, if not their own.
    """

    def __init__(self, *types: type, told: str = "") -> None:
        self._types = types
        self._exactly = frozenset(types)
        names = (kind.__name__ for kind in types if kind is not NoneType)
        self._told = told or " or ".join(names)

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        """Leave the types themselves unseen by pydantic."""
        return core_schema.no_info_plain_validator_function(self._check)

    def _check(self, value: object) -> object:
        if type(value) in self._exactly or isinstance(value, self._types):
            return value
        raise ValueError(f"must be of the type {self._told}")


class Verdi(Model):
    """A frozen value that obeys every limit of the specification from the moment it exists.

    Raises:
        InvalidInputError: listing each field that breaks a rule; no value is repeated.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        defer_build=True,
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    if not TYPE_CHECKING:  # type checkers have the fields themselves

        def __init__(self, /, **values: Any) -> None:
            try:
                self.__pydantic_validator__.validate_python(values, self_instance=self)
            except ValidationError as error:
                raise invalid_input(type(self), error) from error

        # Without this mark, a value nested as a mapping would raise here on its own, and the error
        # would lose both its full path and the problems of its neighbours.
        __init__.__pydantic_base_init__ = True

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002
        """Return a copy whose updated fields are checked as on construction."""
        return type(self)(**{**self.__dict__, **(update or {})})

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen; make a new one instead")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen; make a new one instead")

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        written = self.__dict__  # without some, while the value is being made
        for name, field in type(self).__pydantic_fields__.items():
            if name not in written:
                continue
            value = written[name]
            private = any(isinstance(mark, _Privat) for mark in field.metadata)
            yield name, _MASK if private and value is not None else value


V = TypeVar("V", bound=Verdi)


def with_checked(value: V, **fields: Any) -> V:
    """Return a copy of a value with fields that keep its rules already, alone and together.

    `model_copy` checks every field anew, which is most of what a copy costs.
    """
    copy = object.__new__(type(value))
    object.__setattr__(copy, "__dict__", {**value.__dict__, **fields})
    object.__setattr__(copy, "__pydantic_fields_set__", {*value.model_fields_set, *fields})
    object.__setattr__(copy, "__pydantic_extra__", None)
    object.__setattr__(copy, "__pydantic_private__", None)
    return copy
