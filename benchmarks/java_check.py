"""Check that what was timed is a package, and the same package on both sides."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sdp import Identity
from sdp.dokumentpakke import open_pakke

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.inputs import Workshop
    from benchmarks.java_peers import Crew


def check_packages(workshop: Workshop, sdp: Crew, java: Crew, document: str) -> None:
    """Have both pack a document into a file, open the two, and compare what is inside.

    Raises:
        RuntimeError: a package does not hold the document, or the two hold different files.
        SdpError: a package cannot be opened.
    """
    source = (workshop.folder / document).read_bytes()
    expected = hashlib.sha256(source).digest()
    held = []
    for name, side in (("sdp", sdp), ("java", java)):
        out = workshop.folder / f"{name}.cms"
        side.ask(f"write {document} {out.name}")
        held.append(_held(workshop, out))
        if held[-1].get("brev.pdf") != (len(source), expected):
            raise RuntimeError(f"the package of {name} does not hold {document}")
        out.unlink()
    if held[0].keys() != held[1].keys():
        raise RuntimeError(f"the packages hold different files: {held[0].keys()}, {held[1].keys()}")


def _held(workshop: Workshop, package: Path) -> dict[str, tuple[int, bytes]]:
    now = datetime.now(UTC)
    mailbox = Identity.from_pkcs12(workshop.folder / "mailbox.p12", "x", moment=now)
    with (
        package.open("rb") as cms,
        open_pakke(cms, mailbox, trust=None, moment=now) as opened,
    ):
        return {fil.filnavn: (fil.size, fil.sha256) for fil in opened.filer}
