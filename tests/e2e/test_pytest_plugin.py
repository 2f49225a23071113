"""What users get by installing the library: fixtures, a marker, and claims with clear words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.commands import Programs

_LETTER = """
from sdp import Avsender, DigitalPost, Dokument, Dokumentpakke, Forsendelse


def letter_to(mottaker):
    return Forsendelse.digital(
        avsender=Avsender(organisasjonsnummer="991825827"),
        mottaker=mottaker,
        digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(b"%PDF-1.7", filnavn="vedtak.pdf", tittel="Vedtak")
        ),
    )

"""


Pytest = Callable[..., str]


@pytest.fixture
def run_pytest(programs: Programs, tmp_path: Path) -> Pytest:
    """Run tests as a user does, and give what pytest shows."""

    def run(tests: str, *, installed: bool = False) -> str:
        """Run them with the installed pytest where how it starts is the claim."""
        (tmp_path / "test_them.py").write_text(_LETTER + tests, encoding="utf-8")
        # Of the plugins here, one takes longer to load than all the rest, and is none of a user's.
        plugins = ("-p", "no:cacheprovider", "-p", "no:schemathesis")
        options = ("-q", "-W", "error", *plugins, "--strict-markers", ".")
        if not installed:
            return programs.run("pytest", *options, cwd=tmp_path).stdout
        command = (sys.executable, "-m", "pytest", *options)
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False
        ).stdout

    return run


def test_each_test_gets_a_fresh_environment_without_naming_a_plugin(run_pytest: Pytest) -> None:
    shown = run_pytest(
        """
def test_one(testmiljo):
    testmiljo.queue_receipt(b"<receipt/>")
    assert len(testmiljo.waiting_receipts) == 1

def test_two(testmiljo):
    assert testmiljo.url.startswith("https://localhost:")
    assert not testmiljo.waiting_receipts
""",
        installed=True,
    )

    assert "2 passed" in shown, shown


def test_the_client_sends_over_the_wire_that_the_marker_names(run_pytest: Pytest) -> None:
    shown = run_pytest(
        """
import pytest
from sdp.testmiljo import Kind

def test_classic(sdp_client, innbygger, arrived):
    kari, ola = innbygger(), innbygger()
    arrived.none()
    sdp_client.send(letter_to(kari))
    assert arrived.one(to=kari).wire == "ebms"
    arrived.none(to=ola)

@pytest.mark.sdp_wire("dpi")
def test_today(sdp_client, innbygger, arrived):
    kari = innbygger()
    sdp_client.send(letter_to(kari))
    assert arrived.one(to=kari).wire == "dpi"
    assert [each.hoveddokument.filnavn for each in arrived.all()] == ["vedtak.pdf"]

def test_who_has_declined(innbygger, testmiljo):
    person = testmiljo.register.find(innbygger(kind=Kind.RESERVED).personidentifikator)
    assert person.reservasjon == "JA"
""",
    )

    assert "3 passed" in shown, shown


def test_a_claim_that_does_not_hold_says_what_arrived_and_nobody_by_number(
    run_pytest: Pytest,
) -> None:
    shown = run_pytest(
        """
def test_to_another(sdp_client, innbygger, arrived):
    sdp_client.send(letter_to(innbygger()))
    ola = innbygger()
    print("number", ola.personidentifikator)
    arrived.one(to=ola)

def test_none(sdp_client, innbygger, arrived):
    sdp_client.send(letter_to(innbygger()))
    arrived.none()

def test_refused(sdp_client, testmiljo, innbygger, arrived):
    letter = letter_to(innbygger())
    sdp_client.send(letter)
    try:
        sdp_client.send(letter)
    except Exception:
        pass
    arrived.none()
""",
    )

    number = shown.partition("number ")[2][:11]
    errors = "\n".join(line for line in shown.splitlines() if line.startswith("E "))
    assert "3 failed" in shown, shown
    assert "expected one letter to that mailbox; arrived: 0" in errors
    assert "digital letter over ebms with vedtak.pdf, to somebody else" in errors
    assert "expected no letter; arrived: 1" in errors
    assert "refused: EBMS:0003" in errors
    assert number.isdigit()
    assert number not in errors


def test_a_claim_that_does_not_hold_points_at_the_line_of_the_test(run_pytest: Pytest) -> None:
    shown = run_pytest("def test_it(arrived):\n    arrived.one()\n")

    assert ">   " in shown
    assert "test_them.py:" in shown
    assert "arrived.py" not in shown


@pytest.mark.parametrize("marker", ['sdp_wire("tomorrow")', "sdp_wire", 'sdp_wire(name="x")'])
def test_a_wire_that_there_is_not_is_told_with_those_there_are(
    marker: str, run_pytest: Pytest
) -> None:
    shown = run_pytest(
        f"import pytest\n@pytest.mark.{marker}\ndef test_it(sdp_client):\n    pass\n",
    )

    assert "1 error" in shown
    assert '"ebms" or "dpi"' in shown


def test_a_run_that_sends_no_letters_pays_for_nothing() -> None:
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, sdp.pytest_plugin; print(*sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    loaded = {*shown.split()}
    assert "sdp.pytest_plugin" in loaded
    assert not loaded & {"cryptography", "httpx", "jinja2", "lxml", "pydantic", "starlette"}
    ours = {name for name in loaded if name.startswith("sdp.")}
    assert ours == {"sdp._version", "sdp.pytest_plugin"}


def test_without_the_extra_a_test_fails_with_how_to_install_it(
    run_pytest: Pytest, tmp_path: Path
) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['uvicorn'] = None\n")

    shown = run_pytest("def test_it(testmiljo):\n    pass\n", installed=True)

    assert "1 error" in shown
    assert "pip install 'sikker-digital-post[testmiljo]'" in shown
    assert "Traceback" not in shown
    assert "import_module" not in shown


def test_a_missing_dependency_is_told_once(run_pytest: Pytest, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('import sys\nsys.modules["uvicorn"] = None\n')
    shown = run_pytest(
        """
def test_one(testmiljo):
    pass

def test_two(testmiljo):
    pass

def test_three(sdp_client):
    pass

def test_that_needs_nothing():
    pass
""",
        installed=True,
    )

    assert "1 passed, 2 skipped, 1 error" in shown, shown
    before_the_summary = shown.partition("short test summary")[0]
    assert before_the_summary.count("Run: pip install 'sikker-digital-post[testmiljo]'") == 1, shown
