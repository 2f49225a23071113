"""Checks of Maskinporten, of the contact register and of questions to the access point."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.requests import read_id, read_kanal
from sdp.testmiljo.maskinporten import CLOCK_SKEW, LONGEST_GRANT
from sdp.testmiljo.register.question import read_question
from sdp.testmiljo.validators.jose import Token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.web.checklist import Checklist
    from sdp.testmiljo.world.journal import Exchange


def check_grant(exchange: Exchange, miljo: World, checklist: Checklist) -> None:
    """Check a grant that a token is asked for with.

    Raises:
        Broken: something does not hold; what it is stands last on the checklist.
    """
    run, expect, maskinporten = checklist.run, checklist.expect, miljo.maskinporten
    form = parse_qs(exchange.request.content.decode("ascii", "replace"))
    assertions = form.get("assertion", [])
    expect(
        "The form has one assertion, and the grant type of JWT grants",
        holds=len(assertions) == 1 and form.get("grant_type") == [maskinporten.grant_type],
        reason="grant_type or assertion is missing, or is another",
    )
    grant = run("The assertion is a JWS", lambda: Token.read(assertions[0]))
    claims = run("Its content is a JSON object", grant.claims)
    client = run(
        "It is signed by the client in iss: with its certificate (x5c), or a key it has here (kid)",
        lambda: maskinporten.client_of(grant, claims, exchange.moment),
    )
    expect(
        "aud is the issuer of tokens",
        holds=claims.get("aud") == maskinporten.issuer,
        reason=f"aud is not {maskinporten.issuer}",
    )
    issued, expires, now = claims.get("iat"), claims.get("exp"), exchange.moment.timestamp()
    is_timed = isinstance(issued, int) and isinstance(expires, int)
    expect("iat and exp are whole numbers", holds=is_timed, reason="one is missing, or is another")
    life, away = int(expires or 0) - int(issued or 0), abs(now - int(issued or 0))
    expect(
        f"exp is at most {LONGEST_GRANT} s after iat",
        holds=0 < life <= LONGEST_GRANT,
        reason=f"it is {life} s after",
    )
    expect(
        f"iat is at most {CLOCK_SKEW} s from now, and exp has not passed",
        holds=away <= CLOCK_SKEW and int(expires or 0) >= now,
        reason=f"iat is {away:.0f} s from now",
    )
    expect("jti is there", holds=bool(claims.get("jti")), reason="there is none")
    scopes = set(str(claims.get("scope", "")).split())
    expect(
        "The client has been given the scope",
        holds=bool(scopes) and scopes <= client.scopes,
        reason=f"not given: {' '.join(sorted(scopes - client.scopes)) or 'no scope is asked for'}",
    )


def check_lookup(exchange: Exchange, miljo: World, trust: Trust, checklist: Checklist) -> None:
    """Check a question to the contact register, over REST or SOAP.

    Raises:
        Broken: something does not hold; what it is stands last on the checklist.
    """
    if exchange.request_type.startswith(("application/soap+xml", "text/xml")):
        question = checklist.run(
            "Timestamp and body are signed with a genuine certificate, in time",
            lambda: read_question(exchange.request.content, trust=trust, moment=exchange.moment),
        )
        if question.operation == "HentPersonerForespoersel":
            _expect_people(question.texts("personidentifikator"), checklist)
    elif exchange.method == "POST":
        _check_token(exchange, miljo, (), checklist)
        try:
            asked = json.loads(exchange.request.content)["personidentifikatorer"]
        except (ValueError, KeyError, TypeError, RecursionError):
            asked = None
        is_list = isinstance(asked, list) and all(isinstance(each, str) for each in asked)
        checklist.expect(
            "The body has a list of personidentifikatorer", holds=is_list, reason="it has none"
        )
        _expect_people(asked, checklist)


def check_question(exchange: Exchange, miljo: World, checklist: Checklist) -> None:
    """Check a question to the access point, or the mark that a receipt has been read.

    Raises:
        Broken: something does not hold; what it is stands last on the checklist.
    """
    _check_token(exchange, miljo, (names.SCOPE,), checklist)
    path, _, query = exchange.path.partition("?")
    if path.endswith("/messages/in"):
        kanal = dict(parse_qsl(query)).get("kanal")
        checklist.run("The kanal can be one", lambda: read_kanal(kanal))
        return
    ids = [part for part in path.split("/")[4:] if part not in ("read", "statuses")]
    checklist.run("The id in the address is a UUID", lambda: read_id(ids[0]))


def _check_token(
    exchange: Exchange, miljo: World, scopes: Iterable[str], checklist: Checklist
) -> None:
    authorization = dict(exchange.request_headers).get("authorization")
    checklist.run(
        f"The token is good for {' and '.join(scopes) or 'the register'}",
        lambda: miljo.maskinporten.check(authorization, scopes, moment=exchange.moment),
    )


def _expect_people(asked: list[str], checklist: Checklist) -> None:
    checklist.expect(
        "It is about 1 to 1000 people",
        holds=1 <= len(asked) <= 1000,
        reason=f"it is about {len(asked)}",
    )
