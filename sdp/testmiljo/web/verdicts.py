"""Verdicts on an exchange: each check run anew, and the reason of a refusal."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sdp.testmiljo.faults.kinds import Traffic, place_of
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.xml import parse
from sdp.testmiljo.web import dpi_checks, ebms_checks, register_checks
from sdp.testmiljo.web.checklist import Broken, Check, Checklist
from sdp.testmiljo.world.journal import LONGEST_BODY

if TYPE_CHECKING:
    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.faults.kinds import Place
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.world.journal import Exchange


def checks_of(exchange: Exchange, miljo: World, trust: Trust) -> tuple[Check, ...]:
    """Run the checks of an exchange anew, as of its time, and end with what came of it.

    Nothing is kept of the checks themselves; they give the same answer to the same bytes. What
    depends on what had happened before, such as an id used twice, shows in the last check alone.
    """
    checklist = Checklist()
    place = place_of(exchange.method, exchange.path.partition("?")[0])
    if place is not None and not exchange.request.is_whole:
        rule = "What the request must hold"
        reason = f"Only the first {LONGEST_BODY // 1024} KiB are kept, so it cannot be run anew."
        checklist.checks.append(Check(rule, None, reason))
    elif place is not None:
        with suppress(Broken):
            _run(place, exchange, miljo, trust, checklist)
    return (*checklist.checks, _outcome(exchange))


def _run(
    place: Place, exchange: Exchange, miljo: World, trust: Trust, checklist: Checklist
) -> None:
    match place.traffic, place.wire:
        case Traffic.LETTER, "ebms":
            ebms_checks.check_letter(exchange, miljo, trust, checklist)
        case Traffic.SIGNAL, _:
            ebms_checks.check_signal(exchange, trust, checklist)
        case Traffic.LETTER, _:
            dpi_checks.check_letter(exchange, miljo, trust, checklist)
        case Traffic.TOKEN, _:
            register_checks.check_grant(exchange, miljo, checklist)
        case Traffic.LOOKUP, _:
            register_checks.check_lookup(exchange, miljo, trust, checklist)
        case _:
            register_checks.check_question(exchange, miljo, checklist)


def refusal_of(exchange: Exchange) -> str | None:
    """Tell why a request was refused, in the words of its answer; None where it was taken."""
    if exchange.status is None:
        return "no answer: the connection was cut"
    if exchange.status < 400:
        return None
    return _words(exchange) or f"HTTP {exchange.status}, without a word"


def _outcome(exchange: Exchange) -> Check:
    refusal = refusal_of(exchange)
    if refusal is not None:
        return Check("The request was taken", holds=False, reason=refusal)
    cut = "The connection was cut within the answer." if exchange.is_cut else ""
    return Check("The request was taken", holds=True, reason=cut)


def _words(exchange: Exchange) -> str:
    content = exchange.answer.content
    if "json" in exchange.answer_type:
        try:
            said: Any = json.loads(content)
        except (ValueError, RecursionError):
            return ""
        given = [said.get(name) for name in _JSON_REASONS] if isinstance(said, dict) else []
        return ": ".join(each for each in given if isinstance(each, str))
    root = parse(content) if "xml" in exchange.answer_type else None
    if root is None:
        return ""
    error = root.find(".//eb:Error", names.PREFIXES)
    if error is not None:
        described = error.findtext("eb:Description", "", names.PREFIXES)
        return f"{error.get('errorCode')} {error.get('shortDescription')}: {described}"
    return root.findtext(".//env:Reason/env:Text", "", names.PREFIXES)


_JSON_REASONS = ("title", "error", "detail", "error_description")
