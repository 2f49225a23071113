"""From broken rules to `InvalidInputError`, in plain words and without the values."""

from __future__ import annotations

from enum import EnumMeta
from typing import TYPE_CHECKING, get_args

from sdp.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails


class ProblemsError(ValueError):
    """Rules broken by several fields together; each problem names the field it is about."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


def invalid_input(kind: type[BaseModel], error: ValidationError) -> InvalidInputError:
    """Say in the library's own words what pydantic found wrong with a value of this kind."""
    details = error.errors(include_url=False, include_input=False)
    found = [problem for detail in details for problem in _problems(detail, kind)]
    return InvalidInputError(kind.__name__, found)


def _problems(detail: ErrorDetails, kind: type[BaseModel]) -> Iterator[Problem]:
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


def _members(kind: type[BaseModel], name: str) -> str | None:
    """List the members of the enumeration of that name that a field of this kind takes."""
    for field in kind.model_fields.values():
        for taken in (field.annotation, *get_args(field.annotation)):
            if isinstance(taken, EnumMeta) and taken.__name__ == name:
                return " or ".join(f"{name}.{member}" for member in taken.__members__)
    return None


def _rule(detail: ErrorDetails, kind: type[BaseModel]) -> str:
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
