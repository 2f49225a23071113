"""The official JSON Schemas of DPI, their references resolved on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry, Resource

from tests.reference import reference

_ROOT = "https://docs.digdir.no/schemas/dpi"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


@cache
def message_schema(kind: str) -> Draft7Validator:
    """The schema of one kind of message, such as `digital`; formats are held to as well."""
    registry = _registry()
    schema = registry.contents(f"{_ROOT}/{kind}.schema.json")
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema, registry=registry, format_checker=_formats())


def assert_obeys(message: dict[str, Any], kind: str) -> None:
    """Fail with the schema's own words where a message breaks it."""
    found = [
        f"{error.json_path}: {error.message}" for error in message_schema(kind).iter_errors(message)
    ]
    assert not found


@cache
def _registry() -> Registry[Any]:
    resources = [Resource.from_contents(schema) for schema in _schemas()]
    return Registry[Any]().with_resources((resource.id() or "", resource) for resource in resources)


def _schemas() -> Iterator[Any]:
    for path in sorted(reference("schemas/dpi-json").rglob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=("date", "email", "uuid"))
    checker.checks("date-time", raises=ValueError)(_is_date_time)
    return checker


def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return _RFC3339.fullmatch(value) is not None and bool(datetime.fromisoformat(value))
