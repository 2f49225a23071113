"""Requests to the access point that may be repeated, and answers of every kind."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from sdp import jose
from sdp.dpi import names
from sdp.errors import ProblemError, Retry, UnauthorizedError, UnreadableAnswerError
from sdp.gate.words import presentable
from sdp.transport.request import BytesBody, ConnectionLostError, HttpRequest
from sdp.transport.retry import no_answer, retry_if_cut

if TYPE_CHECKING:
    from sdp.maskinporten import Token
    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpResponse


_REMEDIES: Final[dict[int, str]] = {
    HTTPStatus.FORBIDDEN: "Check that the organisation is a customer of the access point, and that "
    "Maskinporten gives it the scope of the settings.",
    HTTPStatus.NOT_FOUND: "Check the url of the access point.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Send fewer or smaller documents; the access point tells "
    "how large a package it takes.",
    HTTPStatus.TOO_MANY_REQUESTS: "Try again later, and less often.",
}
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
        request = HttpRequest(method, url, authorization(token), BytesBody(b""))
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
    title, detail = words(response)
    if response.status == HTTPStatus.UNAUTHORIZED:
        said = ": ".join(filter(None, (title, detail)))
        raise UnauthorizedError(
            f"The access point does not accept the token{f': {said}' if said else ''}."
        )
    raise ProblemError(response.status, title=title, detail=detail, remedy=_remedy(response.status))


def read_json(response: HttpResponse) -> Any:
    """Read the content of an answer.

    Raises:
        UnreadableAnswerError: it is not JSON; the same may be asked again.
    """
    try:
        return jose.read_json(response.content)
    except ValueError as error:
        raise unreadable("The access point's answer is not JSON.") from error


def unreadable(words: str) -> UnreadableAnswerError:
    """Make the error of an answer to a question that may be asked again."""
    return UnreadableAnswerError(words, retry=Retry.LATER)


def words(response: HttpResponse) -> tuple[str, str]:
    """Return title and detail of a refusal, personal data masked; empty where it has none."""
    # Read as a problem whatever its Content-Type: many servers send a refusal as plain JSON.
    try:
        problem = jose.read_json(response.content)
    except ValueError:
        return "", ""
    if not isinstance(problem, dict):
        return "", ""
    return presentable(problem.get("title")), presentable(problem.get("detail"))


def _remedy(status: int) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _REDIRECTED
    return _REMEDIES.get(status, "")
