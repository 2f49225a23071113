"""The contact register over REST: JSON, or the same signed."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sdp.testmiljo.faults.kinds import (
    FailRestLookup,
    RefuseLookup,
    RestDefect,
    Traffic,
    befalls_lookup,
    befalls_rest,
)
from sdp.testmiljo.faults.serving import answered
from sdp.testmiljo.maskinporten import TokenRefused
from sdp.testmiljo.signing import sign_as
from sdp.testmiljo.world.journal import concerns_people
from sdp.testmiljo.world.keys import KRR_REST as ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography import x509
    from starlette.requests import Request

    from sdp.testmiljo.faults.kinds import LookupFault
    from sdp.testmiljo.faults.serving import Faults
    from sdp.testmiljo.maskinporten import Maskinporten
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.world.register import Innbygger, Kontakt, KrrActors, Register

SCOPES = ("krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read")
DELEGATED_SCOPES = ("krr:global/kontaktinfo.read", "krr:global/postkasse.read")
_OF_CONTACT = ("varslingsstatus", "kontaktinformasjon", "spraak", "spraak_oppdatert")
_OF_MAILBOX = ("digital_post", "sertifikat")
_VERSIONS = ("v1", "v2")
_MOST = 1000
_JOSE = "application/jose"


class KrrRest:
    """Answers questions about people, rightly or with a defect.

    Attributes:
        requests: how many questions about people have been answered.
        largest: how many people the largest of them was about.
    """

    def __init__(
        self,
        register: Register,
        maskinporten: Maskinporten,
        actors: KrrActors,
        clock: Callable[[], datetime],
    ) -> None:
        self.requests: int = 0
        self.largest: int = 0
        self._clock = clock
        self._register = register
        self._maskinporten = maskinporten
        self._actors = actors
        self._lock = threading.Lock()

    def answer(
        self,
        authorization: str | None,
        content: bytes,
        accept: str,
        defect: RestDefect | None = None,
    ) -> Response:
        """Answer a question about people, with a defect where one is given."""
        with self._lock:
            self.requests += 1
        try:
            hidden = self._hidden_from(authorization)
        except TokenRefused as refused:
            status = 403 if refused.missing_scope else 401
            return JSONResponse({"status": status, "error": refused.reason}, status)
        numbers = _numbers(content)
        if not 1 <= len(numbers) <= _MOST:
            return JSONResponse({"status": 400, "error": "1 to 1000 personidentifikatorer"}, 400)
        with self._lock:
            self.largest = max(self.largest, len(numbers))
        concerns_people(numbers)
        people = [_person(self._register.find(number), hidden) for number in numbers]
        if defect is RestDefect.ONE_LEFT_OUT:
            del people[0]
        if defect is RestDefect.NO_RESERVATION:
            for person in people:
                person.pop("reservasjon", None)
        body: dict[str, Any] = {"personer": people}
        if defect is RestDefect.STALE:
            body["iat"] = int((self._clock() - timedelta(hours=1)).timestamp())
        if defect is RestDefect.UNKNOWN_FIELDS:
            body = _crowded(body)
        return self._written(body, accept, defect)

    def _hidden_from(self, authorization: str | None) -> set[str]:
        """List the fields that the scopes of a token do not reach.

        Raises:
            TokenRefused: it reaches none, or is on behalf of another with the scopes of one's own.
        """
        claims = self._maskinporten.check(authorization, ())
        demanded = DELEGATED_SCOPES if "supplier" in claims else SCOPES
        contact, mailbox = (scope in claims["scope"].split() for scope in demanded)
        if not (contact or mailbox):
            reason = f"the token lacks the scope {' or '.join(demanded)}"
            raise TokenRefused(reason, missing_scope=True)
        return {*(() if contact else _OF_CONTACT), *(() if mailbox else _OF_MAILBOX)}

    def print_certificate(self) -> Response:
        """Tell who prints."""
        return JSONResponse(
            {
                "postkasseleverandoerAdresse": self._actors.printer.organisasjonsnummer,
                "x509Sertifikat": _pem(self._actors.printer.certificate),
            }
        )

    def _written(self, body: dict[str, Any], accept: str, defect: RestDefect | None) -> Response:
        if _JOSE not in accept or defect is RestDefect.UNSIGNED:
            content, kind = json.dumps(body).encode(), "application/json"
        else:
            content, kind = sign_as(self._signer_for(defect), body).encode(), _JOSE
        if defect is RestDefect.TRUNCATED:
            content = content[: len(content) // 2]
        return Response(content, media_type=kind)

    def _signer_for(self, defect: RestDefect | None) -> Actor:
        match defect:
            case RestDefect.OTHER_ORGANISATION:
                return self._actors.other
            case RestDefect.STRANGER:
                return self._actors.stranger()
            case _:
                return self._actors.register


def routes(krr: KrrRest, faults: Faults) -> list[Route]:
    """Return the addresses that the register answers at.

    Args:
        krr: answers what reaches it.
        faults: what is to go wrong.
    """

    async def answered_or_refused(
        process: Callable[[], Response], fault: LookupFault | None
    ) -> Response:
        if isinstance(fault, RefuseLookup):
            return JSONResponse({"status": fault.status}, fault.status, fault.headers)
        return await answered(process, fault)

    async def people(request: Request) -> Response:
        authorization = request.headers.get("authorization")
        content, accept = await request.body(), request.headers.get("accept", "")
        match faults.take(Traffic.LOOKUP, befalls_rest):
            case FailRestLookup(how):
                return krr.answer(authorization, content, accept, how)
            case fault:
                return await answered_or_refused(
                    lambda: krr.answer(authorization, content, accept), fault
                )

    async def printer(_: Request) -> Response:
        fault = faults.take(Traffic.LOOKUP, befalls_lookup)
        return await answered_or_refused(krr.print_certificate, fault)

    return [
        route
        for version in _VERSIONS
        for route in (
            Route(f"{ROOT}/{version}/personer", people, methods=["POST"]),
            Route(f"{ROOT}/{version}/printSertifikat", printer, methods=["GET"]),
        )
    ]


def _numbers(content: bytes) -> list[str]:
    try:
        numbers = json.loads(content)["personidentifikatorer"]
    except (ValueError, KeyError, TypeError):
        return []
    if not isinstance(numbers, list) or not all(isinstance(number, str) for number in numbers):
        return []
    return numbers


def _person(person: Innbygger, hidden: set[str]) -> dict[str, Any]:
    contact: dict[str, Any] = {}
    for name, kontakt in (("epostadresse", person.epost), ("mobiltelefonnummer", person.mobil)):
        contact |= _kontakt(name, kontakt)
    fields: dict[str, Any] = {
        "personidentifikator": person.personidentifikator,
        "reservasjon": person.reservasjon,
        "status": person.status,
        "varslingsstatus": person.varslingsstatus,
        "kontaktinformasjon": contact or None,
        "digital_post": _digital_post(person),
        "sertifikat": _pem(person.sertifikat) if person.sertifikat else None,
        "spraak": person.spraak,
        "spraak_oppdatert": "2021-03-04T05:06:07Z",  # nobody has documented this one
    }
    return {
        name: value for name, value in fields.items() if value is not None and name not in hidden
    }


def _crowded(value: Any) -> Any:
    """Put fields that nobody knows into every object."""
    if isinstance(value, list):
        return [_crowded(each) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _crowded(each) for name, each in value.items()}
    return {"nytt": {"status": "SLETTET", "reservasjon": ["JA"]}, "Æ": None, **inner, "iat2": 1}


def _kontakt(name: str, kontakt: Kontakt | None) -> dict[str, str]:
    if kontakt is None:
        return {}
    written = {name: kontakt.adresse, f"{name}_oppdatert": _short_offset(kontakt.oppdatert)}
    if kontakt.sist_verifisert is not None:
        written[f"{name}_sist_verifisert"] = f"{kontakt.sist_verifisert:%Y-%m-%dT%H:%M:%S}Z"
    return written


def _digital_post(person: Innbygger) -> dict[str, str] | None:
    if person.postkasseadresse is None or person.leverandoer is None:
        return None
    return {
        "postkasseadresse": person.postkasseadresse,
        "postkasseleverandoeradresse": person.leverandoer,
    }


def _short_offset(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}+00"


@lru_cache(256)
def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
