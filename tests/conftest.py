"""Real keys and certificates, made once per run, and the letters that most tests send."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from sdp.domain import (
    Avsender,
    DigitalForsendelse,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    FysiskForsendelse,
    FysiskPost,
    Mottaker,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Retur,
    TekniskMottaker,
    Utskriftsfarge,
)
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.ca import Issued, TestCA
from tests.compiled import compiled_once
from tests.documents import pdf
from tests.keys import Ring, used_again
from tests.shares import begin_with
from tests.threads import Started

AVSENDER = "991825827"
POSTEN = "984661185"
EBOKS = "922020175"
PRINTER = "974761076"

_TESTS = Path(__file__).parent

# Whoever starts the tests with `nohup … &` ignores interrupts, and every process would inherit it:
# the tests of interrupts need those that a terminal gives.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asks anything of the internet, and the public CAs take longer to load than a letter takes
# to send.
os.environ |= {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}

# How fast a machine is, is no property of the code.
settings.register_profile(
    "sdp", settings(), max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# CI judges a commit, and judges it alike each time; new examples are for developers to find.
settings.register_profile("ci", settings.get_profile("sdp"), derandomize=True)
# For `make check`, and for `make fuzz`; the examples of `make test` are new each time it is run.
settings.register_profile("quick", settings.get_profile("sdp"), max_examples=20)
settings.register_profile("thorough", settings.get_profile("sdp"), max_examples=200)
settings.load_profile("ci" if "CI" in os.environ else "sdp")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let one process compile the tests of a fresh clone, and the others read what it has written.

    Each would compile all of them, which takes three times as long as reading them.
    """
    is_compiled = (_TESTS / "unit/xmlsec/__pycache__").exists()
    with _seldom_searched_for_garbage():
        if "PYTEST_XDIST_WORKER" not in os.environ or sys.dont_write_bytecode or is_compiled:
            return (yield)
        with Path(__file__).open("rb") as shared:
            try:
                fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                fcntl.flock(shared, fcntl.LOCK_SH)
            return (yield)


@contextmanager
def _seldom_searched_for_garbage() -> Iterator[None]:
    """Search less while much is made that stays, where each search finds next to nothing."""
    usual = gc.get_threshold()
    gc.set_threshold(20_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that wait for servers and processes; those of units are short."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes > 1:
        items[:] = begin_with(
            lambda item: not item.path.is_relative_to(_TESTS / "unit"), items, processes
        )


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of one run share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


_RING = pytest.StashKey[Ring]()


class _LastingKeys:
    """Keys that no other has, for what outlives a test.

    A plugin of its own, since pytest asks no hook of a conftest below the root about fixtures of
    the session.
    """

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        with self._ring.closed(fixturedef.scope != "function"):
            return (yield)


@pytest.fixture(scope="session", autouse=True)
def _keys_of_environments(run_folder: Path, pytestconfig: pytest.Config) -> Iterator[None]:
    with used_again(run_folder / "keys") as ring:
        pytestconfig.stash[_RING] = ring
        lasting = _LastingKeys(ring)
        pytestconfig.pluginmanager.register(lasting)
        yield
        pytestconfig.pluginmanager.unregister(lasting)


@pytest.fixture(scope="session", autouse=True)
def _compiled_statements() -> Iterator[None]:
    with compiled_once():
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        if ring := item.config.stash.get(_RING, None):
            ring.end_test()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """The threads that the library starts during a test."""
    noted, start = Started(), threading.Thread.start

    def noting(thread: threading.Thread) -> None:
        noted.note(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noting)
    return noted


@pytest.fixture(scope="session")
def moment() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def ca(moment: datetime) -> TestCA:
    return TestCA.create(moment)


@pytest.fixture(scope="session")
def trust(ca: TestCA) -> TrustStore:
    return ca.trust


@pytest.fixture(scope="session")
def avsender_issued(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(AVSENDER, "Etaten", moment=moment)


@pytest.fixture(scope="session")
def avsender_identity(avsender_issued: Issued, moment: datetime) -> Identity:
    return avsender_issued.identity(moment)


@pytest.fixture(scope="session")
def broker_identity(ca: TestCA, moment: datetime) -> Identity:
    return ca.issue(POSTEN, "Meldingsformidleren", moment=moment).identity(moment)


@pytest.fixture(scope="session")
def postkasse_identity(ca: TestCA, moment: datetime) -> Identity:
    return ca.issue(POSTEN, "Digipost", moment=moment).identity(moment)


@pytest.fixture(scope="session")
def eboks_identity(ca: TestCA, moment: datetime) -> Identity:
    return ca.issue(EBOKS, "e-Boks", moment=moment).identity(moment)


@pytest.fixture(scope="session")
def printer_identity(ca: TestCA, moment: datetime) -> Identity:
    return ca.issue(PRINTER, "Utskrift", moment=moment).identity(moment)


@pytest.fixture(scope="session")
def stranger(moment: datetime) -> Identity:
    """The broker's organisation number, under a CA that nobody here trusts."""
    return (
        TestCA.create(moment).issue(POSTEN, "Meldingsformidleren", moment=moment).identity(moment)
    )


@pytest.fixture
def digital_forsendelse(postkasse_identity: Identity) -> Callable[..., DigitalForsendelse]:
    def build(**changes: Any) -> DigitalForsendelse:
        values: dict[str, Any] = {
            "avsender": Avsender(organisasjonsnummer=AVSENDER),
            "mottaker": Mottaker(
                personidentifikator="01815800083",
                postkasseadresse="kari.nordmann#1234",
                postkasse=TekniskMottaker(
                    organisasjonsnummer=POSTEN, sertifikat=postkasse_identity.certificate
                ),
            ),
            "digital_post": DigitalPost(ikke_sensitiv_tittel="Brev fra Etaten"),
            "dokumentpakke": Dokumentpakke(
                hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
            ),
        }
        return Forsendelse.digital(**(values | changes))

    return build


@pytest.fixture
def fysisk_forsendelse(printer_identity: Identity) -> Callable[..., FysiskForsendelse]:
    def build(**changes: Any) -> FysiskForsendelse:
        adresse = Postadresse(
            navn="Kari Nordmann",
            adresse=NorskAdresse(adresselinje1="Storgata 1", postnummer="0155", poststed="OSLO"),
        )
        values: dict[str, Any] = {
            "avsender": Avsender(organisasjonsnummer=AVSENDER),
            "printer": TekniskMottaker(
                organisasjonsnummer=PRINTER, sertifikat=printer_identity.certificate
            ),
            "fysisk_post": FysiskPost(
                mottaker=adresse,
                retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=adresse),
                utskriftsfarge=Utskriftsfarge.SORT_HVIT,
            ),
            "dokumentpakke": Dokumentpakke(
                hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
            ),
        }
        return Forsendelse.fysisk(**(values | changes))

    return build
