from __future__ import annotations

import json
from typing import Any, cast

import click
import pytest

from sdp.cli._errors import failure, tell
from sdp.errors import (
    CertificateError,
    CertificateProblem,
    EbmsError,
    HttpStatusError,
    InvalidInputError,
    NotSentError,
    Problem,
    SdpError,
    UnknownOutcomeError,
    WrongPasswordError,
)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (WrongPasswordError("The password is wrong."), 1),
        (EbmsError("EBMS:0103"), 1),
        (EbmsError("EBMS:0004"), 3),
        (HttpStatusError(401), 1),
        (HttpStatusError(503), 3),
        (NotSentError("No connection."), 3),
        (UnknownOutcomeError("No answer.", pending=cast("Any", object())), 4),
        (click.UsageError("No such option."), 2),
        (click.Abort(), 130),
        (FileNotFoundError(2, "No such file", "out.cms"), 1),
        (MemoryError(), 1),
    ],
)
def test_the_exit_code_says_what_may_be_done_next(error: Exception, exit_code: int) -> None:
    told = failure(error)

    assert told is not None
    assert told.exit_code == exit_code


def test_a_defect_of_the_program_is_not_dressed_up_as_a_failure() -> None:
    assert failure(RuntimeError("a defect")) is None


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (
            InvalidInputError("Dokument", [Problem("filnavn", "must be 4 to 100 characters")]),
            {"problems": [{"field": "filnavn", "rule": "must be 4 to 100 characters"}]},
        ),
        (EbmsError("EBMS:0101"), {"code": "EBMS:0101"}),
        (CertificateError(CertificateProblem.EXPIRED, "It expired."), {"problem": "EXPIRED"}),
        (NotSentError("No connection."), {}),
    ],
)
def test_an_error_as_json_carries_what_a_program_can_act_on(
    error: SdpError, details: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    told = failure(error)
    assert told is not None
    tell(told, as_json=True)

    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out) == {
        "error": {
            "kind": type(error).__name__,
            "message": error.message,
            "remedy": error.remedy,
            "fault": error.fault.value,
            "retry": error.retry.value,
            "exit_code": told.exit_code,
            "details": details,
        }
    }


def test_an_error_for_people_goes_to_stderr_with_its_remedy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = failure(WrongPasswordError("The password is wrong.", remedy="Try [bold]another."))
    assert told is not None
    tell(told, as_json=False)

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "Error: The password is wrong.\nRemedy: Try [bold]another.\n"


def test_words_from_the_broker_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = EbmsError("EBMS:0004", description="\x1b]0;owned\x07\x9b31m\nRemedy: [red]no")
    error.show_remote_text()
    told = failure(error)
    assert told is not None
    tell(told, as_json=False)

    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown
    assert shown.count("\n") == 1
    assert "[red]no" in shown
