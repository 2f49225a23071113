"""With every logger turned up, what is logged while letters are sent holds nothing private.

Letters, lookups and receipts go over real HTTPS on every wire, and go wrong in every way that the
test environment knows. The application logs each result and each error as applications do, with
its traceback.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.config import ClientConfig, KrrConfig
from sdp.domain import (
    Avsender,
    Brev,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Retur,
    Varseltekster,
    Varslingskanal,
)
from sdp.errors import SdpError, UnknownOutcomeError
from sdp.testmiljo import (
    Delay,
    Kind,
    LoseAnswer,
    RefuseWithStatus,
    SignWithStranger,
    Testmiljo,
    Traffic,
)
from sdp.testmiljo.environment import AVSENDER
from sdp.testmiljo.faults.kinds import (
    ExpireToken,
    FailRestLookup,
    FailSoapLookup,
    Fault,
    RefuseLookup,
    RefuseWithEbms,
    RefuseWithProblem,
    RefuseWithSoapFault,
    RestDefect,
    SoapDefect,
    TruncateAnswer,
)
from sdp.testmiljo.validators.rejection import Ebms
from sdp.transport.request import HttpRequest, HttpResponse
from tests.documents import pdf

_INNHOLD = "Diagnosen din er F32.1"
_TITTEL = "Vedtak om arbeidsavklaringspenger"
_VARSEL = "Husk timen hos spesialisten"
_GATE = "Tværåveien 4711"
_NAVN = "Ragnhild Østgård-Utsi"
_STED = "INDRE SKOGLIA"

_TOKEN = re.compile(r"eyJ[\w-]{20,}\.[\w-]+\.[\w-]+")
_app = logging.getLogger("fagsystem")
_LOGGERS = (
    *("httpx", "httpcore", "signxml", "zeep", "urllib3", "h11", "asyncio", "sdp"),
    *("sqlalchemy", "alembic", "psycopg", "procrastinate"),
)


class Recorder(logging.Handler):
    """Keeps every record as it would be written, and all that it holds."""

    def __init__(self) -> None:
        super().__init__(level=1)
        self.written: list[tuple[str, str]] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append((record.name, f"{self.format(record)} {vars(record)!r}"))


@contextmanager
def everything_logged() -> Iterator[Recorder]:
    """Turn up every logger there is, whoever it belongs to."""
    for name in _LOGGERS:
        logging.getLogger(name)
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    levels = [(logger, logger.level) for logger in loggers]
    recorder = Recorder()
    logging.getLogger().addHandler(recorder)
    try:
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        yield recorder
    finally:
        logging.getLogger().removeHandler(recorder)
        for logger, level in levels:
            logger.setLevel(level)


class Secrets:
    """Gathers what must not be logged: from the register, and off the wire as it goes by."""

    def __init__(self, miljo: Testmiljo, password: Path) -> None:
        self._miljo = miljo
        self._tokens = {password.read_text()}

    def sent(self, request: HttpRequest) -> None:
        self._tokens.add(request.headers.get("Authorization", "Bearer ").removeprefix("Bearer "))
        if request.url.endswith("/token"):
            form = parse_qs(b"".join(request.body.chunks()).decode())
            self._tokens |= set(form["assertion"])

    def answered(self, response: HttpResponse) -> None:
        self._tokens |= set(_TOKEN.findall(response.content.decode("latin-1")))

    @property
    def tokens(self) -> set[str]:
        return self._tokens - {""}

    def all(self) -> set[str]:
        people = {
            value
            for person in self._miljo.register
            for value in (
                person.personidentifikator,
                person.postkasseadresse,
                person.epost and person.epost.adresse,
                person.mobil and person.mobil.adresse,
            )
            if value
        }
        letter = {_INNHOLD, _TITTEL, _VARSEL, _GATE, _NAVN, _STED}
        parts = {part for token in self.tokens for part in token.split(".")[1:]}
        return people | letter | self.tokens | parts


def _spellings(secret: str) -> set[str]:
    data = secret.encode()
    return {secret, repr(data)[2:-1], base64.b64encode(data).decode().rstrip("=")}


def leaks(recorder: Recorder, secrets: set[str]) -> set[tuple[str, str]]:
    """Tell which logger has written which secret, in any of its spellings."""
    spellings = {spelling: secret for secret in secrets for spelling in _spellings(secret)}
    return {
        (name, secret)
        for name, written in recorder.written
        for spelling, secret in spellings.items()
        if spelling in written
    }


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def secrets(miljo: Testmiljo) -> Secrets:
    identity = miljo.client_config().identity
    assert identity is not None
    assert identity.password_file is not None
    return Secrets(miljo, identity.password_file)


def brev(**changes: Any) -> Brev:
    adresse = Postadresse(
        navn=_NAVN,
        adresse=NorskAdresse(adresselinje1=_GATE, postnummer="0155", poststed=_STED),
    )
    values: dict[str, Any] = {
        "avsender": Avsender(organisasjonsnummer=AVSENDER),
        "dokumentpakke": Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf(_INNHOLD), filnavn="brev.pdf", tittel=_TITTEL)
        ),
        "digital_post": DigitalPost(ikke_sensitiv_tittel=_TITTEL, aapningskvittering=True),
        "varseltekster": Varseltekster(epost=_VARSEL, sms=_VARSEL),
        "fysisk_post": FysiskPost(
            mottaker=adresse,
            retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=adresse),
        ),
    }
    return Brev(**(values | changes))


def attempt(what: Callable[[], object]) -> SdpError | None:
    """Do as applications do: log what came of it, or the error with its traceback."""
    try:
        result = what()
    except SdpError as error:
        _app.exception("it failed: %r", error, extra={"error": vars(error)})
        if isinstance(error, UnknownOutcomeError):
            error.pending.close()
        return error
    _app.info("it went well: %s %r", result, result)
    return None


def config(miljo: Testmiljo, wire: str, register: str) -> ClientConfig:
    krr = KrrConfig.model_validate({"wire": register, "signed_answers": register == "rest"})
    made = miljo.client_config(wire="dpi" if wire == "dpi" else "ebms")
    return made.model_copy(update={"krr": krr, "read_timeout": 2.0})


@pytest.mark.parametrize("register", ["rest", "soap"])
@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_letters_lookups_and_receipts_that_go_well_log_nothing_private(
    miljo: Testmiljo, secrets: Secrets, wire: str, register: str
) -> None:
    with (
        everything_logged() as recorder,
        Client(
            config(miljo, wire, register),
            on_request=secrets.sent,
            on_response=secrets.answered,
        ) as client,
    ):
        _app.info("%r %r", client, config(miljo, wire, register))
        people = [
            miljo.innbygger(kind=kind, epost="kari@example.no", mobil="+4799999999")
            for kind in Kind
        ]
        numbers = [person.personidentifikator for person in people]
        assert attempt(partial(client.lookup, numbers)) is None
        assert attempt(client.print_certificate) is None
        for number in numbers:
            attempt(partial(client.brev, number, brev()))
        letter = brev().digital(people[0], epost="kari@example.no", mobil="+4799999999")
        _app.info("%s %r", letter, brev())
        assert attempt(partial(client.send, letter)) is None
        _bring_every_receipt(miljo, wire)
        received = list(client.receipts(on_set_aside=lambda aside: _app.error("%r", aside)))
        _app.info("%r", received)

    assert len({type(one) for one in received}) == 6
    assert len(miljo.letters) >= 8
    assert len(secrets.tokens) > 1 or (wire, register) == ("ebms", "soap")
    assert leaks(recorder, secrets.all()) == set()


def _bring_every_receipt(miljo: Testmiljo, wire: str) -> None:
    actors = miljo.aksesspunkt if wire == "dpi" else miljo
    digital = [letter for letter in miljo.letters if not letter.is_print][-1]
    fysisk = [letter for letter in miljo.letters if letter.is_print][-1]
    actors.postkasse.open(digital)
    actors.postkasse.fail_notification(digital, Varslingskanal.SMS, f"{_NAVN} svarer ikke")
    actors.postkasse.refuse(digital, f"{_NAVN}, {_GATE}: {_VARSEL}")
    actors.printer.return_letter(fysisk)


def _words(miljo: Testmiljo) -> str:
    """What a careless service may say of a person when it refuses."""
    (person, *_) = miljo.register
    assert person.epost is not None
    assert person.mobil is not None
    return (
        f"unknown person {person.personidentifikator}, reached at {person.epost.adresse} "
        f"and {person.mobil.adresse}"
    )


def _faults(miljo: Testmiljo, wire: str) -> list[tuple[Traffic, Fault]]:
    words = _words(miljo)
    faults: list[Fault] = [RefuseWithStatus(500), LoseAnswer(), Delay(3.0), TruncateAnswer(10)]
    if wire == "dpi":
        faults += [RefuseWithProblem(400, words, words), ExpireToken(), SignWithStranger()]
    else:
        faults += [RefuseWithEbms(Ebms.OTHER, words), RefuseWithSoapFault("Sender", words)]
        faults += [SignWithStranger()]
    fetch = Traffic.RECEIPTS if wire == "dpi" else Traffic.SIGNAL
    return [(traffic, fault) for traffic in (Traffic.LETTER, fetch) for fault in faults]


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_letters_and_receipts_that_go_wrong_log_nothing_private(
    miljo: Testmiljo, secrets: Secrets, wire: str
) -> None:
    mottaker = miljo.innbygger(epost="kari@example.no", mobil="+4799999999")
    aside: list[object] = []
    failed = []

    def receipts(client: Client) -> None:
        for kvittering in client.receipts(on_set_aside=aside.append):
            _app.info("%r", kvittering)

    with (
        everything_logged() as recorder,
        Client(
            config(miljo, wire, "rest"), on_request=secrets.sent, on_response=secrets.answered
        ) as client,
    ):
        for traffic, fault in _faults(miljo, wire):
            letter = brev().digital(mottaker, epost="kari@example.no", mobil="+4799999999")
            if traffic is not Traffic.LETTER:
                attempt(partial(client.send, letter))
            miljo.faults.add(fault, on=traffic, times=2 if isinstance(fault, ExpireToken) else 1)
            if traffic is Traffic.LETTER:
                failed.append(attempt(partial(client.send, letter)))
            else:
                failed.append(attempt(partial(receipts, client)))
            miljo.faults.clear()
        _app.error("%r", aside)

    assert len([error for error in failed if error is not None]) >= 8
    assert leaks(recorder, secrets.all()) == set()


LOOKUP_FAULTS: tuple[Fault, ...] = (
    *map(FailRestLookup, RestDefect),
    *map(FailSoapLookup, SoapDefect),
    *map(RefuseLookup, (400, 401, 503)),
)


def test_lookups_that_go_wrong_log_nothing_private(miljo: Testmiljo, secrets: Secrets) -> None:
    numbers = [miljo.innbygger(kind=kind).personidentifikator for kind in Kind]
    failed = []
    with everything_logged() as recorder:
        for register in ("rest", "soap"):
            with Client(
                config(miljo, "ebms", register),
                on_request=secrets.sent,
                on_response=secrets.answered,
            ) as client:
                for fault in LOOKUP_FAULTS:
                    if isinstance(fault, FailSoapLookup) == (register == "soap"):
                        miljo.faults.add(fault, times=2 if fault == RefuseLookup(401) else 1)
                        failed.append(attempt(partial(client.lookup, numbers)))
                failed.append(attempt(partial(client.lookup, [*numbers, "12345678901"])))

    assert len([error for error in failed if error is not None]) >= 15
    assert leaks(recorder, secrets.all() | {"12345678901"}) == set()


def test_no_token_is_logged_that_is_refused(miljo: Testmiljo, secrets: Secrets) -> None:
    stranger = brev(avsender=Avsender(organisasjonsnummer="974720760"))
    mottaker = miljo.innbygger()
    with (
        everything_logged() as recorder,
        Client(
            config(miljo, "dpi", "rest"), on_request=secrets.sent, on_response=secrets.answered
        ) as client,
    ):
        letter = stranger.digital(mottaker, epost=None, mobil=None)
        assert attempt(partial(client.send, letter)) is not None

    assert len(secrets.tokens) > 1
    assert leaks(recorder, secrets.all()) == set()


def test_the_async_client_logs_nothing_private(miljo: Testmiljo, secrets: Secrets) -> None:
    async def main() -> None:
        numbers = [
            miljo.innbygger(kind=kind).personidentifikator
            for kind in (Kind.REACHABLE, Kind.RESERVED)
        ]
        async with AsyncClient(
            config(miljo, "dpi", "rest"), on_request=secrets.sent, on_response=secrets.answered
        ) as client:
            sent = await asyncio.gather(*(client.brev(number, brev()) for number in numbers))
            _app.info("%r %r", sent, await client.lookup(numbers))
            _app.info("%r", [kvittering async for kvittering in client.receipts()])

    with everything_logged() as recorder:
        asyncio.run(main(), debug=True)
    assert len(miljo.letters) == 2
    assert leaks(recorder, secrets.all()) == set()


def test_what_is_watched_for_would_be_found(miljo: Testmiljo, secrets: Secrets) -> None:
    number = miljo.innbygger().personidentifikator
    with everything_logged() as recorder:
        logging.getLogger("httpcore.http11").debug("body %r", f"<navn>{_NAVN}</navn>".encode())
        logging.getLogger("sdp.client").debug("about %s", number)
        logging.getLogger("zeep.xsd").debug("tittel", extra={"tittel": _TITTEL})
    found = {name for name, _ in leaks(recorder, secrets.all())}
    assert found == {"httpcore.http11", "sdp.client", "zeep.xsd"}
