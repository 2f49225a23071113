"""Requests to the access point that may be repeated, and answers of every kind."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from sdp import jose
from sdp.dpi import names
from sdp.errors import ProblemError, Retry, UnauthorizedError, UnreadableAnswerError
from sdp.gate import presentable
from sdp.transport.request import ConnectionLostError, HttpRequest
from sdp.transport.retry import no_answer, retry_after, retry_if_cut

if TYPE_CHECKING:
    from sdp.maskinporten import Token
    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpResponse


_LATER: Final = (
    "Try again later: the access point, or a gateway in front of it, is in trouble for now."
)
_REMEDIES: Final[dict[int, str]] = {
    HTTPStatus.FORBIDDEN: "Check that the organisation is a customer of the access point, and that "
    "Maskinporten gives it the scope of the settings.",
    HTTPStatus.NOT_FOUND: "Check the url of the access point.",
    HTTPStatus.CONFLICT: "If a letter with these ids may have been sent before, send it with "
    "repeated=True and the same ids: that settles whether it has arrived.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Send fewer or smaller documents; the access point tells "
    "how large a package it takes.",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "The proxy wants a user and a password: give them in "
    "the proxy setting.",
    HTTPStatus.TOO_MANY_REQUESTS: "Try again later, and less often.",
    HTTPStatus.BAD_GATEWAY: _LATER,
    HTTPStatus.SERVICE_UNAVAILABLE: _LATER,
    HTTPStatus.GATEWAY_TIMEOUT: _LATER,
}
_GATEWAY: Final = (
    "It was no problem+json, so it was a gateway, firewall or proxy in between, rather than the "
    "access point, that refused. Ask whoever runs it; its own page may name the request."
)
_REDIRECTED: Final = "Check the url of the access point; redirects are not followed."


def authorization(token: Token) -> dict[str, str]:
    """Write the headers of every request: who asks, and what can be read."""
    return {
        "Authorization": f"Bearer {token.value}",
        "Accept": f"{names.JSON_TYPE}, {names.PROBLEM_TYPE}",
    }


def ask(method: str, url: str, token: Token) -> Flow[HttpResponse]:
    """Make a request without content.

    Raises:
        NotSentError: nothing left this machine.
        WireError: no answer came; safe to repeat.
    """
    try:
        request = HttpRequest(method, url, authorization(token), service="the access point")
        return (yield from retry_if_cut(lambda: request))
    except ConnectionLostError as error:
        raise no_answer("the access point", error) from error


def expect(response: HttpResponse, *wanted: HTTPStatus) -> None:
    """Let an answer with one of the wanted statuses through.

    Raises:
        UnauthorizedError: the token is not accepted.
        ProblemError: the access point refused, or failed.
        UnreadableAnswerError: the status is one of success, and not one that is known here.
    """
    if response.status in wanted:
        return
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        raise UnreadableAnswerError(
            f"The access point answered with HTTP status {response.status}, which its interface "
            "does not know here."
        )
    title, detail = map(presentable, words_of(response))
    if response.status == HTTPStatus.UNAUTHORIZED:
        said = ": ".join(filter(None, (title, detail)))
        raise UnauthorizedError(
            f"The access point does not accept the token{f': {said}' if said else ''}."
        )
    error = ProblemError(response.status, title=title, detail=detail, remedy=_remedy(response))
    error.retry_after = retry_after(response)
    raise error


def read_json(response: HttpResponse) -> Any:
    """Read the content of an answer.

    Raises:
        UnreadableAnswerError: it is not JSON; the same may be asked again.
    """
    try:
        return jose.read_json(response.content)
    except ValueError:
        raise unreadable("The access point's answer is not JSON.") from None


def unreadable(words: str) -> UnreadableAnswerError:
    """Make the error of an answer to a question that may be asked again."""
    return UnreadableAnswerError(words, retry=Retry.LATER)


def words_of(response: HttpResponse) -> tuple[str, str]:
    """Return title and detail of a refusal as they came, not to be shown; empty where absent."""
    problem = _problem(response) or {}
    title, detail = problem.get("title"), problem.get("detail")
    return title if isinstance(title, str) else "", detail if isinstance(detail, str) else ""


def _problem(response: HttpResponse) -> dict[str, Any] | None:
    # Read as a problem whatever its Content-Type: many servers send a refusal as plain JSON.
    try:
        problem = jose.read_json(response.content)
    except ValueError:
        return None
    return problem if isinstance(problem, dict) else None


def _remedy(response: HttpResponse) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        return _REDIRECTED
    if response.status == HTTPStatus.FORBIDDEN and _problem(response) is None:
        return _GATEWAY
    return _REMEDIES.get(response.status, "")
