from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import click
import pytest

from sdp.cli import main
from sdp.cli.app import app


def test_without_its_extra_the_command_says_how_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("sdp.cli.find_spec", lambda name: None if name == "click" else found(name))

    assert main(["--version"]) == 2

    assert "needs click. Install: pip install 'sikker-digital-post[cli]'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["demo", "testmiljo"])
def test_without_its_extra_the_test_environment_says_how_to_install_it(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith("sdp.testmiljo")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    assert main([command]) == 1

    shown = capsys.readouterr().err
    assert "needs uvicorn" in shown
    assert "pip install 'sikker-digital-post[cli,testmiljo]'" in shown


def printed_by(program: str) -> str:
    """Run a program in a new interpreter, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def test_packing_waits_for_no_parser_no_network_and_no_tables() -> None:
    check = (
        "import sys, sdp.cli.app, sdp.cli.pack; "
        "print({'lxml', 'httpx', 'httpcore', 'asyncio', 'ssl', 'rich'} & sys.modules.keys())"
    )
    assert printed_by(check) == "set()"


def test_the_help_says_of_each_command_what_the_command_says_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    context = click.Context(app)
    commands = [app.get_command(context, name) for name in app.list_commands(context)]

    assert main(["--help"]) == 0

    shown = " ".join(capsys.readouterr().out.split())
    assert len(commands) > 10
    for command in commands:
        assert command is not None
        assert f" {command.name} {command.get_short_help_str(limit=1000)}" in shown


def test_the_help_waits_for_no_command() -> None:
    check = (
        "import sys; from sdp.cli import main; main(['--help']); "
        "print({'pydantic', 'cryptography', 'sqlalchemy', 'rich'} & sys.modules.keys())"
    )
    assert printed_by(check).splitlines()[-1] == "set()"


@pytest.mark.parametrize(
    ("home", "others"),
    [
        ("outbox_work", {"pydantic", "cryptography.x509", "httpx", "alembic", "sdp.outbox.outbox"}),
        ("outbox_views", {"httpx", "sdp.dossier", "sdp.outbox.outbox", "sdp.outbox.worker"}),
    ],
    ids=["making one", "looking at one"],
)
def test_a_command_of_an_outbox_waits_for_nothing_that_only_others_need(
    home: str, others: set[str]
) -> None:
    check = f"import sys, sdp.cli.app, sdp.cli.{home}; print({others!r} & sys.modules.keys())"
    assert printed_by(check) == "set()"


def test_sending_waits_for_no_parser_of_addresses() -> None:
    check = (
        "import sys; from sdp import Client, ClientConfig; "
        "from sdp.transport.http import HttpTransport; "
        "from sdp.transport.settings import check_https; "
        "check_https('https://localhost:8443/api'); print({'httpx', 'rich'} & sys.modules.keys())"
    )
    assert printed_by(check) == "set()"


def test_an_outbox_is_opened_without_what_sends_and_what_proves() -> None:
    check = (
        "import sys; from sdp.outbox import Outbox; "
        "print({'httpx', 'sdp.dossier', 'sdp.client', 'sdp.outbox.worker'}"
        " & sys.modules.keys())"
    )
    assert printed_by(check) == "set()"


@pytest.mark.parametrize(
    ("arguments", "is_frozen"), [("", True), ("['pack', '--help']", False)], ids=["own", "caller's"]
)
def test_garbage_is_left_alone_only_in_a_process_of_its_own(
    arguments: str, is_frozen: bool
) -> None:
    program = (
        "import gc, sys; from sdp.cli import main; sys.argv[1:] = ['pack', '--help'];"
        f"main({arguments}); print(gc.isenabled(), gc.get_freeze_count() > 0)"
    )
    assert printed_by(program).splitlines()[-1] == f"True {is_frozen}"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0

    assert capsys.readouterr().out.startswith("sdp, version ")


@pytest.mark.parametrize(
    "command",
    [
        *(
            "brev",
            "demo",
            "doctor",
            "lookup",
            "open",
            "pack",
            "reach",
            "receipts",
            "send",
            "send-print",
        ),
        *("testmiljo", "trust", "verify"),
    ],
)
def test_every_command_has_help_and_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0

    assert "--json" in capsys.readouterr().out


def test_no_command_takes_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("open", "pack", "send", "send-print", "receipts", "doctor"):
        main([command, "--help"])
        assert "--password " not in capsys.readouterr().out


def test_a_command_written_wrongly_is_told_as_json_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["receipts", "--json"]) == 2

    told = json.loads(capsys.readouterr().out)["error"]
    assert told["kind"] == "UsageError"
    assert "--config" in told["message"]
    assert told["remedy"] == "See sdp receipts --help."


def test_the_module_is_the_command() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sdp", "--version"], capture_output=True, text=True, check=True
    )

    assert ran.stdout.startswith("sdp, version ")


def test_output_that_nobody_reads_is_no_accident() -> None:
    ran = subprocess.run(
        f"{sys.executable} -W error -m sdp --help | true",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stderr == ""
