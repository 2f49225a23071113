"""Maskinporten: access tokens for registered clients."""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

from starlette.responses import JSONResponse
from starlette.routing import Route

from sdp.testmiljo import ca
from sdp.testmiljo.faults.kinds import RefuseToken, Traffic, befalls_token
from sdp.testmiljo.faults.serving import answered
from sdp.testmiljo.signing import sign
from sdp.testmiljo.validators.certificates import organisation_of
from sdp.testmiljo.validators.jose import Token, TokenProblem
from sdp.testmiljo.world.keys import MASKINPORTEN as ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from starlette.requests import Request
    from starlette.responses import Response

    from sdp.testmiljo.faults.serving import Faults
    from sdp.testmiljo.validators.certificates import Trust

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST_GRANT = 120
CLOCK_SKEW = 10
_KEY_ID = "testmiljo"
_MOST_REMEMBERED = 100


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client."""

    organisasjonsnummer: str
    scopes: frozenset[str]
    keys: Mapping[str, RSAPublicKey] = field(default_factory=dict)


class OAuthError(Exception):
    """A refusal of the token endpoint, as RFC 6749 writes it."""

    def __init__(self, code: str, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(f"{code}: {description}")


class TokenRefused(Exception):  # noqa: N818 - it is an answer to whoever sent the token
    """A token that is not good. `missing_scope` tells that it is genuine and does not reach."""

    def __init__(self, reason: str, *, missing_scope: bool = False) -> None:
        self.reason = reason
        self.missing_scope = missing_scope
        super().__init__(reason)


class Maskinporten:
    """Gives tokens for grants that hold, and says of a token whether it is good.

    Attributes:
        lifetime: how long a token lives, in seconds.
        issued: how many tokens have been given.
        refusals: why tokens were refused, oldest first; the latest hundred.
    """

    def __init__(self, trust: Trust, clock: Callable[[], datetime]) -> None:
        self.lifetime = 120
        self.issued: int = 0
        self.refusals: list[OAuthError] = []
        self.issuer = ""
        self._trust = trust
        self._clock = clock
        self._clients: dict[str, Client] = {}
        self._delegations: set[tuple[str, str]] = set()
        self._used: dict[str, int] = {}
        self._verified = lru_cache(_MOST_REMEMBERED)(self._claims_of)
        self._revoked_before = 0
        self._lock = threading.Lock()

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return ca.new_key()

    @property
    def grant_type(self) -> str:
        """The one that is taken."""
        return _GRANT_TYPE

    def register(
        self,
        client_id: str,
        organisasjonsnummer: str,
        scopes: Iterable[str],
        *,
        keys: Mapping[str, RSAPublicKey] | None = None,
    ) -> None:
        """Register a client of an organisation, with its scopes and perhaps keys by their ids."""
        self._clients[client_id] = Client(organisasjonsnummer, frozenset(scopes), keys or {})

    def delegate(self, consumer: str, supplier: str) -> None:
        """Let one organisation's scopes be used by another."""
        self._delegations.add((consumer, supplier))

    def note(self, error: OAuthError) -> None:
        """Remember a refusal."""
        self.refusals.append(error)
        del self.refusals[:-_MOST_REMEMBERED]

    def revoke_all(self) -> None:
        """Make every token that has been given no good."""
        with self._lock:
            self._revoked_before = self.issued

    def answer(self, form: Mapping[str, list[str]]) -> dict[str, Any]:
        """Answer a form with a token.

        Raises:
            OAuthError: the grant in it does not hold.
        """
        match form:
            case {"grant_type": [kind], "assertion": [assertion]} if kind == _GRANT_TYPE:
                return self._granted(assertion)
            case _:
                raise OAuthError("invalid_request", "grant_type or assertion is missing.")

    def _granted(self, assertion: str) -> dict[str, Any]:
        moment = self._clock()
        try:
            grant = Token.read(assertion)
            claims = grant.claims()
            client = self.client_of(grant, claims, moment)
        except TokenProblem as problem:
            raise OAuthError("invalid_grant", f"Invalid assertion. It {problem}.") from problem
        self._check_claims(claims, moment)
        scopes = str(claims.get("scope", "")).split()
        if not scopes or not set(scopes) <= client.scopes:
            raise OAuthError("invalid_scope", "The scope has not been granted to the client.")
        return self._token(claims, client, " ".join(scopes), moment)

    def check(
        self,
        authorization: str | None,
        scopes: Iterable[str],
        *,
        moment: datetime | None = None,
    ) -> dict[str, Any]:
        """Return the claims of the token in an Authorization header.

        Args:
            authorization: the header.
            scopes: what the token must be good for.
            moment: when it is used; None for now.

        Raises:
            TokenRefused: there is none that is good for these scopes.
        """
        kind, _, value = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not value:
            raise TokenRefused("there is no bearer token")
        try:
            claims = self._verified(value)
        except TokenProblem as problem:
            raise TokenRefused(f"the token {problem}") from problem
        if claims["exp"] <= (moment or self._clock()).timestamp():
            raise TokenRefused("the token has expired")
        if claims["number"] <= self._revoked_before:
            raise TokenRefused("the token has been revoked")
        missing = set(scopes) - set(claims["scope"].split())
        if missing:
            raise TokenRefused(f"the token lacks the scope {missing.pop()}", missing_scope=True)
        return claims

    def _claims_of(self, value: str) -> dict[str, Any]:
        """Verify the signature of a token, and read it. The same token is verified once.

        Raises:
            TokenProblem: it is none, or not from here.
        """
        token = Token.read(value)
        token.check(self._key.public_key())
        return token.claims()

    def client_of(self, grant: Token, claims: dict[str, Any], moment: datetime) -> Client:
        """Find the client that a grant is of, by its claims, and check that it has signed it.

        Raises:
            OAuthError: there is no such client.
            TokenProblem: the signature is not the client's.
        """
        client = self._clients.get(str(claims.get("iss")))
        if client is None:
            raise OAuthError("invalid_client", "The client is not registered.")
        key_id = grant.header.get("kid")
        if key_id is not None:
            if key_id not in client.keys:
                raise TokenProblem("names a key (kid) that is not registered")
            grant.check(client.keys[key_id])
            return client
        certificate = grant.certificate()
        self._trust.check(certificate, moment, TokenProblem)
        if organisation_of(certificate) != client.organisasjonsnummer:
            raise TokenProblem("is signed by another organisation than the client's")
        grant.check(certificate.public_key())
        return client

    def _check_claims(self, claims: dict[str, Any], moment: datetime) -> None:
        if claims.get("aud") != self.issuer:
            raise OAuthError("invalid_grant", "Invalid assertion. Wrong audience (aud).")
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise OAuthError("invalid_grant", "Invalid assertion. iat or exp is missing.")
        now = moment.timestamp()
        if not 0 < expires - issued <= LONGEST_GRANT:
            raise OAuthError("invalid_grant", "Invalid assertion. exp is too long after iat.")
        if abs(now - issued) > CLOCK_SKEW or expires < now:
            raise OAuthError("invalid_grant", "Invalid assertion. iat is too far from now.")
        jti = str(claims.get("jti"))
        with self._lock:
            self._used = {each: until for each, until in self._used.items() if until >= now}
            if jti in ("None", "") or jti in self._used:
                raise OAuthError("invalid_grant", "Invalid assertion. The jti has been used.")
            self._used[jti] = expires

    def _token(
        self, claims: dict[str, Any], client: Client, scope: str, moment: datetime
    ) -> dict[str, Any]:
        own, consumer = client.organisasjonsnummer, claims.get("consumer_org")
        if consumer not in (None, own) and (consumer, own) not in self._delegations:
            raise OAuthError(
                "invalid_grant", f"The consumer_org has not delegated the scope {scope}."
            )
        with self._lock:
            self.issued += 1
            number = self.issued
        token: dict[str, Any] = {
            "iss": self.issuer,
            "client_id": claims["iss"],
            "scope": scope,
            "token_type": "Bearer",
            "client_amr": "virksomhetssertifikat",
            "iat": int(moment.timestamp()),
            "exp": int((moment + timedelta(seconds=self.lifetime)).timestamp()),
            "jti": str(uuid4()),
            "number": number,
            "consumer": party(consumer or own),
        }
        if consumer not in (None, own):
            token["supplier"] = party(own)
        if claims.get("resource") is not None:
            token["aud"] = claims["resource"]
        return {
            "access_token": sign(token, self._key, kid=_KEY_ID),
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "scope": scope,
        }

    def public_keys(self) -> dict[str, Any]:
        """Return the key that tokens are signed with, as a JSON Web Key Set."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _KEY_ID}
        return {"keys": [key | {"n": _base64url(numbers.n), "e": _base64url(numbers.e)}]}


def party(organisasjonsnummer: str) -> dict[str, str]:
    """Write an organisation as tokens and messages of the DPI wire do."""
    return {"authority": "iso6523-actorid-upis", "ID": f"0192:{organisasjonsnummer}"}


def routes(maskinporten: Maskinporten, faults: Faults) -> list[Route]:
    """Return the addresses that Maskinporten answers at.

    Args:
        maskinporten: answers what reaches it.
        faults: what is to go wrong.
    """

    async def metadata(_: Request) -> Response:
        issuer = maskinporten.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "token_endpoint": f"{issuer}token",
                "jwks_uri": f"{issuer}jwk",
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "grant_types_supported": [_GRANT_TYPE],
                "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            }
        )

    async def keys(_: Request) -> Response:
        return JSONResponse(maskinporten.public_keys())

    def refused(error: OAuthError) -> Response:
        maskinporten.note(error)
        body = {"error": error.code, "error_description": error.description}
        return JSONResponse(body, 401 if error.code == "invalid_client" else 400)

    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("ascii", "replace"))

        def process() -> Response:
            try:
                answer = maskinporten.answer(form)
            except OAuthError as error:
                return refused(error)
            return JSONResponse(answer, headers={"Cache-Control": "no-store"})

        match faults.take(Traffic.TOKEN, befalls_token):
            case RefuseToken(error, description):
                return refused(OAuthError(error, description))
            case fault:
                return await answered(process, fault)

    return [
        Route(f"{ROOT}/.well-known/oauth-authorization-server", metadata, methods=["GET"]),
        Route(f"{ROOT}/jwk", keys, methods=["GET"]),
        Route(f"{ROOT}/token", token, methods=["POST"]),
    ]


def _base64url(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
