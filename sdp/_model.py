"""Base of the frozen, checked values: pydantic's model, seen by editors as plain fields.

Editors show the text of a class where it is called only if no class above it has a text for
`__init__`, which pydantic's has. So type checkers see a base of ours, with what we promise of it.

A field is described by the text below it, which editors show and Python forgets. At run time it is
read from the source for `model_fields` and `help`. Pydantic can do that too, with a parser, which
makes the import a quarter slower.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, ClassVar, Self, dataclass_transform

    from pydantic.fields import FieldInfo

    @dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
    class Model:
        """A frozen value whose fields are given by name and checked when it is made."""

        model_config: ClassVar[ConfigDict]
        model_fields: ClassVar[dict[str, FieldInfo]]
        __pydantic_fields__: ClassVar[dict[str, FieldInfo]]

        @property
        def model_fields_set(self) -> set[str]:
            """The names of the fields that were given."""

        @classmethod
        def model_validate(cls, obj: Any) -> Self:
            """Make one of a mapping."""

        @classmethod
        def model_construct(cls, **values: Any) -> Self:
            """Make one without any check; not for use outside tests."""

        def model_copy(
            self, *, update: Mapping[str, Any] | None = None, deep: bool = False
        ) -> Self:
            """Return a copy whose updated fields are checked as on construction."""

        def model_dump(self, **options: Any) -> dict[str, Any]:
            """Return the fields as plain values; the options are those of pydantic."""

        def model_dump_json(self, **options: Any) -> str:
            """Return the fields as JSON; the options are those of pydantic."""

        def __iter__(self) -> Iterator[tuple[str, Any]]: ...

        def __getstate__(self) -> dict[Any, Any]: ...

        def __setstate__(self, state: dict[Any, Any]) -> None: ...

else:

    class _Signature:
        """Fields as keywords. Pydantic's own is not there before the first value is made."""

        def __get__(self, value: object, kind: type[Model]) -> inspect.Signature:
            return inspect.Signature(
                [
                    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_default(field))
                    for name, field in kind.__pydantic_fields__.items()
                ]
            )

    class _Text:
        """The text of a class with those of its fields, put together when somebody asks for it."""

        def __init__(self, own: str | None) -> None:
            self._own = own or ""

        def __get__(self, value: object, kind: type[Model]) -> str:
            return _with_fields(inspect.cleandoc(self._own), kind)

    class Model(BaseModel):
        """A frozen value whose fields are given by name and checked when it is made."""

        model_config = ConfigDict(defer_build=True)
        __signature__ = _Signature()

        @classmethod
        def __pydantic_init_subclass__(cls, **options: Any) -> None:
            super().__pydantic_init_subclass__(**options)
            for name, text in _texts(cls.__module__).get(cls.__name__, {}).items():
                if name in cls.__pydantic_fields__:
                    cls.__pydantic_fields__[name].description = text
            cls.__doc__ = _Text(cls.__dict__.get("__doc__"))


def _default(field: FieldInfo) -> object:
    if field.is_required():
        return inspect.Parameter.empty
    return ... if field.default_factory else field.default


# A field, the rest of it on lines that are further in or close a bracket, and the text below it.
_FIELD: Final = re.compile(
    r'^    ([a-z]\w*): .*(?:\n(?:     .*|    [\])].*))*\n    """((?:.|\n)*?)"""', re.MULTILINE
)


@cache
def _texts(module: str) -> dict[str, dict[str, str]]:
    """Read the text below each field of each class of a module; none where it has no source."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (KeyError, OSError, TypeError):
        return {}
    _, *classes = re.split(r"^class (?=\w)", source, flags=re.MULTILINE)
    return {_name(each): dict(map(_said, _FIELD.finditer(each))) for each in classes}


def _name(source: str) -> str:
    return re.split(r"\W", source, maxsplit=1)[0]


def _said(found: re.Match[str]) -> tuple[str, str]:
    return found[1], " ".join(found[2].split())


def _with_fields(text: str, kind: type[Model]) -> str:
    """Write the text of a class with those of its fields, which `help` shows."""
    fields = (
        textwrap.fill(f"{name}: {field.description or ''}", 96, subsequent_indent="    ")
        for name, field in kind.__pydantic_fields__.items()
    )
    listed = textwrap.indent("\n".join(fields), "    ")
    return f"{text}\n\nAttributes:\n{listed}" if listed else text
