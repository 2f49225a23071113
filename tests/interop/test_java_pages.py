"""The Java that the pages show is Java, as Difi's client has it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.java_witness import BRIEF, DIFIS_CLIENT
from tests.interop.requirements import java
from tests.pages import Block, blocks
from tests.unit.test_documents import KLIENTKONFIGURASJON

_AROUND = """
import java.io.File;
import java.net.URI;
import java.nio.file.*;
import java.security.KeyStore;
import java.util.*;
import no.difi.sdp.client2.*;
import no.difi.sdp.client2.domain.*;
import no.difi.sdp.client2.domain.digital_post.*;
import no.difi.sdp.client2.domain.exceptions.*;
import no.difi.sdp.client2.domain.fysisk_post.*;
import no.difi.sdp.client2.domain.kvittering.*;
import no.digipost.api.representations.Organisasjonsnummer;
import no.digipost.security.cert.Trust;

abstract class Page {
    String fnr, adresse, passord;
    Sertifikat sertifikat, utskriftssertifikat;
    Organisasjonsnummer orgnr, utskriftsleverandoer;
    Trust trust;
    abstract void store(ForretningsKvittering kvittering);

    %s
}
"""
_PROGRAM = "void program(%s) throws Exception {\n%s\n}"
_NAMED = {
    "klient": "SikkerDigitalPostKlient",
    "avsender": "Avsender",
    "mottaker": "Mottaker",
    "pakke": "Dokumentpakke",
    "forsendelse": "Forsendelse",
    "foresporsel": "KvitteringForespoersel",
    "noekkelpar": "Noekkelpar",
}
"""What a block may take from the ones before it."""


_BLOCKS = blocks("java")


@dataclass(frozen=True)
class Compiled:
    """The blocks as classes in packages of their own, compiled by one compiler."""

    folder: Path
    is_whole: bool

    @classmethod
    def whole(cls, folder: Path) -> Compiled:
        DIFIS_CLIENT.compile()
        for number, block in enumerate(_BLOCKS):
            source = folder / f"page{number}" / "Page.java"
            source.parent.mkdir()
            source.write_text(f"package page{number};\n{_page(block)}", encoding="utf-8")
        return cls(folder, _javac(folder, *sorted(folder.rglob("*.java"))) is None)

    def complaint(self, block: Block) -> str | None:
        """What the compiler says of one block, which is asked again where any of them is wrong."""
        if self.is_whole:
            return None
        return _javac(self.folder, self.folder / f"page{_BLOCKS.index(block)}" / "Page.java")


def _page(block: Block) -> str:
    taken = ", ".join(
        f"{kind} {name}" for name, kind in _NAMED.items() if f"{kind} {name} =" not in block.text
    )
    return _AROUND % (_PROGRAM % (taken, block.text))


def _javac(folder: Path, *sources: Path) -> str | None:
    ran = subprocess.run(
        [
            str(java().home / "bin" / "javac"),
            *(f"-J{option}" for option in BRIEF),
            *("-proc:none", "-d", str(folder / "classes")),
            *("-cp", ":".join(map(str, DIFIS_CLIENT.libraries()))),
            *map(str, sources),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if ran.returncode == 0 else ran.stderr


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return Compiled.whole(tmp_path_factory.mktemp("pages"))


@pytest.mark.parametrize("block", _BLOCKS, ids=str)
def test_every_block_of_java_compiles(compiled: Compiled, block: Block) -> None:
    assert compiled.complaint(block) is None
    assert (compiled.folder / "classes" / f"page{_BLOCKS.index(block)}" / "Page.class").exists()


def test_a_block_that_is_wrong_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Block("feil.md", 1, "java", "klient.sendt(forsendelse);")
    monkeypatch.setattr("tests.interop.test_java_pages._BLOCKS", [wrong])

    assert "cannot find symbol" in str(Compiled.whole(tmp_path).complaint(wrong))


def test_the_options_on_the_page_are_all_that_the_class_has() -> None:
    DIFIS_CLIENT.compile()
    name = "no.difi.sdp.client2.KlientKonfigurasjon"
    ran = subprocess.run(
        [
            str(java().home / "bin" / "javap"),
            *(f"-J{option}" for option in BRIEF),
            *("-public", "-cp", ":".join(map(str, DIFIS_CLIENT.libraries()))),
            *(name, f"{name}$Builder"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = set(re.findall(r"\$Builder (\w+)\(", ran.stdout))

    assert found == KLIENTKONFIGURASJON
