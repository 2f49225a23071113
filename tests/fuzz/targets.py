"""Every entry point that takes bytes from somebody else: nothing but an SdpError may come out."""

from __future__ import annotations

import io
import struct
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from sdp.config import ClientConfig
from sdp.dokumentpakke import open_pakke, read_asice
from sdp.dokumentpakke.html.policy import HtmlPolicy
from sdp.domain import Prioritet
from sdp.dpi.kvittering import read_kvittering
from sdp.ebms.answers import soap_part
from sdp.jose import verify
from sdp.krr.rest.reading import read_personer, read_printsertifikat
from sdp.maskinporten.token_endpoint import read_metadata, read_token
from sdp.transport.request import HttpResponse
from sdp.utskrift.one_page import one_page
from sdp.utskrift.printable import available, check_printable
from sdp.wire import ReceiptQueue
from sdp.wire.signers import Signers
from sdp.xmlsec import parse
from tests.conftest import EBOKS, POSTEN
from tests.documents import pdf
from tests.driver import drive
from tests.fuzz.target import Target
from tests.fuzz.targets_answers import answer_targets, exchanges
from tests.fuzz.targets_gate import gate_targets
from tests.fuzz.targets_pki import pki_targets
from tests.fuzz.targets_signed import signed_targets
from tests.fuzz.targets_transport import transport_targets
from tests.fuzz.world import AVSENDER, World
from tests.unit.dokumentpakke.test_zip_reader import zip64
from tests.unit.ebms.counterpart import SOAP

_UNPACKED_LIMIT = 1024 * 1024
_ZIP64 = (
    (400, 14, 400, 14, 0, 1, 1, 54, 52),  # near what is right
    (2**32, 2**32, 2**63, 2**63, 2**63, 2**63, 2**63, 2**63, 2**63),
    (2**64 - 1,) * 9,
)


NAMES: Final = (
    *("cms", "asice", "zip64", "ebms", "mime", "xml", "jws", "dpi receipt", "krr"),
    *("print certificate", "token", "metadata", "html", "toml"),
    *(("pdf",) if available() else ()),
    *("instant", "status", "identifier", "ocsp", "crl", "certificate", "trust"),
    *("transport receipt", "content type", "mime and its type", "krr soap", "krr soap believed"),
    *("dpi list", "dpi statuses", "dpi problem", "xades", "asice signed anew"),
    *("receipt signed anew", "dpi receipt signed anew", "krr signed", "encoded answer"),
    *("retry after", "words", "text file", "people", "pkcs12", "pem"),
)
"""The targets by name; tests are named after them without making the keys and messages of any."""


@cache
def by_name() -> dict[str, Target]:
    """Every target, made once for all tests of a process."""
    return {target.name: target for target in targets(World.make())}


def targets(world: World) -> list[Target]:
    """Return every target, with a corpus of its own."""
    encrypted, plain = world.packages()
    trust, moment = world.ca.trust, world.moment
    wire = exchanges(world)

    def open_encrypted(data: bytes) -> None:
        with open_pakke(
            io.BytesIO(data),
            world.mailbox,
            trust=trust,
            moment=moment,
            unpacked_limit=_UNPACKED_LIMIT,
        ) as pakke:
            for fil in pakke.filer:
                pakke.read(fil.filnavn)

    def read_plain(data: bytes) -> None:
        read_asice(io.BytesIO(data), trust=trust, moment=moment, unpacked_limit=_UNPACKED_LIMIT)

    def read_zip64(data: bytes) -> None:
        fields = [int.from_bytes(data[start : start + 8], "little") for start in range(0, 72, 8)]
        local, central, end = fields[:2], fields[2:5], fields[5:]
        for archive in (zip64(local=local, central=central), zip64(central=central, end=end)):
            read_asice(
                io.BytesIO(archive), trust=trust, moment=moment, unpacked_limit=_UNPACKED_LIMIT
            )

    def pull(data: bytes) -> None:
        drive(wire.pull(ReceiptQueue(Prioritet.NORMAL)), lambda _: HttpResponse(200, SOAP, data))

    def check_html(data: bytes) -> None:
        policy = HtmlPolicy()
        policy.take(data)
        policy.finish()

    def configure(data: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=".toml") as file:
            file.write(data)
            file.flush()
            ClientConfig.from_toml(Path(file.name), environ={})

    signers = Signers([POSTEN, EBOKS], {}, lambda _: (), section="dpi")
    messages = world.pulled_messages()
    mime = 'multipart/related; boundary="grense"; type="application/soap+xml"'
    return [
        Target("cms", encrypted, open_encrypted),
        Target("asice", plain, read_plain),
        Target(
            "zip64", [struct.pack("<9Q", *fields) for fields in _ZIP64], read_zip64, trusted=False
        ),
        Target("ebms", messages, pull),
        Target("mime", world.multiparts(), lambda data: soap_part(mime, data)),
        Target("xml", messages, parse),
        Target(
            "jws",
            world.tokens(),
            lambda data: verify(data.decode("latin-1"), trust=trust, moment=moment),
            trusted=False,
        ),
        Target(
            "dpi receipt",
            world.tokens(),
            lambda data: read_kvittering(
                data.decode("latin-1"),
                trust=trust,
                moment=moment,
                signers=signers,
                receivers=[AVSENDER],
            ),
            trusted=False,
        ),
        Target("krr", world.register_answers(), read_personer),
        Target(
            "print certificate",
            [b'{"postkasseleverandoerAdresse": "984661185", "x509Sertifikat": "MII="}'],
            read_printsertifikat,
            trusted=False,
        ),
        Target(
            "token",
            [b'{"access_token": "a", "token_type": "Bearer", "expires_in": 119}'],
            lambda data: read_token(HttpResponse(200, {}, data), moment),
        ),
        Target(
            "metadata",
            [b'{"issuer": "https://a.example/", "token_endpoint": "https://a.example/t"}'],
            lambda data: read_metadata(HttpResponse(200, {}, data), "https://a.example/"),
        ),
        Target("html", [b"<p>Hei <a href='https://a' target=_blank>a</a><td>&nbsp;"], check_html),
        Target("toml", [b'pool_size = 3\n[environment]\nname = "test"\n'], configure),
        *_printed(),
        *gate_targets(world),
        *pki_targets(world),
        *answer_targets(world),
        *signed_targets(world),
        *transport_targets(world),
    ]


def _printed() -> list[Target]:
    if not available():
        return []
    return [Target("pdf", [one_page(["Hei"]), pdf("Hei")], check_printable, inputs=100)]
