"""`sdp testmiljo`: a broker, mailboxes and a printer on this machine."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sdp.cli._errors import CommandError
from sdp.cli._output import Output, facts, json_option
from sdp.cli.parameters import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sdp.testmiljo import Testmiljo


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True)
@click.option(
    "--out",
    "folder",
    type=FOLDER,
    default="testmiljo",
    show_default=True,
    help="Where the client configuration, with keys and certificates, is written.",
)
@json_option
def testmiljo(port: int, folder: Path, output: Output) -> int:
    """Serve a test environment on this machine until Ctrl-C.

    A ready client configuration is written to the folder, with a test identity and the
    certificates of everybody else.
    """
    with running_testmiljo(port) as miljo:
        config = miljo.write_config(folder)
        output.result(
            {"config": config, "url": miljo.url},
            facts([("Test environment", miljo.url), ("Client configuration", config)]),
        )
        output.note("Stop it with Ctrl-C.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            output.note("Stopped.")
    return 0


@contextmanager
def running_testmiljo(port: int = 0) -> Iterator[Testmiljo]:
    """Run a test environment that serves while the block runs. Port 0 takes any free one."""
    try:
        from sdp.testmiljo import Testmiljo
    except ModuleNotFoundError as error:
        raise CommandError(
            f"The test environment needs {error.name}, which is not installed.",
            remedy="Install: pip install 'sdp[cli,testmiljo]'",
        ) from error
    with Testmiljo.start(port=port) as miljo:
        yield miljo
