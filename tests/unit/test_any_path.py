"""No error of Python's leaves the library whatever path it is given, and each names the file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sdp
from tests.fuzz.world import World

PATHS = {
    "missing": "borte.pem",
    "NUL": "a\0b",
    "too long": "lang" * 75,
    "too deep": "/".join(["dyp" * 60] * 30),
    "a folder": "mappe",
    "nothing": "",
    "a link to nothing": "lenke",
    "a link to itself": "ring",
    "in a file": "fil/under",
    "no UTF-8": "\udcff.pem",
    "half a character": "\ud800.pem",
    "empty": "tom",
    "other bytes": "fil",
}

Reading = Callable[[Any, World], object]


def _client(world: World, **options: Any) -> sdp.Client:
    environment = {"name": "x", "production": False, "broker_url": "https://a.example/", **options}
    config = sdp.ClientConfig(environment=sdp.Environment(**environment))
    trust = None if "trust" in options else world.ca.trust
    return sdp.Client(config, signer=world.sender, trust=trust)


def _identity(world: World, **options: Any) -> object:
    identity = sdp.IdentityConfig(**options)
    return sdp.ClientConfig(environment=sdp.Environment.test(), identity=identity).load_identity(
        world.moment
    )


READINGS: dict[str, Reading] = {
    "a configuration": lambda path, _: sdp.ClientConfig.from_toml(path, environ={}),
    "a trust store": lambda path, _: sdp.TrustStore.from_path(path),
    "a key store": lambda path, w: sdp.Identity.from_pkcs12(path, "x", moment=w.moment),
    "a key": lambda path, w: sdp.Identity.from_pem(path, path, moment=w.moment),
    "a trust store of the settings": lambda path, w: _client(w, trust=path),
    "a private CA": lambda path, w: _client(w, tls_ca=path),
    "a key store of the settings": lambda path, w: _identity(w, pkcs12=path, password="x"),
    "a chain of the settings": lambda path, w: _identity(w, certificate=path, key="fil"),
    "a PKCS#11 module": lambda path, w: _identity(
        w, pkcs11_module=path, pkcs11_token="t", password="1"
    ),
}


@pytest.fixture(scope="module")
def world() -> World:
    return World.make()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fil").write_bytes(b"noe annet " * 1000)
    (tmp_path / "tom").touch()
    (tmp_path / "mappe").mkdir()
    (tmp_path / "lenke").symlink_to(tmp_path / "ingenting")
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    monkeypatch.chdir(tmp_path)


def _names(error: sdp.SdpError, path: str) -> bool:
    return Path(path).name[:50] in str(error)


def _told(call: Callable[[], object]) -> sdp.SdpError | None:
    """Return the error of ours that a call raises, if it raises one."""
    try:
        call()
    except sdp.SdpError as error:
        return error
    return None


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_what_cannot_be_read_is_told_by_name(
    reading: Reading, path: str, kind: Callable[[str], object], world: World
) -> None:
    with pytest.raises(sdp.SdpError) as refusal:
        reading(kind(path), world)
    assert _names(refusal.value, path)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_password_that_cannot_be_read_is_told_by_name(path: str, world: World) -> None:
    with pytest.raises(sdp.SdpError) as refusal:
        _identity(world, pkcs12="fil", password_file=path)
    assert _names(refusal.value, path) or path == "tom"  # an empty password opens no "fil"


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_document_that_cannot_be_read_is_told_by_the_name_it_has_in_the_letter(
    path: str, world: World
) -> None:
    # Where it lies may be private; what it is called in the letter is the sender's own choice.
    if path == "fil":
        return
    with pytest.raises(sdp.InvalidInputError, match=r"brev\.pdf|kilde"):
        sdp.Dokument.from_path(path, filnavn="brev.pdf", tittel="Vedtak")


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_document_is_checked_or_told_to_be_out_of_reach(path: str) -> None:
    (checked,) = sdp.check(path).documents

    assert not checked.can_be_sent
    assert checked.path == Path(path)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_an_outbox_is_opened_or_told_by_name(path: str) -> None:
    told = _told(lambda: sdp.Outbox.open(path).close())
    assert told is None or _names(told, path)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_package_is_extracted_or_the_folder_is_told_by_name(path: str, world: World) -> None:
    pakke = sdp.read_asice(io.BytesIO(world.packages()[1][0]), trust=None, moment=world.moment)
    told = _told(lambda: pakke.extract_to(path))
    assert told is None or _names(told, path)
