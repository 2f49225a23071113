"""How a list of receipts is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.testmiljo.jose import Token, TokenProblem, sign_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sdp.testmiljo.aksesspunkt.innboks import Innmelding
    from sdp.testmiljo.signing import Actor


def written(
    messages: Iterable[Innmelding], root: str, *, signed: Callable[[str], str] = str
) -> list[dict[str, str]]:
    """Write a list of messages.

    Args:
        messages: what is listed.
        root: the root of the API that their packages are at.
        signed: gives the message to list in place of each.
    """
    return [
        {
            "forretningsmelding": signed(message.jws),
            "downloadurl": f"{root}/messages/in/{message.message_id}",
        }
        for message in messages
    ]


def signed_anew(actor: Actor) -> Callable[[str], str]:
    """Let somebody else sign what a message says; one that says nothing stays as it is."""

    def signed(jws: str) -> str:
        try:
            return sign_as(actor, Token.read(jws).claims())
        except TokenProblem:
            return jws

    return signed
