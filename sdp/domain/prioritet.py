"""How urgent a message is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from sdp.domain._tekst import form


class Prioritet(StrEnum):
    """The queue a message and its receipts travel in."""

    NORMAL = "normal"
    PRIORITERT = "prioritert"


MpcId = Annotated[
    str, form("[A-Za-z0-9._-]{1,64}", "must be 1 to 64 characters of A-Z a-z 0-9 . _ and -")
]
"""The part of its queue a sender keeps for itself."""
