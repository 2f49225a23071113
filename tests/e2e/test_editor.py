"""What an editor shows beside our names, asked of a language server as an editor asks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest

from tests.witness import program

_ROOT = Path(__file__).parents[2]
_SERVER = str(Path(sys.executable).parent / "basedpyright-langserver")
_PROGRAM = """\
import sdp

sdp.Brev(avsender=..., formaal=..., dokumentpakke=..., konversasjons_id=...)
sdp.Forsendelse.digital(avsender=..., mottaker=..., digital_post=..., konversasjons_id=...)
sdp.Forsendelse.fysisk(printer=..., fysisk_post=..., tross_reservasjon=...)
sdp.DigitalPost(ikke_sensitiv_tittel=..., epost_varsel=...)
sdp.ClientConfig(environment=..., notice_lint=...)
"""


class LanguageServer:
    """A language server that is told of one program and asked about places in it."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._asked = 0

    def open(self, text: str) -> None:
        folder = _ROOT.as_uri()
        hover = {"contentFormat": ["markdown"]}
        self._ask(
            "initialize",
            processId=None,
            rootUri=folder,
            workspaceFolders=[{"uri": folder, "name": "sdp"}],
            capabilities={"textDocument": {"hover": hover}},
        )
        self._write({"method": "initialized", "params": {}})
        document = {"uri": self._uri, "languageId": "python", "version": 1, "text": text}
        self._write({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def hover(self, line: int, character: int) -> str:
        answer = self._ask(
            "textDocument/hover",
            textDocument={"uri": self._uri},
            position={"line": line, "character": character},
        )
        return str(answer["contents"]["value"]) if answer else ""

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def _uri(self) -> str:
        return (_ROOT / "program_of_a_reader.py").as_uri()

    def _ask(self, method: str, **params: object) -> Any:
        self._asked += 1
        self._write({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._read()
            if "method" not in message and message.get("id") == self._asked:
                return message.get("result")
            if "id" in message:  # it asks for settings; it may have none
                settings: list[dict[str, str]] | None = (
                    [{}] if message["method"] == "workspace/configuration" else None
                )
                self._write({"id": message["id"], "result": settings})

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stdin = cast("IO[bytes]", self._process.stdin)
        stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        stdin.flush()

    def _read(self) -> dict[str, Any]:
        stdout = cast("IO[bytes]", self._process.stdout)
        length = 0
        while header := stdout.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            pytest.fail("The language server has ended.")
        return cast("dict[str, Any]", json.loads(stdout.read(length)))


@pytest.fixture(scope="module")
def shown() -> Iterator[dict[str, str]]:
    """What is shown at each name that is called, and at each keyword of it."""
    server = LanguageServer([program(_SERVER), "--stdio"])
    try:
        server.open(_PROGRAM)
        yield {
            place: server.hover(number, at)
            for number, line in enumerate(_PROGRAM.splitlines())
            for place, at in _places(line)
        }
    finally:
        server.close()


def _places(line: str) -> Iterator[tuple[str, int]]:
    called = re.match(r"sdp\.([\w.]+)\(", line)
    if called is None:
        return
    yield called[1], called.end() - 2
    for keyword in re.finditer(r"(\w+)=", line):
        yield f"{called[1]}({keyword[1]}=", keyword.start() + 1


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("Brev", "A letter to a person: sent digitally where the law lets it"),
        ("Brev(avsender=", "The organisation the letter is from."),
        ("Brev(formaal=", "Its purpose, which decides its way: a vedtak unless told otherwise."),
        ("Brev(dokumentpakke=", "Its documents; all PDF if it may be printed."),
        ("Brev(konversasjons_id=", "The id that ties the letter and its receipts together"),
        ("Forsendelse.digital", "Make a letter to a citizen's digital mailbox."),
        ("Forsendelse.digital(avsender=", "whom the letter is from."),
        ("Forsendelse.digital(digital_post=", "title, security level, notices."),
        ("Forsendelse.digital(konversasjons_id=", "The id that ties the letter and its receipts"),
        ("Forsendelse.fysisk(printer=", "the printer, with the print certificate."),
        ("Forsendelse.fysisk(tross_reservasjon=", "For informasjon alone"),
        ("DigitalPost", "Presentation and notices of a digital letter."),
        ("DigitalPost(ikke_sensitiv_tittel=", "shown before log-in and in notices"),
        ("ClientConfig", "Everything a client needs to know."),
        ("ClientConfig(notice_lint=", "`off`, `warn` in the log, or `error`"),
    ],
)
def test_an_editor_shows_our_words(shown: dict[str, str], place: str, text: str) -> None:
    assert text in re.sub(r"\s+", " ", shown[place].replace("\\", ""))


def test_an_editor_shows_the_words_of_pydantic_nowhere(shown: dict[str, str]) -> None:
    assert not [place for place, text in shown.items() if "pydantic" in text]


def test_an_editor_shows_every_field_of_a_letter_with_its_type(shown: dict[str, str]) -> None:
    assert "avsender: Avsender" in shown["Brev"]
    assert "spraakkode: Spraakkode | None = None" in shown["Brev"]
