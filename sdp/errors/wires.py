"""Errors between this machine and the other side: not sent, refused, unreadable or unknown."""

from __future__ import annotations

import re
from typing import ClassVar, Final, Protocol, Self

from sdp.errors.base import Fault, Retry, SdpError
from sdp.gate import known_phrase

_CODE: Final = re.compile(r"[A-Z]{2,5}:\d{4}|HTTP status \d{3}")
_MASKINPORTEN_NUMBER: Final = re.compile(r"MP-\d{3}\b")


def _known_code(code: str) -> str:
    """Return a code that a specification writes out, or one of its form."""
    known = known_phrase(code) or (code if _CODE.fullmatch(code) else "")
    return known or "a code that is not known"


class WireError(SdpError):
    """Something went wrong between this machine and the other side.

    Attributes:
        retry_after: how many seconds to wait before trying again, if the other side says so.
    """

    fault = Fault.UNKNOWN
    retry_after: float | None = None


class NotSentError(WireError):
    """No connection was made, so nothing left this machine: trying again is safe."""

    retry = Retry.LATER


class RefusedError(WireError):
    """The other side refused. Nothing was accepted."""

    fault = Fault.CLIENT


class EbmsError(RefusedError):
    """The broker refused with an ebMS error.

    Attributes:
        code: such as `EBMS:0103`.
        short_description: the code's name.
        description: the broker's own words.
        severity: `failure`, `error` or `warning`.
        ref_to_message: the id of the message that the error is about, if given.
    """

    _SERVER_CODES: ClassVar = frozenset({"EBMS:0004", "EBMS:0005"})

    def __init__(
        self,
        code: str,
        *,
        short_description: str = "",
        description: str = "",
        severity: str = "failure",
        ref_to_message: str | None = None,
    ) -> None:
        self.code = code
        self.short_description = short_description
        self.description = description
        self.severity = severity
        self.ref_to_message = ref_to_message
        if code in self._SERVER_CODES:
            self.fault: Fault = Fault.SERVER
            self.retry: Retry = Retry.LATER
        name = known_phrase(short_description)
        super().__init__(
            f"The broker refused the message: {_known_code(code)} {name}".rstrip() + "."
        )

    @property
    def remote_text(self) -> str:
        """The broker's own words, masked."""
        return " ".join(filter(None, (self.code, self.short_description, self.description)))


class SoapFaultError(RefusedError):
    """The other side refused with a SOAP fault that holds no ebMS error.

    Attributes:
        code: the local name of the fault code, usually `Sender` or `Receiver`.
        reason: the other side's own words.
        status: the HTTP status.
    """

    def __init__(self, code: str, reason: str, status: int) -> None:
        self.code = code
        self.reason = reason
        self.status = status
        if code != "Sender":
            self.fault: Fault = Fault.SERVER
            self.retry: Retry = Retry.LATER
        name = known_phrase(code) or "of a kind that is not known"
        super().__init__(f"The message was refused with a SOAP fault ({name}), HTTP {status}.")

    @property
    def remote_text(self) -> str:
        """The other side's own words, masked."""
        return ": ".join(filter(None, (self.code, self.reason)))


class HttpStatusError(RefusedError):
    """The other side refused with an HTTP status and no explanation."""

    _MOVED: ClassVar = (
        "Something on the way, or the address, leads elsewhere, and redirects are not followed:"
        " check the addresses of the environment, and that no proxy wants a login."
    )

    _GATEWAY: ClassVar = (
        "A gateway on the way does not reach the service: try again later, and tell its operator if"
        " it goes on."
    )

    _REMEDIES: ClassVar = {
        301: _MOVED,
        302: _MOVED,
        303: _MOVED,
        307: _MOVED,
        308: _MOVED,
        400: "The message could not be read; report this as a defect.",
        401: "Check that the organisation and its certificate are registered there.",
        403: "Check that the organisation and its certificate are registered there. If they are, it"
        " was a gateway or firewall on the way that refused: ask whoever runs it.",
        404: "Check the addresses of the environment.",
        407: "A proxy asks who you are: write name and password in the setting proxy.",
        429: "Ask less often.",
        502: _GATEWAY,
        503: "It is busy or closed for a while: try again later.",
        504: _GATEWAY,
        413: "The broker or a proxy on the way takes no message this large: send less in each,"
        " and ask for the limit.",
    }

    def __init__(self, status: int) -> None:
        self.status = status
        if status >= 500 or status == 429:
            self.fault: Fault = Fault.SERVER
            self.retry: Retry = Retry.LATER
        super().__init__(
            f"The answer was HTTP status {status}, without an explanation.",
            remedy=self._REMEDIES.get(status, ""),
        )


class ProblemError(RefusedError):
    """The other side refused with a problem as in RFC 9457 (problem+json).

    Attributes:
        status: the HTTP status.
        title: the other side's own words; `detail` likewise. Empty if it gives none.
    """

    def __init__(self, status: int, *, title: str = "", detail: str = "", remedy: str = "") -> None:
        self.status = status
        self.title = title
        self.detail = detail
        if status >= 500 or status in {408, 429}:
            self.fault: Fault = Fault.SERVER
            self.retry: Retry = Retry.LATER
        words = ": ".join(filter(None, (known_phrase(title), known_phrase(detail))))
        if not (title or detail):
            words = "no reason given"
        told = f"Refused with HTTP status {status}" + (f": {words}" if words else "")
        super().__init__(f"{told}.", remedy=remedy)

    @property
    def remote_text(self) -> str:
        """The other side's own words, masked."""
        return ": ".join(filter(None, (self.title, self.detail)))


class TokenError(RefusedError):
    """Maskinporten refused to issue a token.

    Attributes:
        code: the error code of OAuth 2.0 (RFC 6749), such as `invalid_grant`.
        description: Maskinporten's own words.
    """

    def __init__(self, code: str, description: str = "", *, remedy: str = "") -> None:
        self.code = code
        self.description = description
        number = _MASKINPORTEN_NUMBER.match(description)
        words = _known_code(code) + (f" ({number[0]})" if number else "")
        super().__init__(f"Maskinporten refused to issue a token: {words}.", remedy=remedy)

    @property
    def remote_text(self) -> str:
        """Maskinporten's own words, masked."""
        return ": ".join(filter(None, (self.code, self.description)))


class UnauthorizedError(RefusedError):
    """The token was not accepted, and neither was a fresh one."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(
            message,
            remedy=remedy
            or "Check the clock of this machine, and the scope of the token; else ask why a token"
            " that Maskinporten has just given is refused.",
        )


class AlreadyReceivedError(WireError):
    """The other side has a message by the ids of this letter already, so it has arrived.

    It is no refusal: something was accepted, by an earlier process or for another letter that was
    given the same ids.

    Attributes:
        meldings_id: the id of the letter.
        konversasjons_id: the id that its receipts carry.
    """

    fault = Fault.CLIENT

    def __init__(self, *, meldings_id: str, konversasjons_id: str) -> None:
        self.meldings_id = meldings_id
        self.konversasjons_id = konversasjons_id
        super().__init__(
            f"The letter {meldings_id} has arrived already: the other side has its ids.",
            remedy="If it was sent before, say by a process that ended, it need not be sent again; "
            "send(..., repeated=True) with the same ids tells so without an error. Do not give it "
            "new ids: the recipient would get it twice.",
        )


class UnreadableAnswerError(WireError):
    """The answer cannot be read or trusted, so it proves nothing."""


class Pending(Protocol):
    """The message of an `UnknownOutcomeError`: a `sdp.wire.PendingMessage`, which says more."""

    @property
    def meldings_id(self) -> str:
        """The id of the letter."""

    @property
    def konversasjons_id(self) -> str:
        """The id that its receipts will carry."""

    def close(self) -> None:
        """Give the message up."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class UnknownOutcomeError(WireError):
    """The letter went out, and no answer said whether it was accepted.

    `pending` holds the very same message with the
    same ids (a `PendingMessage`); give it to `Client.resend`, or close it to give up.
    """

    retry = Retry.SAME_MESSAGE

    def __init__(self, message: str, *, pending: Pending, remedy: str = "") -> None:
        self.pending = pending
        super().__init__(
            message,
            remedy=remedy or "Send the same message again with Client.resend(error.pending).",
        )
