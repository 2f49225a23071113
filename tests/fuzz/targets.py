"""Every entry point that takes bytes from somebody else: nothing but an SdpError may come out."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdp._http.exchange import HttpResponse
from sdp.config import ClientConfig, Environment
from sdp.dokumentpakke import open_pakke, read_asice
from sdp.dokumentpakke.html_policy import HtmlPolicy
from sdp.dokumentpakke.xades_reader import verify_signatures
from sdp.domain import Prioritet
from sdp.dpi.kvittering import read_kvittering
from sdp.dpi.signers import Signers
from sdp.ebms import EbmsExchanges
from sdp.ebms.mime import soap_part
from sdp.errors import SdpError
from sdp.jose import verify
from sdp.krr._json import read_personer, read_printsertifikat
from sdp.maskinporten.answers import read_metadata, read_token
from sdp.pki import read_certificate
from sdp.wire import Ko
from sdp.xmlsec import parse
from tests.fuzz.resigning import resigned
from tests.fuzz.world import AVSENDER, World
from tests.unit.ebms.counterpart import SOAP, drive

_UNPACKED_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class Target:
    """One entry point, and good inputs to start from."""

    name: str
    corpus: Sequence[bytes]
    read: Callable[[bytes], object]

    def __call__(self, data: bytes) -> None:
        """Read any bytes.

        Raises:
            Exception: anything that is not an SdpError, which is a defect.
        """
        try:
            self.read(data)
        except SdpError:
            return


def targets(world: World) -> list[Target]:
    """Return every target, with a corpus of its own."""
    encrypted, plain = world.packages()
    trust, moment = world.ca.trust, world.moment
    exchanges = EbmsExchanges(
        environment=Environment(name="fuzz", production=False, broker_url="https://a.example/"),
        signer=world.sender,
        trust=trust,
        databehandler=AVSENDER,
        clock=lambda: moment,
    )

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

    def read_signed(data: bytes) -> None:
        verify_signatures(resigned(data, world.sender))

    def pull(data: bytes) -> None:
        drive(exchanges.pull(Ko(Prioritet.NORMAL)), lambda _: HttpResponse(200, SOAP, data))

    def check_html(data: bytes) -> None:
        policy = HtmlPolicy()
        policy.take(data)
        policy.finish()

    def configure(data: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=".toml") as file:
            file.write(data)
            file.flush()
            ClientConfig.from_toml(Path(file.name), environ={})

    signers = Signers({}, lambda _: ())
    messages = world.pulled_messages()
    certificate = world.ca.issuing.certificate
    mime = 'multipart/related; boundary="grense"; type="application/soap+xml"'
    return [
        Target("cms", encrypted, open_encrypted),
        Target("asice", plain, read_plain),
        Target("xades", world.signatures(), read_signed),
        Target("ebms", messages, pull),
        Target("mime", world.multiparts(), lambda data: soap_part(mime, data)),
        Target("xml", messages, parse),
        Target(
            "jws",
            world.tokens(),
            lambda data: verify(data.decode("latin-1"), trust=trust, moment=moment),
        ),
        Target(
            "dpi receipt",
            world.tokens(),
            lambda data: read_kvittering(
                data.decode("latin-1"), trust=trust, moment=moment, signers=signers
            ),
        ),
        Target("krr", world.register_answers(), read_personer),
        Target(
            "print certificate",
            [b'{"postkasseleverandoerAdresse": "984661185", "x509Sertifikat": "MII="}'],
            read_printsertifikat,
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
        Target("certificate", [_der(certificate)], read_certificate),
        Target("html", [b"<p>Hei <a href='https://a' target=_blank>a</a><td>&nbsp;"], check_html),
        Target("toml", [b'pool_size = 3\n[environment]\nname = "test"\n'], configure),
    ]


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
