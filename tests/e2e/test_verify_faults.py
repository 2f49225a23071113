"""What a run says of each fault that the test environment knows, on each traffic of each wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import pytest

from sdp.testmiljo import (
    AcceptWithStatus,
    AnswerTwice,
    CutRequest,
    Delay,
    DropMailbox,
    Ebms,
    ExpireToken,
    FailCrl,
    FailOcsp,
    FailRestLookup,
    FailRevocation,
    FailSoapLookup,
    Fault,
    LoseAnswer,
    MoveDownloads,
    RefuseLookup,
    RefuseToken,
    RefuseWithEbms,
    RefuseWithProblem,
    RefuseWithSoapFault,
    RefuseWithStatus,
    ReplayReceipt,
    RestDefect,
    RevocationFault,
    SignWithStranger,
    Testmiljo,
    Traffic,
    TruncateAnswer,
)
from sdp.testmiljo.faults.kinds import traffic_of, written_fault
from sdp.verify import SUITE, Context, Run, Verdict

Wire = Literal["ebms", "dpi"]
LETTER, SIGNAL, RECEIPTS, READ = Traffic.LETTER, Traffic.SIGNAL, Traffic.RECEIPTS, Traffic.READ
TOKEN, LOOKUP, REVOCATION = Traffic.TOKEN, Traffic.LOOKUP, Traffic.REVOCATION
OPERATOR, NETWORK, DIGDIR, ISSUER = "operator", "network", "Digdir", "issuer"
EBMS: Wire = "ebms"
DPI: Wire = "dpi"

WIRES: dict[Traffic, tuple[Wire, ...]] = {
    LETTER: (EBMS, DPI),
    SIGNAL: (EBMS,),
    RECEIPTS: (DPI,),
    READ: (DPI,),
    TOKEN: (EBMS, DPI),
    LOOKUP: (EBMS, DPI),
    REVOCATION: (EBMS, DPI),
}
NEVER_ASKED = {Traffic.STATUSES, Traffic.DOWNLOAD}
"""What no check asks: receipts tell what became of a letter, and have no package."""
CHECKED_BY = {
    LETTER: 601,
    SIGNAL: 704,
    RECEIPTS: 801,
    READ: 801,
    TOKEN: 301,
    LOOKUP: 401,
    REVOCATION: 104,
}
_LONG = 1.0


@dataclass(frozen=True)
class Row:
    fault: Fault
    on: Traffic
    wire: Wire
    remedy: str
    ask: str
    check: int
    verdict: Verdict = Verdict.FAILED

    def __str__(self) -> str:
        return f"{self.wire}-{written_fault(self.fault, self.on)}"


def row(
    fault: Fault,
    on: Traffic,
    remedy: str = "",
    ask: str = "",
    *,
    wires: tuple[Wire, ...] | None = None,
    check: int | None = None,
    verdict: Verdict = Verdict.FAILED,
) -> list[Row]:
    return [
        Row(fault, on, wire, remedy, ask, check or CHECKED_BY[on], verdict)
        for wire in wires or WIRES[on]
    ]


def anywhere(fault: Fault, remedy: str, ask: str) -> list[Row]:
    everywhere = (LETTER, SIGNAL, RECEIPTS, READ, TOKEN, LOOKUP)
    return [each for on in everywhere for each in row(fault, on, remedy, ask)]


WAY = "proxy and firewall"
LATER = "Try again later"
TABLE = [
    # What comes of the way: the same words and the same people, whatever was asked.
    *anywhere(LoseAnswer(accepted=True), WAY, NETWORK),
    *row(LoseAnswer(accepted=False), LETTER, WAY, NETWORK),
    *anywhere(TruncateAnswer(0), WAY, NETWORK),
    *row(TruncateAnswer(30), LETTER, WAY, NETWORK),
    *anywhere(CutRequest(100), WAY, NETWORK),
    *anywhere(Delay(_LONG), WAY, NETWORK),
    *anywhere(RefuseWithStatus(407), "proxy of your own", NETWORK),
    # Statuses without a word.
    *row(RefuseWithStatus(503), LETTER, LATER, OPERATOR),
    *row(RefuseWithStatus(503), SIGNAL, LATER, OPERATOR),
    *row(RefuseWithStatus(503), RECEIPTS, LATER, OPERATOR),
    *row(RefuseWithStatus(503), READ, LATER, OPERATOR),
    *row(RefuseWithStatus(503), TOKEN, LATER, DIGDIR),
    *row(RefuseWithStatus(503), LOOKUP, LATER, DIGDIR),
    *row(RefuseWithStatus(401), LETTER, "registered there", OPERATOR, wires=(EBMS,)),
    *row(RefuseWithStatus(401), LETTER, "this machine's clock", OPERATOR, wires=(DPI,)),
    *row(RefuseWithStatus(403), LETTER, "registered there", OPERATOR, wires=(EBMS,)),
    *row(RefuseWithStatus(403), LETTER, "gateway, firewall or proxy", OPERATOR, wires=(DPI,)),
    *row(RefuseWithStatus(404), LETTER, "Check the addresses", OPERATOR, wires=(EBMS,)),
    *row(RefuseWithStatus(404), LETTER, "Check the url", OPERATOR, wires=(DPI,)),
    *row(RefuseWithStatus(413), LETTER, "no message this large", OPERATOR, wires=(EBMS,)),
    *row(RefuseWithStatus(413), LETTER, "fewer or smaller", OPERATOR, wires=(DPI,)),
    *row(RefuseWithStatus(302), LETTER, "redirects are not followed", OPERATOR),
    *row(RefuseWithStatus(403), TOKEN, "any proxy on the way", NETWORK),
    *row(RefuseWithStatus(403), LOOKUP, "the scopes", DIGDIR),
    # The broker.
    *row(RefuseWithEbms(Ebms.VALUE_NOT_RECOGNIZED), LETTER, "registered", OPERATOR, wires=(EBMS,)),
    *row(RefuseWithEbms(Ebms.OTHER), LETTER, LATER, OPERATOR, wires=(EBMS,)),
    *row(RefuseWithEbms(Ebms.DELIVERY_FAILURE), LETTER, LATER, OPERATOR, wires=(EBMS,)),
    *row(RefuseWithEbms(Ebms.PROCESSING_MODE_MISMATCH), LETTER, "agreed", OPERATOR, wires=(EBMS,)),
    *row(RefuseWithEbms(Ebms.INVALID_HEADER), SIGNAL, "no proxy rewrites", OPERATOR),
    *row(RefuseWithEbms(Ebms.FAILED_AUTHENTICATION), SIGNAL, "registered", OPERATOR),
    *row(RefuseWithSoapFault(), LETTER, LATER, OPERATOR, wires=(EBMS,)),
    *row(RefuseWithSoapFault("Sender"), LETTER, "Ask why", OPERATOR, wires=(EBMS,)),
    *row(RefuseWithSoapFault(), SIGNAL, LATER, OPERATOR),
    *row(SignWithStranger(), LETTER, "trust store", OPERATOR, wires=(EBMS,)),
    *row(SignWithStranger(), SIGNAL, "trust store", OPERATOR, check=801),
    *row(AnswerTwice(), LETTER, "no proxy answers", OPERATOR, wires=(EBMS,), check=602),
    *row(AnswerTwice(), SIGNAL, "by meldings_id", OPERATOR, check=801, verdict=Verdict.WARNING),
    # The access point.
    *row(RefuseWithProblem(400), LETTER, "Ask why", OPERATOR, wires=(DPI,)),
    *row(RefuseWithProblem(500), LETTER, LATER, OPERATOR, wires=(DPI,)),
    *row(RefuseWithProblem(403), RECEIPTS, "customer", OPERATOR),
    *row(RefuseWithProblem(400), READ, "Ask why", OPERATOR),
    *row(ExpireToken(), LETTER, "this machine's clock", OPERATOR, wires=(DPI,)),
    *row(ExpireToken(), RECEIPTS, "this machine's clock", OPERATOR),
    *row(ExpireToken(), READ, "this machine's clock", OPERATOR),
    *row(SignWithStranger(), RECEIPTS, "trust store", OPERATOR),
    # A list is read once, however often it names a receipt, and no package of a receipt is fetched.
    *row(AnswerTwice(), RECEIPTS, verdict=Verdict.OK),
    *row(AcceptWithStatus(202), LETTER, wires=(DPI,), verdict=Verdict.OK),
    *row(AcceptWithStatus(202), READ, verdict=Verdict.OK),
    *row(AcceptWithStatus(203), READ, "no proxy answers", OPERATOR),
    *row(MoveDownloads(), RECEIPTS, verdict=Verdict.OK),
    *row(ReplayReceipt(), RECEIPTS, verdict=Verdict.OK),
    # Those before and after the wire.
    *row(RefuseToken("invalid_scope"), TOKEN, "scope", DIGDIR),
    *row(RefuseToken("invalid_client"), TOKEN, "client_id", DIGDIR),
    *row(RefuseLookup(500), LOOKUP, LATER, DIGDIR),
    *row(RefuseLookup(403), LOOKUP, "the scopes", DIGDIR),
    *row(FailRestLookup(RestDefect.TRUNCATED), LOOKUP, "no proxy answers", DIGDIR),
    *row(DropMailbox(), LETTER, "look the person up again", OPERATOR, check=801),
    *row(FailRevocation(RevocationFault.DOWN), REVOCATION, "over HTTP", NETWORK),
    *row(FailRevocation(RevocationFault.SLOW), REVOCATION, "over HTTP", NETWORK, wires=(EBMS,)),
    *row(FailRevocation(RevocationFault.STALE), REVOCATION, "", ISSUER, wires=(EBMS,)),
    *row(FailRevocation(RevocationFault.STRANGER), REVOCATION, "", ISSUER, wires=(EBMS,)),
    # The list settles what the responder does not, and is not asked for where that has answered.
    *row(FailOcsp(RevocationFault.DOWN), REVOCATION, verdict=Verdict.OK),
    *row(FailCrl(RevocationFault.DOWN), REVOCATION, verdict=Verdict.OK),
]

WITHOUT_EFFECT: set[tuple[type[Fault], Traffic, Wire]] = {
    (AnswerTwice, LETTER, DPI),
    (SignWithStranger, LETTER, DPI),
    (FailSoapLookup, LOOKUP, EBMS),
    (FailSoapLookup, LOOKUP, DPI),
}
"""What the access point has no answers for, and what nobody here asks: the register over SOAP."""


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        started.revocation.slow_seconds = 30.0
        yield started


@pytest.mark.parametrize("case", TABLE, ids=str)
def test_each_fault_is_told_with_what_to_do_and_whom_to_ask(case: Row, miljo: Testmiljo) -> None:
    timeouts = {"read_timeout": _LONG / 4} if isinstance(case.fault, Delay) else {}
    config = miljo.client_config(wire=case.wire).model_copy(update=timeouts)
    miljo.faults.clear()
    miljo.faults.add(case.fault, times=1000, on=case.on)
    if case.on is REVOCATION:
        environment = config.environment.model_copy(update={"revocation": "hard"})
        config = config.model_copy(update={"environment": environment})
    with Context(
        config,
        people=(miljo.innbygger().personidentifikator,),
        large_bytes=10_000,
        wait_seconds=0,
        sleep=lambda _: None,
    ) as context:
        run = Run(SUITE, context)
        if case.check == 602:
            run.result(601)
        result = run.result(case.check)
    miljo.faults.clear()

    assert result.outcome.verdict is case.verdict, result.outcome
    assert case.remedy in result.outcome.remedy
    assert (result.outcome.remedy == "") == (case.verdict is Verdict.OK)
    assert case.verdict is Verdict.OK or case.ask in result.ask


def test_every_fault_is_in_the_table_on_all_that_it_can_happen_to() -> None:
    possible = {
        (fault, on, wire)
        for fault in get_args(Fault)
        for on in traffic_of(fault)
        if on not in NEVER_ASKED
        for wire in WIRES[on]
        if (fault, on, wire) not in WITHOUT_EFFECT and _is_of(fault, wire)
    }

    assert {(type(each.fault), each.on, each.wire) for each in TABLE} == possible


def _is_of(fault: type[Fault], wire: Wire) -> bool:
    """Tell which wire knows a fault that letters can meet."""
    only: dict[type[Fault], Wire] = {
        RefuseWithEbms: EBMS,
        RefuseWithSoapFault: EBMS,
        RefuseWithProblem: DPI,
        ExpireToken: DPI,
        AcceptWithStatus: DPI,
    }
    return only.get(fault, wire) == wire
