from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.cli import main
from sdp.testmiljo.ca import TestCA
from tests.documents import pdf
from tests.reference import reference
from tests.witness import program

PERSON = "01815800083"


@dataclass(frozen=True)
class Bench:
    """A folder with keys, documents and a package to be."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out.cms"

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def pack(self, *more: str) -> int:
        return main(
            [
                "pack",
                self.path("brev.pdf"),
                self.path("vedlegg.txt"),
                "--title",
                "Vedtak på norsk",
                "--identity",
                self.path("id.p12"),
                "--password-file",
                self.path("password"),
                "--sender",
                "991825827",
                "--recipient-cert",
                self.path("mailbox.pem"),
                "--person",
                PERSON,
                "--mailbox",
                "kari.nordmann#1234",
                "--out",
                str(self.out),
                # On ebMS the signature is over everything but itself, so that every byte counts.
                "--wire",
                "ebms",
                *more,
            ]
        )

    def open(self, *more: str, identity: str = "mailbox.p12") -> int:
        return main(
            [
                "open",
                str(self.out),
                "--identity",
                self.path(identity),
                "--password-file",
                self.path("password"),
                *more,
            ]
        )

    def leftovers(self) -> set[str]:
        return {path.name for path in self.folder.iterdir() if path.name.startswith(".")}


@pytest.fixture
def bench(tmp_path: Path, ca: TestCA, moment: datetime) -> Bench:
    sender = ca.issue("991825827", "Etaten", moment=moment)
    mailbox = ca.issue("984661185", "Postkassen", moment=moment)
    contents = {
        "brev.pdf": pdf("Hei"),
        "vedlegg.txt": "Blåbærsyltetøy\n".encode(),
        "id.p12": sender.pkcs12("secret"),
        "mailbox.p12": mailbox.pkcs12("secret"),
        "mailbox.key": mailbox.key_pem(),
        "mailbox.pem": mailbox.certificate.public_bytes(Encoding.PEM),
        "password": b"secret\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    ca.write_trust(tmp_path / "trust")
    return Bench(tmp_path)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return read


def test_what_is_packed_can_be_opened_and_extracted(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.pack() == 0
    packed = capsys.readouterr()
    assert "No trust store is configured" in packed.err
    assert bench.out.name in packed.out
    assert bench.leftovers() == set()

    assert bench.open("--extract", bench.path("extracted")) == 0
    opened = capsys.readouterr()
    assert "No trust store is configured" in opened.err
    assert "Vedtak på norsk" in opened.out
    assert "991825827" in opened.out
    assert (bench.folder / "extracted" / "brev.pdf").read_bytes() == pdf("Hei")
    assert (bench.folder / "extracted" / "vedlegg.txt").read_text("utf-8") == "Blåbærsyltetøy\n"


def test_no_output_shows_the_fødselsnummer(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    for as_json in ([], ["--json"]):
        assert bench.pack(*as_json) == 0
        assert bench.open(*as_json) == 0
        shown = capsys.readouterr()
        assert PERSON not in shown.out + shown.err


def test_with_a_trust_store_both_sides_are_checked_against_it(
    bench: Bench, told: Callable[[], dict[str, Any]]
) -> None:
    assert bench.pack("--trust", bench.path("trust"), "--json") == 0
    assert told()["mailbox_organisation"] == "984661185"

    assert bench.open("--trust", bench.path("trust"), "--json") == 0
    opened = told()
    assert opened["verified"] is True
    assert opened["signer"]["trusted"] is True
    assert opened["signer"]["organisasjonsnummer"] == "991825827"


def test_a_signer_that_is_not_the_sender_is_told(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    told_of = "Signed by 991825827, and not by the sender in the manifest, 974761076."

    bench.pack()
    assert bench.open("--json") == 0
    shown = capsys.readouterr()
    assert told_of not in " ".join(shown.err.split())
    assert '"is_sender": true' in shown.out

    bench.pack("--sender", "974761076")
    capsys.readouterr()
    assert bench.open("--json") == 0
    shown = capsys.readouterr()
    assert told_of in " ".join(shown.err.split())
    assert '"is_sender": false' in shown.out


def test_a_package_that_unpacks_to_more_than_the_limit_is_refused(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    (bench.folder / "vedlegg.txt").write_bytes(bytes(3_000_000))
    bench.pack()

    assert bench.open("--size-limit", "2MB") == 1
    assert "may be more than 2000000 bytes together" in " ".join(capsys.readouterr().err.split())
    assert bench.open("--size-limit", "4MB") == 0


def test_a_recipient_outside_the_trust_store_gets_no_package(
    bench: Bench, moment: datetime, told: Callable[[], dict[str, Any]]
) -> None:
    TestCA.create(moment, name="Another").write_trust(bench.folder / "other")

    assert bench.pack("--trust", bench.path("other"), "--json") == 1

    assert told()["error"]["details"] == {"problem": "UNTRUSTED"}
    assert not bench.out.exists()


def test_a_signer_outside_the_trust_store_does_not_verify(
    bench: Bench, moment: datetime, told: Callable[[], dict[str, Any]]
) -> None:
    TestCA.create(moment, name="Another").write_trust(bench.folder / "other")
    bench.pack()

    assert bench.open("--trust", bench.path("other")) == 1


def test_openssl_opens_the_package_and_it_is_the_plain_one_beside_it(bench: Bench) -> None:
    openssl = program("openssl")
    assert bench.pack("--asice", bench.path("out.asice")) == 0

    subprocess.run(
        [
            *(openssl, "cms", "-decrypt", "-inform", "DER", "-in", str(bench.out)),
            *("-inkey", bench.path("mailbox.key"), "-out", bench.path("decrypted.zip")),
        ],
        check=True,
    )

    decrypted = (bench.folder / "decrypted.zip").read_bytes()
    assert decrypted == (bench.folder / "out.asice").read_bytes()
    with zipfile.ZipFile(bench.folder / "out.asice") as plain:
        assert plain.read("vedlegg.txt") == "Blåbærsyltetøy\n".encode()
        assert {"brev.pdf", "manifest.xml", "META-INF/signatures.xml"} <= set(plain.namelist())


def test_what_is_told_of_a_package_is_what_it_holds(
    bench: Bench, told: Callable[[], dict[str, Any]]
) -> None:
    assert bench.pack("--asice", bench.path("out.asice"), "--json") == 0

    packed = told()
    with zipfile.ZipFile(bench.folder / "out.asice") as plain:
        sizes = {entry.filename: entry.file_size for entry in plain.infolist()}
    assert packed["package_size"] == bench.out.stat().st_size
    assert packed["billable_bytes"] == sum(sizes.values())
    assert {fil["name"]: fil["size"] for fil in packed["files"]} == sizes


@pytest.mark.parametrize("limit", ["10", "1kB"])
def test_documents_over_the_limit_are_refused_and_nothing_is_left(
    bench: Bench, limit: str, told: Callable[[], dict[str, Any]]
) -> None:
    (bench.folder / "vedlegg.txt").write_bytes(b"x" * 1000)

    code = bench.pack("--size-limit", limit, "--asice", bench.path("out.asice"), "--json")

    assert code == 1
    assert told()["error"]["kind"] == "PackageTooLargeError"
    assert not bench.out.exists()
    assert not (bench.folder / "out.asice").exists()
    assert bench.leftovers() == set()


def test_the_limit_is_fifty_million_bytes_unless_told_otherwise(bench: Bench) -> None:
    with (bench.folder / "vedlegg.txt").open("wb") as file:
        file.truncate(50_000_001)

    assert bench.pack() == 1
    assert bench.pack("--size-limit", "4GiB") == 0


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ("password", "WrongPasswordError"),
        ("id.p12", "MissingKeyError"),
        ("brev.pdf", "InvalidInputError"),
        ("mailbox.pem", "UsageError"),
    ],
)
def test_bad_input_is_told_by_its_kind_and_nothing_is_left(
    bench: Bench, broken: str, kind: str, told: Callable[[], dict[str, Any]]
) -> None:
    (bench.folder / broken).write_bytes(b"")

    assert bench.pack("--json") in {1, 2}

    assert told()["error"]["kind"] == kind
    assert not bench.out.exists()
    assert bench.leftovers() == set()


def test_a_package_never_overwrites_its_documents(bench: Bench) -> None:
    before = (bench.folder / "brev.pdf").read_bytes()

    assert bench.pack("--out", bench.path("brev.pdf")) == 1
    assert bench.pack("--asice", str(bench.out)) == 1

    assert (bench.folder / "brev.pdf").read_bytes() == before
    assert not bench.out.exists()


def test_a_folder_that_is_not_there_is_named(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.pack("--out", bench.path("nowhere/out.cms")) == 1

    assert "nowhere" in capsys.readouterr().err


def test_a_changed_byte_anywhere_does_not_verify(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.pack()
    whole = bench.out.read_bytes()
    for position in range(0, len(whole), len(whole) // 40):
        changed = bytearray(whole)
        changed[position] ^= 0x01
        bench.out.write_bytes(changed)
        assert bench.open() == 1, position


def test_a_package_for_somebody_else_is_not_opened(bench: Bench) -> None:
    bench.pack()

    assert bench.open(identity="id.p12") == 1


def test_a_package_that_does_not_verify_is_not_extracted(bench: Bench) -> None:
    bench.pack()
    whole = bytearray(bench.out.read_bytes())
    whole[-100] ^= 0x01
    bench.out.write_bytes(whole)

    assert bench.open("--extract", bench.path("extracted")) == 1
    assert not list(bench.folder.glob("extracted/*"))


@pytest.mark.parametrize(("name", "document"), [("digital", "Test.txt"), ("utskrift", "my.pdf")])
@pytest.mark.filterwarnings("ignore:Attribute's length:UserWarning")
def test_recorded_packages_can_be_opened(
    tmp_path: Path, name: str, document: str, told: Callable[[], dict[str, Any]]
) -> None:
    folder = reference("examples/dpi")
    (tmp_path / "password").write_text("changeit", "utf-8")

    code = main(
        [
            *("open", str(folder / f"{name}-dokumentpakke.cms"), "--json"),
            *("--identity", str(folder / "eksempel.p12")),
            *("--password-file", str(tmp_path / "password"), "--extract", str(tmp_path / "out")),
            *("--at", "2024-01-01T12:00+01:00"),
        ]
    )

    assert code == 0
    opened = told()
    with zipfile.ZipFile(folder / f"{name}-dokumentpakke.zip") as plain:
        assert (tmp_path / "out" / document).read_bytes() == plain.read(document)
    assert opened["manifest"]["avsender"] == "991825827"
    assert opened["manifest"]["hoveddokument"] == document
    assert opened["signer"]["trusted"] is False


@pytest.mark.parametrize(("wire", "first"), [("dpi", "mimetype"), ("ebms", "brev.pdf")])
def test_a_package_is_made_for_the_wire_that_is_named(bench: Bench, wire: str, first: str) -> None:
    plain = bench.folder / "plain.asice"

    assert bench.pack("--wire", wire, "--asice", str(plain)) == 0

    with zipfile.ZipFile(plain) as package:
        assert package.namelist()[0] == first
