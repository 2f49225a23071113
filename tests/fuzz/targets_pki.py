"""What is read about certificates: revocation answers and trust stores."""

from __future__ import annotations

import tempfile
from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import SdpError
from sdp.pki import TrustStore, read_certificate
from sdp.pki.revocation import crl, ocsp
from sdp.pki.revocation.status import NoAnswerError, UntrustedAnswerError
from sdp.testmiljo.revocation import RevocationService
from tests.fuzz.target import Target
from tests.fuzz.world import AVSENDER, World

_NONCE = b"n" * 16


def pki_targets(world: World) -> list[Target]:
    """Return the targets of this kind."""
    ca = replace(world.ca, ocsp_url="http://a.example/ocsp", crl_url="http://a.example")
    leaf, issuer, *_ = ca.issue(AVSENDER, "Etaten", moment=world.moment).chain
    service = RevocationService(ca, clock=lambda: world.moment)
    response = service.response(ocsp.request(leaf, issuer, _NONCE))
    listed = service.revocation_list("issuing")
    assert listed is not None
    (point, *_) = crl.points(leaf)

    def read_ocsp(data: bytes) -> None:
        try:
            ocsp.read(data, leaf, issuer, nonce=_NONCE, now=world.moment)
        except (UntrustedAnswerError, NoAnswerError) as error:
            raise SdpError(str(error)) from error

    def read_crl(data: bytes) -> None:
        try:
            crl.status(crl.read(data, issuer, now=world.moment), leaf, point)
        except UntrustedAnswerError as error:
            raise SdpError(str(error)) from error

    def read_bundle(data: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(data)
            file.flush()
            TrustStore.from_path(file.name)

    roots = (ca.root.certificate, ca.issuing.certificate)
    return [
        Target("ocsp", [response], read_ocsp),
        Target("crl", [listed], read_crl),
        Target("certificate", [issuer.public_bytes(Encoding.DER)], read_certificate),
        Target(
            "trust",
            [
                b"".join(each.public_bytes(Encoding.PEM) for each in roots),
                roots[0].public_bytes(Encoding.DER),
            ],
            read_bundle,
        ),
    ]
