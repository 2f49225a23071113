"""Letters to the access point. The outcome is accepted, refused or unknown, and never blurred."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sdp.dpi import names
from sdp.dpi.answers import authorization, expect, words_of
from sdp.dpi.sbd import build_sbd
from sdp.dpi.statuses import Statuskode, fetch_statuses
from sdp.errors import (
    ProblemError,
    SdpError,
    UnauthorizedError,
    UnknownOutcomeError,
    UnreadableAnswerError,
    WireError,
)
from sdp.gate import new_uuid
from sdp.jose import sign
from sdp.transport.request import ConnectionLostError, HttpRequest
from sdp.wire import Multipart, PendingMessage

if TYPE_CHECKING:
    from datetime import timedelta

    from sdp.domain import Forsendelse, SendResultat
    from sdp.dpi.settings import DpiSettings
    from sdp.errors import RefusedError
    from sdp.maskinporten import Token
    from sdp.transport.effects import Flow
    from sdp.transport.request import Attachment, HttpResponse
    from sdp.wire import Parties

_ACCEPTED: Final = (HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.ACCEPTED)
"""201 by the interface; Digdir's own mock of an access point answers 200 (RFC 9110, 15.3)."""

_TIMED_OUT: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT})
_ABOUT_IDS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT})
_ABOUT_THE_MESSAGE: Final = _ABOUT_IDS | {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_USED: Final = ("already", "allerede", "duplicate", "duplikat")


@dataclass(frozen=True, slots=True, kw_only=True)
class DpiPending(PendingMessage):
    """A DPI message that went out, or may have.

    The business message is written and signed anew for each try, since it holds the token of that
    try; all else in it stays as it was.
    """

    forsendelse: Forsendelse = field(repr=False)


def send(
    message: DpiPending, token: Token, settings: DpiSettings, parties: Parties, *, repeated: bool
) -> Flow[SendResultat]:
    """Send a message, signed now and with this token in it.

    Args:
        message: the letter.
        token: authorises the request.
        settings: where the access point is.
        parties: who signs.
        repeated: whether the same letter may have been sent before. Then the refusal of ids that
            are used already is a success; where its words leave open what it is about, the access
            point's statuses of the letter decide.

    Raises:
        NotSentError: nothing left this machine.
        UnauthorizedError: the token is not accepted, and the message is not taken in.
        ProblemError: the access point refused.
        AlreadyReceivedError: the access point has the letter, and it was not said to be repeated.
        UnknownOutcomeError: neither; `pending` is the message.
    """
    jws = signed_message(message, token, parties, response_within=settings.response_within)
    body = form(jws, message.package, f"sdp-{new_uuid()}")
    headers = authorization(token) | {"Content-Type": body.content_type}
    try:
        response: HttpResponse = yield HttpRequest(
            "POST", _url(settings), headers, body, service="the access point", is_last=True
        )
        expect(response, *_ACCEPTED)
        return message.accepted()
    except ConnectionLostError as error:
        raise _unknown(f"No answer came from the access point: {error}.", message) from error
    except UnreadableAnswerError as error:
        raise _unknown(error.message, message) from error
    except ProblemError as error:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status in _TIMED_OUT:
            # Whatever broke, it may have broken after the message was taken in.
            raise _unknown(error.message, message, error.retry_after) from error
        refusal = error
    except SdpError:
        raise
    except Exception as error:
        # Whatever it is, even a fault of ours: the letter is out, and must be able to go again.
        raise _unknown("What sends the requests or reads the answer failed.", message) from error
    if not (yield from _is_duplicate(message, response, token, settings, repeated=repeated)):
        raise refusal
    if repeated:
        return message.accepted(already_received=True)
    raise message.already_received() from None


def is_about_the_message(refusal: RefusedError) -> bool:
    """Tell whether a refusal is of this message, and not of the token or the way it was asked."""
    return isinstance(refusal, ProblemError) and refusal.status in _ABOUT_THE_MESSAGE


def _url(settings: DpiSettings) -> str:
    query = "" if settings.kanal is None else "?" + urlencode({"kanal": settings.kanal})
    return f"{settings.root}/messages/out{query}"


def _is_duplicate(
    message: DpiPending,
    refusal: HttpResponse,
    token: Token,
    settings: DpiSettings,
    *,
    repeated: bool,
) -> Flow[bool]:
    if refusal.status not in _ABOUT_IDS:
        return False
    words = " ".join(words_of(refusal)).casefold()
    ids = ("instanceidentifier", "messageid", "message_uuid", message.meldings_id)
    if any(used in words for used in _USED) and any(name in words for name in ids):
        return True
    return repeated and (yield from _has(message, token, settings))


def _has(message: DpiPending, token: Token, settings: DpiSettings) -> Flow[bool]:
    words = "The access point refused the message, and cannot tell whether it has it"
    try:
        statuses = yield from fetch_statuses(settings.root, message.meldings_id, token)
    except UnauthorizedError:
        raise
    except ProblemError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        raise _unknown(f"{words}: {error.message}", message) from error
    except WireError as error:
        raise _unknown(f"{words}: {error.message}", message) from error
    codes = {status.kode for status in statuses}
    return bool(codes) and Statuskode.FEILET not in codes


def _unknown(
    words: str, message: DpiPending, retry_after: float | None = None
) -> UnknownOutcomeError:
    error = UnknownOutcomeError(words, pending=message)
    error.retry_after = retry_after
    return error


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


def form(message: bytes, package: Attachment, boundary: str) -> Multipart:
    """Compose the body of a letter: a form of two files (RFC 7578).

    Args:
        message: the signed business message.
        package: the package.
        boundary: a text that stands nowhere in the parts.
    """
    return Multipart(
        content_type=f"multipart/form-data; boundary={boundary}",
        message=message,
        message_headers=_file("forretningsmelding", "sbd.jwt", names.JWT_TYPE),
        attachment=package,
        attachment_headers=_file("dokumentpakke", "asic.cms", names.CMS_TYPE),
        boundary=boundary,
    )


def _file(name: str, filename: str, content_type: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'form-data; name="{name}"; filename="{filename}"',
        "Content-Type": content_type,
    }
