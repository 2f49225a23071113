"""Statuses of a letter at the access point. Source: /messages/out/{id}/statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sdp.dpi.answers import ask, expect, read_json, unreadable, words_of
from sdp.dpi.reading import text, word
from sdp.errors import ProblemError, UnreadableAnswerError
from sdp.gate import NoOffsetError, presentable, read_instant

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.maskinporten import Token
    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpResponse


class Statuskode(StrEnum):
    """Steps on the way of a letter."""

    OPPRETTET = "OPPRETTET"
    """The access point has received it, but not sent it on yet."""
    SENDT = "SENDT"
    """It has been handed over to the receiver's access point."""
    FEILET = "FEILET"
    """It has failed; `beskrivelse` may say why."""


@dataclass(frozen=True, slots=True)
class Forsendelsesstatus:
    """One step on a letter's way.

    Attributes:
        kode: which step.
        tidspunkt: when; None if the access point does not say, or leaves out the offset from UTC
            without which nobody knows when it was.
        beskrivelse: the access point's own words, personal data masked; empty if it gives none.
    """

    kode: Statuskode
    tidspunkt: datetime | None = None
    beskrivelse: str = field(default="", repr=False)


def fetch_statuses(
    root: str, meldings_id: str, token: Token
) -> Flow[tuple[Forsendelsesstatus, ...]]:
    """Ask what has been done with a letter, and give the answers in the access point's order.

    Of an id that is unknown some access points say 404, and others that there are no statuses.

    Raises:
        UnauthorizedError: the token is not accepted.
        ProblemError: the access point refused.
        UnreadableAnswerError: what came is no list of statuses.
        WireError: no answer came; safe to repeat.
    """
    response = yield from ask("GET", f"{root}/messages/out/{meldings_id}/statuses", token)
    if response.status == HTTPStatus.NOT_FOUND:
        raise _unknown_id(response)
    expect(response, HTTPStatus.OK, HTTPStatus.NO_CONTENT)
    if response.status == HTTPStatus.NO_CONTENT:
        return ()
    listed = read_json(response)
    if not isinstance(listed, list):
        raise unreadable("The access point's answer is not a list of statuses.")
    return tuple(_status(each) for each in listed)


def _unknown_id(response: HttpResponse) -> ProblemError:
    title, detail = map(presentable, words_of(response))
    return ProblemError(
        response.status,
        title=title or "unknown message id",
        detail=detail,
        remedy="Ask with the meldings_id of a letter that was sent, as the organisation that sent "
        "it; or it was sent too long ago.",
    )


def _status(listed: object) -> Forsendelsesstatus:
    if not isinstance(listed, dict):
        raise unreadable("The access point lists something that is not a status.")
    try:
        kode = Statuskode(word(listed, "status").upper())
    except (UnreadableAnswerError, ValueError):
        raise unreadable("The access point lists a status that is not known here.") from None
    return Forsendelsesstatus(
        kode=kode,
        tidspunkt=_tidspunkt(listed),
        beskrivelse=presentable(listed.get("beskrivelse")),
    )


def _tidspunkt(listed: dict[str, Any]) -> datetime | None:
    try:
        written = text(listed, "timestamp")
        return None if written is None else read_instant(written)
    except NoOffsetError:
        return None
    except UnreadableAnswerError as error:
        raise unreadable(error.message) from None
    except ValueError as rule:
        raise unreadable(f"The timestamp of a status {rule}.") from None
