"""Dossiers of real letters: verified by us, openssl and xmlsec1, and broken in every place."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import sdp
from sdp import DossierVerdict, Outbox, OutboxSettings, PackageError, TrustStore, verify_dossier
from sdp.cli.app import run as run_command
from sdp.dossier import archive
from sdp.dossier.writing import as_json, comment_of
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.ca import TestCA
from tests.unit.outbox.world import letter
from tests.witness import program

WIRES: list[Literal["ebms", "dpi"]] = ["ebms", "dpi"]
KEY = "11" * 32


@pytest.fixture(scope="module", params=WIRES)
def wire(request: pytest.FixtureRequest) -> Literal["ebms", "dpi"]:
    found: Literal["ebms", "dpi"] = request.param
    return found


def send(
    miljo: Testmiljo, wire: Literal["ebms", "dpi"], address: str | Path, key: str | None = None
) -> bytes:
    """Send a letter for certain, have it opened, and return its dossier."""
    config = miljo.client_config(wire=wire, revocation="hard")
    settings = OutboxSettings(key=key)
    person = miljo.innbygger().personidentifikator
    with Outbox.open(address, config, settings=settings) as outbox:
        outbox.put("sak-1", person, letter(), kampanje="skolestart")
        outbox.run(until_empty=True, wait=60)
        content = outbox.dossier("sak-1")
    assert person.encode() not in content
    return content


@pytest.fixture
def sent(
    wire: Literal["ebms", "dpi"], testmiljo: Testmiljo, tmp_path: Path
) -> Callable[..., bytes]:
    """Send a letter from an outbox of the test's own, and return its dossier."""

    def from_outbox(*, key: str | None = None, address: str | None = None) -> bytes:
        return send(testmiljo, wire, address or tmp_path / "post.db", key)

    return from_outbox


@pytest.fixture(scope="module")
def dossier(wire: Literal["ebms", "dpi"], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The dossier of a letter, from an environment that is gone."""
    with Testmiljo.start() as miljo:
        return send(miljo, wire, tmp_path_factory.mktemp("sent") / "post.db")


def entries_of(dossier: bytes) -> dict[str, bytes]:
    """The entries, as a ZIP reader of somebody else sees them."""
    with zipfile.ZipFile(io.BytesIO(dossier)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_dossier_proves_its_receipts_years_later(
    sent: Callable[..., bytes], testmiljo: Testmiljo, tmp_path: Path
) -> None:
    dossier = sent()
    (tmp_path / "sak-1.zip").write_bytes(dossier)

    known = testmiljo.client_config().load_trust()
    assert known is not None
    for trust in (None, TrustStore.from_certificates(known.anchors)):
        report = verify_dossier(tmp_path / "sak-1.zip", trust=trust)
        assert report.holds, report
        assert report.nokkel == "sak-1"
        by_part = [(each.part.partition("/")[0], each.finding) for each in report.findings]
        assert by_part.count(("receipts", DossierVerdict.PROVED)) >= 2, report
        assert ("manifest.jws", DossierVerdict.PROVED) in by_part
        assert all(part == "certificates" for part, found in by_part
                   if found is DossierVerdict.NOT_PROVED), report  # fmt: skip

    facts = json.loads(entries_of(dossier)["letter.json"])
    [document] = facts["dokumenter"]
    assert document["bytes"] > 100
    assert len(document["sha256"]) == len(facts["fingeravtrykk"]) == 64
    assert facts["rute"] == "digital"
    assert facts["oppslag"] is not None
    summary = entries_of(dossier)["summary.txt"].decode()
    assert "What this does not prove" in summary
    assert facts["fingeravtrykk"] in summary
    page = entries_of(dossier)["summary.html"].decode()
    assert "http://" not in page
    assert "<script" not in page


def test_the_commands_write_and_verify_a_dossier(
    sent: Callable[..., bytes],
    testmiljo: Testmiljo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sent()
    file = tmp_path / "sak-1.zip"
    config = testmiljo.write_config(tmp_path)
    shown = ["outbox", "show", str(tmp_path / "post.db"), "sak-1", "--dossier", str(file)]
    assert run_command([*shown, "--config", str(config)]) == 0
    assert run_command(["outbox", "verify", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["holds"]
    assert {"proved"} <= {each["finding"] for each in told["findings"]}

    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert run_command(["outbox", "verify", str(file), "--json"]) == 1


_YEARS_LATER = """
import datetime, sys, time

def refuse_network(event, _):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
        raise AssertionError("a dossier is verified offline")

sys.addaudithook(refuse_network)
LATER = datetime.timedelta(days=30 * 365)

class Later(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + LATER

real = time.time
datetime.datetime = Later
time.time = lambda: real() + LATER.total_seconds()

from sdp.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


def test_thirty_years_later_a_machine_without_a_network_says_the_same(
    dossier: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sak-1.zip").write_bytes(dossier)
    certificates = [
        x509.load_der_x509_certificate(content)
        for name, content in entries_of(dossier).items()
        if name.startswith("certificates/")
    ]
    later = datetime.now(UTC) + timedelta(days=29 * 365)
    assert all(each.not_valid_after_utc < later for each in certificates)

    command = ["outbox", "verify", str(tmp_path / "sak-1.zip"), "--json"]
    assert run_command(command) == 0
    now = capsys.readouterr().out
    then = subprocess.run(
        [sys.executable, "-c", _YEARS_LATER, *command], capture_output=True, check=False
    )
    assert then.returncode == 0, then.stderr
    assert json.loads(then.stdout) == json.loads(now)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_evidence_outlives_the_letter_and_the_key_that_it_was_encrypted_with(
    sent: Callable[..., bytes], tmp_path: Path, kind: str, new_address: Callable[[str], str]
) -> None:
    (tmp_path / "key").write_text(KEY)
    key, address = f"file:{tmp_path / 'key'}", new_address(kind)
    before = json.loads(entries_of(sent(key=key, address=address))["letter.json"])
    with Outbox.open(address, settings=OutboxSettings(key=key)) as outbox:
        outbox.purge(OutboxSettings().kept_for * 0)
        dossier = outbox.dossier("sak-1")
    after = json.loads(entries_of(dossier)["letter.json"])

    assert after["dokumenter"] == before["dokumenter"] != []
    report = verify_dossier(dossier)
    assert report.holds
    unsigned = [each for each in report.findings if each.part == "manifest.jws"]
    assert [each.finding for each in unsigned] == [DossierVerdict.NOT_PROVED]


# --- witnesses


def test_openssl_verifies_every_part_that_it_knows(
    dossier: bytes, wire: str, tmp_path: Path
) -> None:
    entries = entries_of(dossier)
    facts = json.loads(entries["letter.json"])
    for told in facts["kvitteringer"]:
        chain = [x509.load_der_x509_certificate(entries[each]) for each in told["sertifikater"]]
        for number, each in enumerate(chain):
            (tmp_path / f"{number}.pem").write_bytes(each.public_bytes(Encoding.PEM))
        leaf, issuer, root = (str(tmp_path / f"{number}.pem") for number in range(3))
        openssl("verify", "-CAfile", root, "-untrusted", issuer, leaf)
        answers = [entries[each] for each in told["tilbakekallingssvar"]]
        assert len(answers) == 2, "one for the signer, and one for its issuer"
        outcomes = [
            _ocsp(answer, certificate, by, root, issuer, tmp_path)
            for answer in answers
            for certificate, by in ((leaf, issuer), (issuer, root))
        ]
        assert outcomes.count(True) == 2, outcomes
        if wire == "dpi":
            _verify_jws(entries[told["fil"]], chain[0], tmp_path)
    if wire == "dpi":
        return
    signed = entries["manifest.jws"]
    header = json.loads(_decoded(signed.split(b".")[0]))
    own = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    _verify_jws(signed, own, tmp_path)
    assert _decoded(signed.split(b".")[1]) == entries["manifest.json"]


def _ocsp(
    answer: bytes, certificate: str, issuer: str, root: str, untrusted: str, folder: Path
) -> bool:
    (folder / "answer.der").write_bytes(answer)
    ran = subprocess.run(
        [program("openssl"), "ocsp", "-respin", str(folder / "answer.der"), "-CAfile", root,
         "-issuer", issuer, "-cert", certificate, "-no_nonce", "-verify_other", untrusted],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return "Response verify OK" in ran.stderr and f"{certificate}: good" in ran.stdout


def _verify_jws(token: bytes, certificate: x509.Certificate, folder: Path) -> None:
    header, payload, signature = token.split(b".")
    key = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "key.pem").write_bytes(key)
    (folder / "signed").write_bytes(header + b"." + payload)
    (folder / "signature").write_bytes(_decoded(signature))
    hashed = f"-sha{json.loads(_decoded(header))['alg'][2:]}"
    openssl("dgst", hashed, "-verify", str(folder / "key.pem"),
            "-signature", str(folder / "signature"), str(folder / "signed"))  # fmt: skip


def _decoded(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def openssl(*arguments: str) -> None:
    ran = subprocess.run([program("openssl"), *arguments], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("wire", ["ebms"], indirect=True)
def test_xmlsec1_verifies_the_receipts_of_ebms(dossier: bytes, tmp_path: Path) -> None:
    entries = entries_of(dossier)
    receipts = [name for name in entries if name.endswith(".xml")]
    assert receipts
    for name in receipts:
        for content, holds in (
            (entries[name], True),
            (entries[name].replace(b"tidspunkt>20", b"tidspunkt>19"), False),
        ):
            (tmp_path / "receipt.xml").write_bytes(content)
            for each in entries:
                if each.startswith("certificates/"):
                    certificate = x509.load_der_x509_certificate(entries[each])
                    path = tmp_path / f"{each.rpartition('/')[2]}.pem"
                    path.write_bytes(certificate.public_bytes(Encoding.PEM))
            roots = [
                option
                for path in tmp_path.glob("*.cer.pem")
                for option in ("--trusted-pem", str(path))
            ]
            ran = subprocess.run(
                [program("xmlsec1"), "--verify", *roots, str(tmp_path / "receipt.xml")],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert (ran.returncode == 0) is holds, ran.stderr


# --- what was changed


def test_a_changed_byte_anywhere_is_found(dossier: bytes) -> None:
    missed = [place for place in range(len(dossier)) if not _is_found(_flipped(dossier, place))]
    assert missed == []


def test_a_byte_or_an_entry_too_few_or_too_many_is_found(dossier: bytes) -> None:
    entries, comment = archive.read(dossier)
    for other in (
        dossier[:-1],
        dossier + b"\0",
        b"\0" + dossier,
        b"",
        dossier[: len(dossier) // 2],
        archive.write({**entries, "more.txt": b"more"}, comment),
        archive.write(dict(reversed(entries.items())), comment),
        _zipped_otherwise(entries, comment),
    ):
        assert _is_found(other)
    for name in entries:
        fewer = {each: content for each, content in entries.items() if each != name}
        assert _is_found(archive.write(fewer, comment)), name


def _zipped_otherwise(entries: dict[str, bytes], comment: str) -> bytes:
    """Write the same entries with another program."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        opened.comment = comment.encode()
        for name, content in entries.items():
            opened.writestr(name, content)
    return file.getvalue()


def _flipped(dossier: bytes, place: int) -> bytes:
    changed = bytearray(dossier)
    changed[place] ^= 1 << (place % 8)
    return bytes(changed)


def _is_found(dossier: bytes) -> bool:
    try:
        return not verify_dossier(dossier).holds
    except PackageError:
        return True


def _made_anew(dossier: bytes, changes: dict[str, bytes], *, signed: bool = True) -> bytes:
    """Make a dossier anew with other content, as a forger without a key would: digests and all."""
    entries, _ = archive.read(dossier)
    entries |= changes
    manifest = json.loads(entries["manifest.json"])
    if not signed:
        del entries["manifest.jws"]
        manifest["signed"] = False
    manifest["entries"] = {
        name: hashlib.sha256(entries[name]).hexdigest() for name in manifest["entries"]
    }
    entries["manifest.json"] = as_json(manifest)
    return archive.write(entries, comment_of(entries["manifest.json"]))


def test_a_forger_without_the_senders_key_is_found_in_every_entry(
    dossier: bytes,
) -> None:
    assert verify_dossier(_made_anew(dossier, {})).holds
    for name, content in archive.read(dossier)[0].items():
        if name in {"manifest.json", "manifest.jws"}:
            continue
        changed = _made_anew(dossier, {name: content.replace(b"1", b"2", 1) + b" "})
        assert _is_found(changed), name


def test_a_forger_cannot_make_a_receipt_say_something_else_even_unsigned(
    dossier: bytes,
) -> None:
    bare = _made_anew(dossier, {}, signed=False)
    assert verify_dossier(bare).holds
    facts = json.loads(archive.read(bare)[0]["letter.json"])
    lies: Iterator[dict[str, object]] = iter(
        [
            {"konversasjons_id": "00000000-0000-4000-8000-000000000000"},
            {"kvitteringer": [{**each, "slag": "aapning"} for each in facts["kvitteringer"]]},
            {"kvitteringer": [{**each, "avsender": "991825827"} for each in facts["kvitteringer"]]},
            {"kvitteringer": [{**each, "tidspunkt": "2020-01-01T00:00:00+00:00"}
                              for each in facts["kvitteringer"]]},
            {"kvitteringer": [{**each, "mottatt": "2010-01-01T00:00:00+00:00"}
                              for each in facts["kvitteringer"]]},
        ]
    )  # fmt: skip
    for lie in lies:
        assert _is_found(_made_anew(bare, {"letter.json": as_json({**facts, **lie})})), lie


def test_records_of_any_other_form_are_refused_and_crash_nothing(
    dossier: bytes,
) -> None:
    facts = json.loads(archive.read(dossier)[0]["letter.json"])
    [first, *_] = facts["kvitteringer"]
    told: list[Any] = [
        *([], {}, {**facts, "kvitteringer": 1}, {**facts, "kvitteringer": [None]}),
        *({**facts, "kvitteringer": [{**first, name: None}]} for name in first),
        *({**facts, "kvitteringer": [{**first, name: 10**400}]} for name in first),
        *({**facts, "kvitteringer": [{**first, "fil": each}]} for each in ("x", "letter.json")),
    ]
    for other in told:
        changed = json.dumps(other).encode()
        assert _is_found(_made_anew(dossier, {"letter.json": changed})), other


def test_another_trust_store_does_not_trust_the_receipts(
    dossier: bytes,
) -> None:
    stranger = TestCA.create(moment=datetime.now(UTC)).trust
    report = verify_dossier(dossier, trust=stranger)

    assert not report.holds
    assert sdp.DossierVerdict.BROKEN in {each.finding for each in report.findings}
