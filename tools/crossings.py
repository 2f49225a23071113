"""Files and functions of the library that one letter and one receipt cross, on each wire.

    .venv/bin/python -m tools.crossings

Counted are the files of `sdp`, and the function objects in them, that the calling thread enters
between a client and its test environment; comprehensions are functions to Python 3.11. A letter and
its receipts have gone the same way before, so that what is done once is not counted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import sdp
from sdp import Avsender, Client, DigitalPost, Dokument, Dokumentpakke, Forsendelse
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import AVSENDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from sdp import DigitalForsendelse

_LIBRARY = Path(sdp.__file__).parent


def crossed(action: Callable[[], object]) -> set[CodeType]:
    """Run an action, and return the code of each function of the library that it enters."""
    entered = set[CodeType]()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            entered.add(frame.f_code)

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return {code for code in entered if _is_of_the_library(Path(code.co_filename))}


def _is_of_the_library(file: Path) -> bool:
    return file.is_relative_to(_LIBRARY) and not file.is_relative_to(_LIBRARY / "testmiljo")


def _letter(miljo: Testmiljo) -> DigitalForsendelse:
    document = Dokument.from_bytes(b"%PDF-1.7\n", filnavn="brev.pdf", tittel="Vedtak")
    return Forsendelse.digital(
        avsender=Avsender(organisasjonsnummer=AVSENDER),
        mottaker=miljo.innbygger(),
        digital_post=DigitalPost(ikke_sensitiv_tittel="Brev fra Testetaten"),
        dokumentpakke=Dokumentpakke(hoveddokument=document),
    )


def main() -> None:
    """Count on each wire, and print a line for a letter and one for its receipt."""
    with Testmiljo.start() as miljo:
        for wire in ("ebms", "dpi"):
            with Client(miljo.client_config(wire=wire)) as client:
                client.send(_letter(miljo))
                list(client.receipts())
                letter = _letter(miljo)
                sent = crossed(lambda: client.send(letter))  # noqa: B023 - called at once
                received = crossed(lambda: list(client.receipts()))
            for what, codes in (("letter", sent), ("receipt", received)):
                files = len({code.co_filename for code in codes})
                print(f"{wire} {what}: {files} files, {len(codes)} functions")


if __name__ == "__main__":
    main()
