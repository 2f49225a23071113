"""The test CA, the keys of the organisations, and what is revoked."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sdp.testmiljo.ca import Issued, Revoked, TestCA
from sdp.testmiljo.kept.values import (
    read_certificate,
    read_moment,
    write_certificate,
    write_moment,
)
from sdp.testmiljo.records import Form


def _write(issued: Issued) -> dict[str, Any]:
    return {
        "key": issued.key_pem().decode(),
        "chain": [write_certificate(each) for each in issued.chain],
    }


def _read(written: Any) -> Issued:
    key = load_pem_private_key(written["key"].encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("a key of another kind")
    chain = tuple(read_certificate(each) for each in written["chain"])
    if not chain or chain[0].public_key() != key.public_key():
        raise ValueError("a certificate of another key")
    return Issued(key, chain)


def _write_ca(ca: TestCA) -> dict[str, Any]:
    return {
        "root": _write(ca.root),
        "issuing": _write(ca.issuing),
        "ocsp_url": ca.ocsp_url,
        "crl_url": ca.crl_url,
    }


def _read_ca(written: Any) -> TestCA:
    return TestCA(
        _read(written["root"]),
        _read(written["issuing"]),
        written["ocsp_url"],
        written["crl_url"],
    )


def _write_revoked(revoked: Revoked) -> dict[str, Any]:
    return {"since": write_moment(revoked.since), "reason": revoked.reason.name}


def _read_revoked(written: Any) -> Revoked:
    return Revoked(read_moment(written["since"]), x509.ReasonFlags[written["reason"]])


ISSUED = Form(_write, _read)
CA = Form(_write_ca, _read_ca)
REVOKED = Form(_write_revoked, _read_revoked)
