from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from sdp.cli import main
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import DigitalForsendelse, Mottaker
from sdp.integrasjonstest import SUITE, Context, Run, Verdict
from sdp.krr import Grunn
from sdp.testmiljo import (
    AnswerTwice,
    Delay,
    Ebms,
    ExpireToken,
    Fault,
    Kind,
    LoseAnswer,
    RefuseLookup,
    RefuseToken,
    RefuseWithEbms,
    RefuseWithProblem,
    RefuseWithSoapFault,
    RefuseWithStatus,
    SignWithStranger,
    Testmiljo,
    Traffic,
    TruncateAnswer,
)
from sdp.testmiljo.environment import ANNEN_AVSENDER
from tests.e2e.leaf_only import without_issuers

_ALWAYS = 1000
_NOT_ON = {"ebms": {302}, "dpi": {704}}
"""What makes no sense on a wire."""

Verify = Callable[..., tuple[int, dict[int, dict[str, Any]]]]


@pytest.fixture(params=["ebms", "dpi"])
def wire(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def person(miljo: Testmiljo) -> Mottaker:
    return miljo.innbygger()


@pytest.fixture
def config(miljo: Testmiljo, wire: str, tmp_path: Path) -> Path:
    path = miljo.write_config(tmp_path)
    toml = path.read_text(encoding="utf-8")
    path.write_text(toml.replace('wire = "ebms"', f'wire = "{wire}"'), encoding="utf-8")
    return path


@pytest.fixture
def verify(config: Path, person: Mottaker, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Runs the command, and gives its exit code and every check by its number."""

    def run(*options: str) -> tuple[int, dict[int, dict[str, Any]]]:
        number = f"--person={person.personidentifikator}"
        code = main(
            ["verify", "--config", str(config), "--json", number, "--wait", "0.5", *options]
        )
        told = json.loads(capsys.readouterr().out)
        assert told["succeeded"] == (code == 0)
        return code, {check["number"]: check for check in told["checks"]}

    return run


def test_a_set_up_that_works_passes_whole(verify: Verify, miljo: Testmiljo, wire: str) -> None:
    declined = miljo.innbygger(kind=Kind.RESERVED).personidentifikator

    code, checks = verify("--person", declined, "--on-behalf-of", ANNEN_AVSENDER, "--wait", "30")

    passed = {number for number, check in checks.items() if check["verdict"] == "ok"}
    without = {number for number, check in checks.items() if check["verdict"] == "skipped"}
    assert code == 0
    assert passed | without == {check.number for check in SUITE}
    assert without - {104} == _NOT_ON[wire]
    assert max(len(letter.vedlegg) for letter in miljo.letters) == 200


def test_a_key_store_without_the_issuers_works_as_it_does_for_a_client(
    verify: Verify, miljo: Testmiljo, config: Path
) -> None:
    without_issuers(config, miljo)

    _, checks = verify("--only", "601")

    failed = {number for number, check in checks.items() if check["verdict"] == "failed"}
    assert not failed
    assert miljo.letters


def test_others_receipts_are_left_alone(
    verify: Verify,
    config: Path,
    miljo: Testmiljo,
    digital_forsendelse: Callable[..., DigitalForsendelse],
) -> None:
    with Client(ClientConfig.from_toml(config)) as client:
        anothers = client.send(digital_forsendelse(mottaker=miljo.innbygger()))

        verify("--only", "601,801")

        left = [kvittering.konversasjons_id for kvittering in client.receipts()]
    assert left == [anothers.konversasjons_id]


_CLASSIC: list[tuple[Fault, int, str, str]] = [
    (RefuseWithEbms(Ebms.FAILED_AUTHENTICATION), 601, "registered with the operator", "operator"),
    (RefuseWithEbms(Ebms.OTHER), 601, "Try again later", "operator"),
    (RefuseWithSoapFault(), 601, "Try again later", "operator"),
]
_TODAY: list[tuple[Fault, int, str, str]] = [
    (ExpireToken(), 601, "granted the scope", "Digdir"),
    (RefuseWithProblem(400), 601, "Ask why", "operator"),
    (RefuseWithProblem(500), 601, "Try again later", "operator"),
]
_EITHER: list[tuple[Fault, int, str, str]] = [
    (RefuseWithStatus(401), 601, "", ""),
    (RefuseWithStatus(503), 601, "Try again later", "operator"),
    (Delay(3), 601, "time limits", "network"),
    (LoseAnswer(accepted=True), 601, "proxy and firewall", "network"),
    (LoseAnswer(accepted=False), 601, "proxy and firewall", "network"),
]


def _failures(miljo: Testmiljo, verify: Verify, fault: Fault) -> dict[int, dict[str, Any]]:
    miljo.faults.add(fault, times=_ALWAYS, on=Traffic.LETTER)
    code, checks = verify("--only", "601")
    assert code == 1
    return {number: check for number, check in checks.items() if check["verdict"] == "failed"}


def _says(check: dict[str, Any], remedy: str, whom: str) -> None:
    assert check["came_back"]
    assert remedy in check["remedy"]
    assert whom in check["ask"]


@pytest.mark.parametrize(("fault", "number", "remedy", "whom"), _EITHER, ids=str)
def test_each_fault_fails_with_its_advice(
    fault: Fault,
    number: int,
    remedy: str,
    whom: str,
    miljo: Testmiljo,
    verify: Verify,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDP_READ_TIMEOUT", "1")

    failures = _failures(miljo, verify, fault)

    assert [*failures] == [number]
    _says(failures[number], remedy, whom)


@pytest.mark.parametrize("wire", ["ebms"], indirect=True)
@pytest.mark.parametrize(("fault", "number", "remedy", "whom"), _CLASSIC, ids=str)
def test_each_fault_of_the_broker_fails_with_its_advice(
    fault: Fault, number: int, remedy: str, whom: str, miljo: Testmiljo, verify: Verify
) -> None:
    failures = _failures(miljo, verify, fault)

    assert [*failures] == [number]
    _says(failures[number], remedy, whom)


@pytest.mark.parametrize("wire", ["dpi"], indirect=True)
@pytest.mark.parametrize(("fault", "number", "remedy", "whom"), _TODAY, ids=str)
def test_each_fault_of_the_access_point_fails_with_its_advice(
    fault: Fault, number: int, remedy: str, whom: str, miljo: Testmiljo, verify: Verify
) -> None:
    failures = _failures(miljo, verify, fault)

    assert [*failures] == [number]
    _says(failures[number], remedy, whom)


@pytest.mark.parametrize("fault", [LoseAnswer(accepted=True), LoseAnswer(accepted=False)], ids=str)
def test_an_answer_that_is_lost_once_is_a_warning_and_the_letter_arrives_once(
    fault: Fault, miljo: Testmiljo, verify: Verify
) -> None:
    miljo.faults.add(fault, on=Traffic.LETTER)

    code, checks = verify("--only", "601,801", "--wait", "30")

    assert code == 0
    assert checks[601]["verdict"] == "warning"
    _says(checks[601], "proxy and firewall", "network")
    assert len(miljo.letters) == 1


@pytest.mark.parametrize("wire", ["ebms"], indirect=True)
@pytest.mark.parametrize(
    ("fault", "remedy", "whom"),
    [
        (TruncateAnswer(200), "proxy and firewall", "network"),
        (SignWithStranger(), "trust store", "operator"),
    ],
    ids=str,
)
def test_an_answer_that_is_spoilt_fails_with_its_advice(
    fault: Fault, remedy: str, whom: str, miljo: Testmiljo, verify: Verify
) -> None:
    failures = _failures(miljo, verify, fault)

    assert [*failures] == [601]
    _says(failures[601], remedy, whom)


@pytest.mark.parametrize(
    ("wire", "traffic"),
    [("ebms", Traffic.SIGNAL), ("dpi", Traffic.RECEIPTS)],
    indirect=["wire"],
)
def test_receipts_from_a_stranger_fail_with_their_advice(
    traffic: Traffic, miljo: Testmiljo, verify: Verify
) -> None:
    miljo.faults.add(SignWithStranger(), times=_ALWAYS, on=traffic)

    code, checks = verify("--only", "801")

    assert code == 1
    assert checks[801]["verdict"] == "failed"
    _says(checks[801], "trust store", "operator")


def test_receipts_that_do_not_come_are_told_with_the_letters_they_are_for(
    person: Mottaker, config: Path
) -> None:
    with Context(
        ClientConfig.from_toml(config),
        people=(person.personidentifikator,),
        wait_seconds=0,
        large_bytes=10_000,
    ) as context:
        run = Run(SUITE, context)
        run.result(601)
        for sent in list(context.sent):
            context.sent[type(sent)(int=sent.int ^ 1)] = context.sent.pop(sent)
        result = run.result(801)

    assert result.outcome.verdict is Verdict.FAILED
    assert "not heard of: check 601" in result.outcome.came_back
    assert "--wait" in result.outcome.remedy


def test_a_wrong_password_passes_over_what_needs_the_key(verify: Verify, config: Path) -> None:
    (config.parent / "avsender.password").write_text("wrong", encoding="utf-8")

    code, checks = verify()

    assert code == 1
    assert {number for number, check in checks.items() if check["verdict"] == "failed"} == {101}
    assert "password" in checks[101]["came_back"]
    assert checks[202]["verdict"] == "ok"
    assert checks[601]["verdict"] == "skipped"
    assert checks[601]["came_back"] == "It needs check 103 and 401 to succeed."


def test_a_scope_that_is_not_granted_asks_digdir(
    verify: Verify, miljo: Testmiljo, config: Path, wire: str
) -> None:
    toml = config.read_text(encoding="utf-8").replace("testetaten", "nobody")
    config.write_text(toml, encoding="utf-8")

    code, checks = verify("--only", "300-399")

    assert code == 1
    failed = [number for number, check in checks.items() if check["verdict"] == "failed"]
    assert failed == ([301] if wire == "ebms" else [301, 302])
    _says(checks[301], "client", "Digdir")


@pytest.mark.parametrize(
    ("kind", "grunn"),
    [
        (Kind.NO_MAILBOX, Grunn.UTEN_POSTKASSE),
        (Kind.RESERVED, Grunn.RESERVERT),
        (Kind.DELETED, Grunn.SLETTET),
    ],
)
def test_without_a_mailbox_no_letter_is_sent_and_it_is_said_why(
    kind: Kind, grunn: Grunn, config: Path, miljo: Testmiljo
) -> None:
    with Context(
        ClientConfig.from_toml(config),
        people=(miljo.innbygger(kind=kind).personidentifikator,),
    ) as context:
        run = Run(SUITE, context)
        looked_up, sent = run.result(401).outcome, run.result(601).outcome

    assert looked_up.verdict is Verdict.FAILED
    assert "who has a digital mailbox" in looked_up.remedy
    assert grunn.value in looked_up.came_back
    assert sent.verdict is Verdict.SKIPPED
    assert not miljo.letters


def test_a_mailbox_that_is_dropped_after_the_lookup_is_told_by_its_receipt(
    person: Mottaker, config: Path, miljo: Testmiljo
) -> None:
    with Context(
        ClientConfig.from_toml(config), people=(person.personidentifikator,), wait_seconds=0
    ) as context:
        run = Run(SUITE, context)
        run.result(401)
        miljo.drop_mailbox(person.personidentifikator)
        miljo.register.add_kind(Kind.REACHABLE, person.personidentifikator)  # it lags behind
        outcome = run.result(801).outcome

    assert outcome.verdict is Verdict.FAILED
    assert "the letter of check 601 (KLIENT)" in outcome.came_back
    assert "look the person up again" in outcome.remedy


@pytest.mark.parametrize(
    ("wire", "traffic", "verdict"),
    # A list of today's wire is read once, however often it names a receipt.
    [("ebms", Traffic.SIGNAL, "warning"), ("dpi", Traffic.RECEIPTS, "ok")],
    indirect=["wire"],
)
def test_a_receipt_that_comes_twice_is_no_failure(
    traffic: Traffic, verdict: str, miljo: Testmiljo, verify: Verify
) -> None:
    miljo.faults.add(AnswerTwice(), on=traffic)

    code, checks = verify("--only", "801", "--wait", "30")

    assert code == 0
    assert checks[801]["verdict"] == verdict
    assert (verdict == "warning") == ("meldings_id" in checks[801]["remedy"])


@pytest.mark.parametrize("wire", ["ebms"], indirect=True)
def test_an_answer_that_belongs_to_another_letter_fails(miljo: Testmiljo, verify: Verify) -> None:
    miljo.faults.add(AnswerTwice(), on=Traffic.LETTER)

    code, checks = verify("--only", "601,602")

    assert code == 1
    assert checks[601]["verdict"] == "ok"
    _says(checks[602], "no proxy answers in place", "operator")


def test_a_token_that_is_refused_asks_digdir(miljo: Testmiljo, verify: Verify) -> None:
    miljo.faults.add(RefuseToken("invalid_scope", "not granted"), times=_ALWAYS, on=Traffic.TOKEN)

    code, checks = verify("--only", "301")

    assert code == 1
    assert "invalid_scope" in checks[301]["came_back"]
    _says(checks[301], "scope", "Digdir")


def test_a_register_that_is_down_is_tried_later(miljo: Testmiljo, verify: Verify) -> None:
    miljo.faults.add(RefuseLookup(503), times=_ALWAYS, on=Traffic.LOOKUP)

    code, checks = verify("--only", "401,601")

    assert code == 1
    _says(checks[401], "Try again later", "Digdir")
    assert checks[601]["verdict"] == "skipped"


def test_a_revoked_certificate_of_ones_own_asks_its_issuer(
    config: Path, miljo: Testmiljo, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = config.read_text(encoding="utf-8")
    config.write_text(toml.replace('revocation = "off"', 'revocation = "soft"'), encoding="utf-8")
    command = ["verify", "--config", str(config), "--only", "104", "--json"]
    identity = ClientConfig.from_toml(config).load_identity(miljo.now())

    good = main(command)
    capsys.readouterr()
    miljo.revocation.revoke(identity.certificate)
    bad = main(command)

    [check] = [
        check
        for check in json.loads(capsys.readouterr().out)["checks"]
        if check["verdict"] == "failed"
    ]
    assert (good, bad) == (0, 1)
    assert "revoked" in check["came_back"]
    assert "issuer" in check["ask"]


def test_a_mailbox_with_an_expired_certificate_fails(config: Path, miljo: Testmiljo) -> None:
    expired = miljo.innbygger(kind=Kind.EXPIRED_CERTIFICATE).personidentifikator
    with Context(ClientConfig.from_toml(config), people=(expired,)) as context:
        outcome = Run(SUITE, context).result(401).outcome

    assert outcome.verdict is Verdict.FAILED
    assert "trust store" in outcome.remedy


@pytest.mark.parametrize("wire", ["ebms"], indirect=True)
def test_the_reports_tell_the_same_and_nobody_by_number(
    verify: Verify, person: Mottaker, tmp_path: Path, miljo: Testmiljo
) -> None:
    miljo.faults.add(RefuseWithStatus(503), times=_ALWAYS, on=Traffic.LETTER)
    page, junit = tmp_path / "report.html", tmp_path / "report.xml"

    _, checks = verify("--html", str(page), "--junit", str(junit), "--only", "601,607")

    suite = etree.parse(junit).getroot()[0]
    failed = [check for check in checks.values() if check["verdict"] == "failed"]
    assert len(failed) == 2
    assert suite.get("tests") == str(len(checks)) == str(len(suite))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) == "2"
    assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))
    rows = html.parse(page).findall(".//tbody/tr")
    assert [row[0].text for row in rows] == [str(number) for number in checks]
    assert [row[2].text for row in rows] == [check["verdict"] for check in checks.values()]
    for report in (page, junit):
        text = report.read_text(encoding="utf-8")
        assert all(check["remedy"] in text for check in failed)
        assert person.personidentifikator not in text
        assert person.postkasseadresse not in text


def test_production_is_refused_unless_told_so_twice(
    config: Path, miljo: Testmiljo, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = config.read_text(encoding="utf-8")
    config.write_text(toml.replace("production = false", "production = true"), encoding="utf-8")
    command = ["verify", "--config", str(config), "--only", "101"]

    for told in ([], ["--production"], ["--confirm", "991825827"]):
        assert main([*command, *told]) == 1
        assert "--confirm" in capsys.readouterr().err
    assert main([*command, "--production", "--confirm", ANNEN_AVSENDER]) == 1
    assert main([*command, "--production", "--confirm", "991825827"]) == 0


@pytest.mark.parametrize(
    "real",
    [
        "https://meldingsformidler.digipost.no/api/",
        "https://MELDINGSFORMIDLER.digipost.no:443/api",
    ],
)
def test_a_real_address_is_production_whatever_the_environment_calls_itself(
    real: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = config.read_text(encoding="utf-8").splitlines()
    config.write_text(
        "\n".join(
            f'{key} = "{real}"' if (key := line.partition(" =")[0]) == "broker_url" else line
            for line in lines
        ).replace('wire = "dpi"', 'wire = "ebms"'),
        encoding="utf-8",
    )

    assert main(["verify", "--config", str(config), "--only", "101"]) == 1

    assert "production" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["6", "601-", "all"])
def test_only_takes_numbers_and_ranges(
    wrong: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--config", str(config), "--only", wrong]) == 2

    assert "such as 101,600-699" in capsys.readouterr().err


def _pytest(config: Path, people: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--pyargs", "sdp.integrasjonstest"),
            *("-p", "no:cacheprovider", "--sdp-config", str(config), "--sdp-people", str(people)),
            *options,
        ],
        cwd=people.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_is_a_pytest_suite_too(
    config: Path, person: Mottaker, tmp_path: Path, miljo: Testmiljo
) -> None:
    (tmp_path / "elsewhere").mkdir()
    people = tmp_path / "elsewhere" / "people.txt"
    people.write_text(person.personidentifikator, encoding="utf-8")

    passed = _pytest(config, people, "-k", "not 602")
    miljo.faults.add(RefuseWithStatus(503), times=_ALWAYS, on=Traffic.LETTER)
    failed = _pytest(config, people, "-k", "101 or 601")

    assert passed.returncode == 0, passed.stdout
    assert f"{len(SUITE) - 1} items" in passed.stdout or "passed" in passed.stdout
    assert failed.returncode == 1
    assert "Do: The other side failed. Try again later" in failed.stdout
    assert "1 failed, 1 passed" in failed.stdout
