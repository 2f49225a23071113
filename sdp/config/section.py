"""The base of every section of the settings: frozen, and with errors that name the setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from sdp.config.problems import configuration_error

if TYPE_CHECKING:
    from collections.abc import Mapping


def listed(value: object) -> object:
    """Take a list as a variable holds it: with commas or spaces between its items."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class Settings(BaseModel):
    """A section of the settings: frozen, and with errors that name the setting."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True
    )

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
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002
        """Return a copy whose updated settings are checked as on construction."""
        return type(self)(**{**dict(self), **(update or {})})
