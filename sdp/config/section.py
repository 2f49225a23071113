"""Sections of the settings: frozen, and with errors that name the setting."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import ConfigDict, ValidationError

from sdp._model import Model
from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails


def configuration_error(
    error: ValidationError, model: type[Model], subject: str
) -> ConfigurationError:
    """Say what pydantic found wrong with settings."""
    details = error.errors(include_url=False, include_input=False)
    listed = "; ".join(_in_plain_words(detail, model) for detail in details)
    return ConfigurationError(
        f"{subject} is wrong: {listed}.",
        remedy=f"Correct what is named; help(sdp.{model.__name__}) tells of every setting.",
    )


def unknown_environment(name: str, known: Iterable[str]) -> str:
    """Say that an environment is not known by name, and which one may have been meant."""
    close = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]}? The known ones are" if close else "the known ones are"
    return (
        f"is not the name of a known environment; {meant} {', '.join(known)}."
        " Describe one of your own as a table with name, production and addresses"
    )


def known_keys(model: type[Model], prefix: str = "") -> Iterator[str]:
    """List every setting, with dots between its steps."""
    for name, field in model.__pydantic_fields__.items():
        yield prefix + name
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, Model):
                yield from known_keys(kind, f"{prefix}{name}.")


def _in_plain_words(detail: ErrorDetails, model: type[Model]) -> str:
    key = ".".join(str(step) for step in detail["loc"])
    if detail["type"] == "extra_forbidden":
        close = difflib.get_close_matches(key, known_keys(model), n=1)
        return f"{key} is not a setting" + (f"; did you mean {close[0]}?" if close else "")
    if detail["type"] == "missing":
        return f"{key} is missing"
    rule = detail["msg"].removeprefix("Value error, ")
    return f"{key}: {rule}" if key else rule


def listed(value: object) -> object:
    """Take a list as a variable holds it: with commas or spaces between its items."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class Settings(Model):
    """A section of the settings: frozen, and with errors that name the setting."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    if not TYPE_CHECKING:  # type checkers have the settings themselves

        def __init__(self, /, **settings: Any) -> None:
            try:
                super().__init__(**settings)
            except ValidationError as error:
                problem = configuration_error(error, type(self), f"This {type(self).__name__}")
            else:
                return
            settings.clear()
            raise problem  # neither with what was given, nor with an error that holds it

        # Without this mark, tables inside others would raise on their own, without their full path.
        __init__.__pydantic_base_init__ = True

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002
        """Return a copy whose updated settings are checked as on construction."""
        return type(self)(**{**dict(self), **(update or {})})
