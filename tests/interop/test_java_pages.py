"""The Java that the pages show is Java, as Difi's client has it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.interop.java_witness import DIFIS_CLIENT
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


@pytest.mark.parametrize("block", blocks("java"), ids=str)
def test_every_block_of_java_compiles(block: Block, tmp_path: Path) -> None:
    DIFIS_CLIENT.compile()
    taken = ", ".join(
        f"{kind} {name}" for name, kind in _NAMED.items() if f"{kind} {name} =" not in block.text
    )
    source = tmp_path / "Page.java"
    source.write_text(_AROUND % (_PROGRAM % (taken, block.text)), encoding="utf-8")
    classpath = ":".join(map(str, DIFIS_CLIENT.libraries()))

    ran = subprocess.run(
        [
            str(java().home / "bin" / "javac"),
            "-proc:none",
            "-d",
            str(tmp_path),
            "-cp",
            classpath,
            str(source),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def test_the_options_on_the_page_are_all_that_the_class_has() -> None:
    DIFIS_CLIENT.compile()
    name = "no.difi.sdp.client2.KlientKonfigurasjon"
    ran = subprocess.run(
        [
            str(java().home / "bin" / "javap"),
            *("-public", "-cp", ":".join(map(str, DIFIS_CLIENT.libraries()))),
            *(name, f"{name}$Builder"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = set(re.findall(r"\$Builder (\w+)\(", ran.stdout))

    assert found == KLIENTKONFIGURASJON
