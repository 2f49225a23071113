"""With every logger turned up, an outbox logs nothing private, whoever the logger belongs to.

Letters are put, sent, repeated and searched for over real HTTPS, and refused in words of others.
The engines, the database and its drivers have loggers of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

import pytest

from sdp.domain import Varslingskanal
from sdp.outbox import Outbox
from sdp.testmiljo import Kind, LoseAnswer, Testmiljo, Traffic
from sdp.testmiljo.faults.kinds import Fault, RefuseWithEbms, RefuseWithProblem
from sdp.testmiljo.validators.rejection import Ebms
from tests.e2e.test_privacy import Secrets, brev, config, everything_logged, leaks

_WORDS = "Saksbehandler Ola sier nei"
_app = logging.getLogger("fagsystem")


def _secrets(miljo: Testmiljo) -> Secrets:
    identity = miljo.client_config().identity
    assert identity is not None
    assert identity.password_file is not None
    return Secrets(miljo, identity.password_file)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "wire"), [("sqlite", "dpi"), ("postgresql", "ebms")])
def test_no_logger_tells_anything_private_of_what_an_outbox_does(
    testmiljo: Testmiljo,
    new_address: Callable[[str], str],
    kind: str,
    wire: Literal["ebms", "dpi"],
) -> None:
    address = new_address(kind)
    register = "rest" if wire == "dpi" else "soap"
    people = [testmiljo.innbygger(kind=each).personidentifikator for each in Kind]
    refusal: Fault = (
        RefuseWithProblem(400, f"{_WORDS}: {people[0]}", _WORDS)
        if wire == "dpi"
        else RefuseWithEbms(Ebms.OTHER, f"{_WORDS}: {people[0]}")
    )
    testmiljo.faults.add(LoseAnswer(), on=Traffic.LETTER)
    testmiljo.faults.add(refusal, on=Traffic.LETTER)
    with (
        everything_logged() as recorder,
        Outbox.open(address, config(testmiljo, wire, register)) as outbox,
    ):
        outbox.put("alene", people[0], brev())
        outbox.put_many((f"sak-{count}", person, brev()) for count, person in enumerate(people))
        status = outbox.run(until_empty=True, wait=10)
        for letter in testmiljo.letters:
            if not letter.is_print:
                actors = testmiljo.aksesspunkt if wire == "dpi" else testmiljo
                actors.postkasse.fail_notification(letter, Varslingskanal.SMS, _WORDS)
        outbox.run(until_empty=True, wait=10)
        found = list(outbox.letters(personidentifikator=people[0]))
        _app.info("%r %r %r", status, found, [outbox.show(each.nokkel) for each in found])
        _app.info("%r %r", list(outbox.receipts()), outbox.kept_aside())

    loggers = {name.partition(".")[0] for name, _ in recorder.written}
    drivers = {"psycopg", "procrastinate"} if kind == "postgresql" else {"alembic"}
    assert {"sdp", "sqlalchemy", *drivers} <= loggers
    assert len(testmiljo.letters) >= 3
    assert leaks(recorder, _secrets(testmiljo).all() | {_WORDS}) == set()
