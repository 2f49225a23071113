"""Every sentence that a check writes has a Norwegian one, found in the source of the checks."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html

import sdp.verify
from sdp.cli._output import Output
from sdp.cli.verify import tell
from sdp.config import ClientConfig, Environment
from sdp.errors import HttpStatusError, NotSentError, SdpError, TokenError
from sdp.verify import SUITE, Result
from sdp.verify.check import advice, failed, ok, skipped, warning
from sdp.verify.norsk import translate
from sdp.verify.norsk_errors import ERRORS
from sdp.verify.report import Report, as_html

_ROOM = Path(sdp.verify.__file__).parent
_SOURCES = (*sorted((_ROOM / "checks").glob("*.py")), _ROOM / "check.py", _ROOM / "suite.py")
_KINDS = "601: nothing, 602: Leveringskvittering and Aapningskvittering"
_PARTS = {
    ", of which 7 are sent": "certificates in the chain: 3, up to Buypass, of which 2 are sent",
    "7 Nothing is lost by trying again.": (
        "Something on the way cut the connection or held it too long. Check the time limits and the"
        " largest body that proxy and firewall let through, and read_timeout here. Nothing is lost"
        " by trying again."
    ),
    "7 is 7": "4 of 4 letters are not delivered within 300 s: a-b is sendt, c-d is tatt",
    "7, after 7 s": "accepted as a-b, 7 billable bytes, after 25 s",
    "7, but at first: 7": "accepted as a-b, 7 billable bytes, but at first: EBMS:0001",
    "7, every receipt verified and confirmed (7)": (
        f"delivered 1 of 2 letters, every receipt verified and confirmed ({_KINDS})"
    ),
    "7, in 7 days": "organisation 991825827, issued by Buypass, until 2026-12-11, in 12 days",
    "7, line 7": "The check itself failed, with ValueError in sending.py, line 7.",
    "The check itself failed, with 7 in 7.": (
        "The check itself failed, with ValueError in sending.py, line 7."
    ),
    "7; it holds no issuing CA, so no certificate of a mailbox provider or a receipt can be trusted"
    " and no letter can be sent": (
        "anchors: 2, the first of which expires 2030-01-01; it holds no issuing CA, so no"
        " certificate of a mailbox provider or a receipt can be trusted and no letter can be sent"
    ),
    "7; not heard of: check 7, within 7 s (7)": (
        f"delivered 1 of 2 letters; not heard of: check 601, within 300 s ({_KINDS})"
    ),
    "7; one receipt: 7": "delivered 1 of 2 letters; one receipt: EBMS:0001",
    "7; receipts that came twice: 7": "delivered 2 of 2 letters; receipts that came twice: 1",
    "7; refused: 7": "delivered 1 of 2 letters; refused: the letter of check 601 (KLIENT)",
    "7; the register gives no usable answer about all of them": (
        "reached digitally 1 of 2; the register gives no usable answer about all of them"
    ),
    "; of the others each 7": "reached digitally 1 of 3; of the others each reservert, ukjent",
    "the letter of check 7 (7)": (
        "delivered 1 of 3 letters; refused: the letter of check 601 (KLIENT), the letter of check"
        " 602 (SERVER)"
    ),
    "with key 7 7": "with key a a token for b and for c, good for 9 s; key a is a year old since x",
    " and for ": "a token for a:b and for c:d, good for 119 s",
    " and ": "The test person may not be notified by e-mail and SMS.",
}
"""Texts that are put together with others, each with a whole that it stands in."""
_SHOWN_TO_NOBODY = {"HTTP status", "HTTP status 407", "Test av digital post", "Vedlegg 7"}
"""Texts that are compared with, or are Norwegian in a letter."""
_EXAMPLES = {
    "with key a a token for b, good for 9 s; key a is a year old 2027-01-01, in 33 days": (
        "med nøkkelen a et token for b, gyldig i 9 s; nøkkelen a er ett år gammel 2027-01-01,"
        " om 33 dager"
    ),
    f"delivered 1 of 2 letters, every receipt verified and confirmed ({_KINDS})": (
        "levert 1 av 2 brev, alle kvitteringer verifisert og bekreftet (601: ingenting, 602:"
        " Leveringskvittering og Aapningskvittering)"
    ),
    "The test person may not be notified by e-mail and SMS.": (
        "Testpersonen kan ikke varsles på e-post og SMS."
    ),
    "Ask whether the operator knows that you send for this organisation. Ask why, with the words of"
    " the refusal.": "Spør om operatøren vet at dere sender for denne virksomheten. Spør hvorfor,"
    " med ordene i avvisningen.",
}
_ENGLISH = re.compile(
    r"\b(?:the|and|of|is|was|were|not|with|from|this|that|which|check|letter|ask|did|until)\b",
    re.IGNORECASE,
)


class _Texts(ast.NodeVisitor):
    """Texts of a module, with 7 for each value, without docstrings and the words of a `Check`."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if node.name != "Whom":
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        # The names of the checks, and the letters that they send, are said elsewhere.
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called not in {"Check", "_to_mailbox", "_with_notices", "Postadresse", "NorskAdresse"}:
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [str(each.value) if isinstance(each, ast.Constant) else "7" for each in node.values]
        self._take("".join(parts))
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                self.visit(each.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._take(node.value)

    def _take(self, text: str) -> None:
        if " " in text and re.search(r"[^\W\d]", text):
            self.found.add(text)


def _texts() -> set[str]:
    texts = _Texts()
    for source in _SOURCES:
        texts.visit(ast.parse(source.read_text(encoding="utf-8")))
    return texts.found


def test_every_text_in_the_source_of_the_checks_has_a_norwegian_one() -> None:
    texts = _texts()

    assert len(texts) > 100
    left = {each for each in texts if translate(each) is None}
    assert left - _SHOWN_TO_NOBODY == _PARTS.keys()


@pytest.mark.parametrize("whole", _PARTS.values())
def test_what_is_put_together_is_norwegian_to_its_end(whole: str) -> None:
    norwegian = translate(whole)

    assert norwegian is not None
    assert _ENGLISH.findall(norwegian) == []


@pytest.mark.parametrize("english", _EXAMPLES)
def test_values_stand_where_they_belong(english: str) -> None:
    assert translate(english) == _EXAMPLES[english]


def test_every_error_that_is_translated_is_one_that_the_library_says() -> None:
    said = _said()
    put_together = {"The broker refused the message: {}.", "Refused with HTTP status {}: {}."}
    assert {each for each in ERRORS if each not in said} <= put_together
    assert [each for each in ERRORS.values() if _ENGLISH.search(each)] == []


def _said() -> set[str]:
    """Every text in the source of the library, with a slot for each value."""
    found = set[str]()
    files = Path(sdp.__file__).parent.rglob("*.py")
    for file in (each for each in files if each.name != "norsk_errors.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (str(e.value) if isinstance(e, ast.Constant) else "{}" for e in node.values)
                found.add("".join(parts))
    return found


@pytest.mark.parametrize(
    ("error", "norwegian"),
    [
        (
            TokenError("invalid_scope", "", remedy="Add the scope to the client in Maskinporten."),
            "Maskinporten nektet å utstede et token: invalid_scope.",
        ),
        (HttpStatusError(503), "Svaret var HTTP-status 503, uten noen forklaring."),
        (
            NotSentError("broker.example could not be reached: connection refused."),
            "broker.example kunne ikke nås: connection refused.",
        ),
    ],
)
def test_the_library_s_own_errors_are_told_in_norwegian_with_what_to_do(
    error: SdpError, norwegian: str
) -> None:
    assert translate(error.message) == norwegian
    assert translate(advice(error)[0]) is not None


def test_an_error_within_a_finding_is_norwegian_too() -> None:
    told = translate("no token with key a: Maskinporten refused to issue a token: invalid_grant.")
    assert told == (
        "ikke noe token med nøkkelen a: Maskinporten nektet å utstede et token: invalid_grant."
    )


@pytest.mark.parametrize("other", ["", "no answer", "Maskinporten refused: invalid_scope"])
def test_what_no_check_wrote_is_left_as_it_is(other: str) -> None:
    assert translate(other) is None


def _report() -> Report:
    outcomes = (
        ok("organisation 991825827, issued by Buypass, until 2028-11-22"),
        warning("7 s from the other side's", "Synchronise the clock of this machine (NTP)."),
        failed("not found in DNS: broker.example", "Check address, firewall, proxy and TLS."),
        skipped("It needs check 101 and 102 to succeed."),
    )
    results = tuple(
        Result(check, outcomes[number % len(outcomes)], 0.1) for number, check in enumerate(SUITE)
    )
    return Report(Environment.test(), datetime(2026, 11, 29, tzinfo=UTC), results, is_whole=False)


def test_no_english_sentence_is_left_on_a_page_in_norwegian() -> None:
    page = html.fromstring(as_html(_report(), "nb"))
    [main] = page.iter("main")

    assert [each.text for each in main.iter() if each.get("lang") == "en"] == []
    assert _ENGLISH.findall(main.text_content()) == []


def test_no_english_sentence_is_left_in_json_and_text_in_norwegian(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = _report()
    told = [
        each[name]
        for each in report.as_json("nb")["checks"]
        for name in ("name", "does", "came_back", "remedy", "ask")
    ]

    tell(
        ClientConfig(environment=report.environment),
        iter(report.results),
        Output(as_json=False),
        language="nb",
    )

    assert _ENGLISH.findall(" ".join(told)) == []
    shown = capsys.readouterr().out
    assert "gjorde: " in shown
    assert "spør: egen driftsavdeling" in shown
    assert _ENGLISH.findall(shown) == []
