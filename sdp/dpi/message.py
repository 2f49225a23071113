"""The business message as it is sent: signed, and holding the token that it is sent with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sdp.dpi.sbd import build_sbd
from sdp.jose import sign

if TYPE_CHECKING:
    from datetime import timedelta

    from sdp.dpi.parties import Parties
    from sdp.dpi.pending import DpiPending
    from sdp.maskinporten import Token


def signed_message(
    pending: DpiPending, token: Token, parties: Parties, *, response_within: timedelta | None
) -> bytes:
    """Write and sign the business message of a letter, in the compact form of a JWS.

    Args:
        pending: the letter, with its ids, its package and the time it was first sent.
        token: what the request is authorised with; the message holds the very same.
        parties: who signs.
        response_within: how soon after sending a response is expected, if that is told.
    """
    sbd = build_sbd(
        pending.forsendelse,
        databehandler=parties.databehandler,
        fingerprint=pending.package.fingerprint,
        token=token.value,
        moment=pending.sent_at,
        response_by=None if response_within is None else pending.sent_at + response_within,
    )
    payload = json.dumps(sbd, ensure_ascii=False, separators=(",", ":"))
    return sign(payload.encode("utf-8"), parties.signer).encode("ascii")
