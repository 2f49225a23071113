"""Organisations around the contact register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.testmiljo.signing import Actor


@dataclass(frozen=True, slots=True)
class KrrActors:
    """The organisations around the contact register.

    Attributes:
        register: signs its answers.
        other: another organisation of the environment.
        stranger: makes somebody whose certificate no CA here has issued.
        printer: who prints.
    """

    register: Actor
    other: Actor
    stranger: Callable[[], Actor]
    printer: Actor
