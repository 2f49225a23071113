from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from uuid import uuid4

import pytest
from lxml import etree, html

from sdp.cli import main
from sdp.cli.testmiljo import write_files
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import DigitalForsendelse, Mottaker
from sdp.krr import Grunn
from sdp.testmiljo import AnswerTwice, Fault, Kind, LoseAnswer, RefuseWithStatus, Testmiljo, Traffic
from sdp.testmiljo.environment import ANNEN_AVSENDER
from sdp.verify import SUITE, Context, Run, Verdict
from tests.e2e.commands import Programs
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


def test_what_the_command_has_written_passes_whole(
    miljo: Testmiljo, wire: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = write_files(miljo, tmp_path / "started")
    configuration = "configuration" if wire == "dpi" else "configuration_ebms"

    code = main(
        [
            *("verify", "--config", str(files[configuration]), "--json"),
            *("--person", f"@{files['recipient_number']}"),
            *("--person", f"@{files['declined_number']}"),
            *("--on-behalf-of", ANNEN_AVSENDER, "--wait", "150"),
        ]
    )

    checks = {each["number"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    passed = {number for number, check in checks.items() if check["verdict"] == "ok"}
    without = {number for number, check in checks.items() if check["verdict"] == "skipped"}
    assert code == 0, [each["came_back"] for each in checks.values() if each["verdict"] == "failed"]
    assert passed | without == {check.number for check in SUITE}
    assert without == _NOT_ON[wire]
    assert "607: Mottakskvittering and Leveringskvittering" in checks[801]["came_back"]
    assert "608: Leveringskvittering" in checks[801]["came_back"]
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


def _says(check: dict[str, Any], remedy: str, whom: str) -> None:
    assert check["came_back"]
    assert remedy in check["remedy"]
    assert whom in check["ask"]


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
            context.sent[str(uuid4())] = context.sent.pop(sent)
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
    # A list of DPI is read once, however often it names a receipt.
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
    assert suite.get("tests") == str(len(checks)) == str(len(suite.findall("testcase")))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) == "2"
    assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))
    failures, whole = html.parse(page).findall(".//table")
    rows = whole.findall("tbody/tr")
    assert [row[0].text for row in rows] == [str(number) for number in checks]
    assert [row[2].text for row in rows] == [check["verdict"] for check in checks.values()]
    assert [row[0].text for row in failures.findall("tbody/tr")] == ["601", "607"]
    does = {check.number: check.does for check in SUITE}
    for case, number in zip(suite.findall("testcase"), checks, strict=True):
        assert case.findtext("system-out", "").startswith(does[number])
    for report in (page, junit):
        text = report.read_text(encoding="utf-8")
        assert all(check["remedy"] in text for check in failed)
        assert miljo.url in text
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


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--only", "999"], "there is no check 999"),
        (["--only", "101,650-699"], "there is no check 650-699"),
        (["--person", "123"], "the number must be 11 digits"),
        (["--on-behalf-of", "12"], "12 must be"),
    ],
)
def test_an_option_that_is_wrong_is_told_before_anything_is_done(
    options: list[str],
    why: str,
    config: Path,
    capsys: pytest.CaptureFixture[str],
    miljo: Testmiljo,
) -> None:
    assert main(["verify", "--config", str(config), *options]) == 2

    assert why in capsys.readouterr().err
    assert miljo.journal.exchanges == ()


def test_a_file_of_people_may_hold_many_and_what_is_wrong_in_it_is_told_by_its_place(
    config: Path, tmp_path: Path, miljo: Testmiljo, capsys: pytest.CaptureFixture[str]
) -> None:
    people = tmp_path / "people.txt"
    numbers = [miljo.innbygger().personidentifikator for _ in range(2)]
    command = ["verify", "--config", str(config), "--only", "401", "--person", f"@{people}"]

    people.write_text("\n".join(numbers), encoding="utf-8")
    assert main(command) == 0
    assert "reached digitally 2 of 2" in capsys.readouterr().out

    people.write_text(f"{numbers[0]} {numbers[1]}0", encoding="utf-8")
    assert main(command) == 2
    told = capsys.readouterr().err
    assert "number 2 in" in told
    assert numbers[1] not in told


@pytest.mark.parametrize("option", ["--junit", "--html"])
def test_a_report_that_cannot_be_written_is_told_before_anything_is_sent(
    option: str, config: Path, tmp_path: Path, miljo: Testmiljo
) -> None:
    report = str(tmp_path / "nowhere" / "report")

    assert main(["verify", "--config", str(config), option, report]) == 1

    assert miljo.journal.exchanges == ()


def test_a_run_that_is_stopped_leaves_its_reports(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sdp.verify.checks.network.moment_in", stop)
    page, junit = tmp_path / "report.html", tmp_path / "report.xml"

    code = main(["verify", "--config", str(config), "--html", str(page), "--junit", str(junit)])

    assert code == 130
    suite = etree.parse(junit).getroot()[0]
    assert suite.get("errors") == "1"
    assert next(case.get("name", "")[:3] for case in suite.findall("testcase")) == "101"
    assert suite.findall("testcase/error")
    assert "stopped before its end" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", ["6", "601-", "all"])
def test_only_takes_numbers_and_ranges(
    wrong: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--config", str(config), "--only", wrong]) == 2

    assert "such as 101,600-699" in capsys.readouterr().err


def _pytest(programs: Programs, folder: Path, *options: object) -> CompletedProcess[str]:
    quiet = ("-p", "no:cacheprovider", "-p", "no:schemathesis")  # the latter takes long to load
    return programs.run("pytest", "--pyargs", "sdp.verify", *quiet, *options, cwd=folder)


def test_it_is_a_pytest_suite_too(
    config: Path, person: Mottaker, tmp_path: Path, miljo: Testmiljo, programs: Programs
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    people = elsewhere / "people.txt"
    people.write_text(person.personidentifikator, encoding="utf-8")
    options = ("--sdp-config", config, "--sdp-people", people)

    passed = _pytest(programs, elsewhere, *options, "-k", "not 602")
    miljo.faults.add(RefuseWithStatus(503), times=_ALWAYS, on=Traffic.LETTER)
    failed = _pytest(programs, elsewhere, *options, "-k", "101 or 601")

    assert passed.returncode == 0, passed.stdout
    assert f"{len(SUITE) - 1} items" in passed.stdout or "passed" in passed.stdout
    assert failed.returncode == 1
    assert "Do: The other side failed. Try again later" in failed.stdout
    assert "1 failed, 1 passed" in failed.stdout


@pytest.mark.parametrize("wire", ["ebms"], indirect=True)
@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("", "", "Give --sdp-config"),
        ("production = false", "production = true", "is production"),
        ("https://localhost", "http://localhost", "is wrong"),
    ],
)
def test_what_is_wrong_with_the_options_of_the_pytest_suite_is_told_once(
    config: Path, tmp_path: Path, old: str, new: str, why: str, programs: Programs
) -> None:
    people = tmp_path / "people.txt"
    people.write_text("18129902345", encoding="utf-8")
    toml = config.read_text(encoding="utf-8")
    config.write_text(toml.replace(old, new) if old else toml, encoding="utf-8")

    told = _pytest(programs, tmp_path, *(("--sdp-config", config) if old else ()))

    assert told.returncode == pytest.ExitCode.USAGE_ERROR
    assert (told.stdout + told.stderr).count("ERROR: ") == 1
    assert why in told.stderr
