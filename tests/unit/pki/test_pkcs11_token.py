"""Tokens of SoftHSM, made once per run, and what is said when one cannot be used."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sdp.errors import (
    ConfigurationError,
    Fault,
    IdentityError,
    KeyUnavailableError,
    MissingKeyError,
    PinLockedError,
    Retry,
    UnsupportedKeystoreError,
    WrongPasswordError,
)
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.testmiljo.ca import TestCA
from tests.conftest import AVSENDER
from tests.witness import program

PIN = "blåbær-2468"
TOKEN = "etaten"
LABEL = "virksomhet"

Refused = Callable[..., IdentityError]

_PLACES = ("/usr/lib/softhsm", "/usr/lib/*/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm")


@cache
def _module() -> str | None:
    for place in _PLACES:
        for found in Path("/").glob(f"{place[1:]}/libsofthsm2.so"):
            return os.path.realpath(found)
    return None


class SoftHsm:
    """Tokens in a folder of their own. What is on them is written by softhsm2-util."""

    made: ClassVar[SoftHsm | None] = None

    @classmethod
    def once(cls, ca: TestCA, moment: datetime) -> SoftHsm:
        """The tokens of this run; skips the test where SoftHSM is not installed."""
        if cls.made is None:
            pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
            util, module = program("softhsm2-util"), _module()
            if module is None:
                (pytest.fail if os.environ.get("CI") else pytest.skip)(
                    "libsofthsm2.so is not installed"
                )
            cls.made = cls(util, module, ca, moment)
        return cls.made

    def __init__(self, util: str, module: str, ca: TestCA, moment: datetime) -> None:
        self.module = module
        self._util = util
        self._folder = tempfile.TemporaryDirectory(prefix="softhsm-")
        folder = Path(self._folder.name)
        (folder / "tokens").mkdir()
        configuration = folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\n")
        os.environ["SOFTHSM2_CONF"] = str(configuration)
        # A module sees the tokens that were there when it was started.
        for label in (TOKEN, "bare-pin", "tapt", "tvilling", "tvilling", "tom"):
            self._run("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", PIN)
        self.issued = ca.issue(AVSENDER, "Etaten", moment=moment)
        self.without = ca.issue(AVSENDER, "Etaten", moment=moment)
        self.put(TOKEN, LABEL, "01", self.issued.key)
        self.put(TOKEN, "uten", "02", self.without.key)
        self.put(TOKEN, "elliptisk", "03", ec.generate_private_key(ec.SECP256R1()))
        self.put(TOKEN, "dobbel", "04", self.without.key)
        self.put(TOKEN, "dobbel", "05", self.issued.key)
        self.put("bare-pin", LABEL, "01", self.issued.key)
        self.put("tapt", LABEL, "01", self.issued.key)
        self._certify()

    def put(
        self,
        token: str,
        label: str,
        key_id: str,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    ) -> None:
        pem = Path(self._folder.name) / f"{token}-{key_id}.pem"
        pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self._run(
            *("--import", str(pem), "--token", token, "--label", label, "--id", key_id),
            *("--pin", PIN),
        )
        pem.unlink()

    def delete(self, token: str) -> None:
        self._run("--delete-token", "--token", token)

    def library(self) -> ctypes.CDLL:
        """The module as another part of this process has it."""
        return ctypes.CDLL(self.module)

    def slot(self, token: str = TOKEN) -> ctypes.c_ulong:
        return ctypes.c_ulong(self.tokens[token].slot.slot_id)

    def open(self, moment: datetime, **changes: Any) -> Pkcs11Identity:
        values: dict[str, Any] = {"token": TOKEN, "pin": PIN.encode(), "key_label": LABEL}
        return Pkcs11Identity.from_token(self.module, **(values | {"moment": moment} | changes))

    def run_python(self, script: str, *arguments: str, mechanisms: str = "ALL") -> str:
        """What a script prints in a process of its own; its first argument is the module."""
        folder = Path(self._folder.name)
        configuration = folder / "other.conf"
        configuration.write_text(
            f"directories.tokendir = {folder / 'tokens'}\nslots.mechanisms = {mechanisms}\n"
        )
        return subprocess.run(
            [sys.executable, "-c", script, self.module, *arguments],
            env=os.environ | {"SOFTHSM2_CONF": str(configuration)},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout

    def refused(
        self, moment: datetime, expected: type[IdentityError], **changes: Any
    ) -> IdentityError:
        """Try to open a key, which must be refused with this type of error."""
        with pytest.raises(expected) as refusal:
            self.open(moment, **changes)
        assert type(refusal.value) is expected
        assert refusal.value.remedy
        assert PIN not in str(refusal.value)
        return refusal.value

    def _certify(self) -> None:
        import pkcs11

        self.tokens = {token.label: token for token in pkcs11.lib(self.module).get_tokens()}
        with self.tokens[TOKEN].open(rw=True, user_pin=PIN) as session:
            for number, certificate in enumerate(self.issued.chain):
                session.create_object(
                    {
                        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                        pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                        pkcs11.Attribute.TOKEN: True,
                        pkcs11.Attribute.ID: bytes([number + 1]),
                        pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
                        pkcs11.Attribute.VALUE: certificate.public_bytes(Encoding.DER),
                    }
                )

    def _run(self, *arguments: str) -> None:
        subprocess.run([self._util, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="session")
def hsm(ca: TestCA, moment: datetime) -> SoftHsm:
    return SoftHsm.once(ca, moment)


@pytest.fixture
def refused(hsm: SoftHsm, moment: datetime) -> Refused:
    return partial(hsm.refused, moment)


def test_a_module_that_is_not_there(hsm: SoftHsm, moment: datetime, tmp_path: Path) -> None:
    with pytest.raises(MissingKeyError, match=r"borte\.so is not there"):
        Pkcs11Identity.from_token(tmp_path / "borte.so", TOKEN, PIN, moment=moment)


def test_a_file_that_is_no_module(hsm: SoftHsm, moment: datetime, tmp_path: Path) -> None:
    (tmp_path / "tull.so").write_bytes(b"tull")
    with pytest.raises(UnsupportedKeystoreError, match=r"tull\.so cannot be used"):
        Pkcs11Identity.from_token(tmp_path / "tull.so", TOKEN, PIN, moment=moment)


def test_a_token_that_is_not_there_is_answered_with_those_that_are(refused: Refused) -> None:
    error = refused(MissingKeyError, token="etatem")
    assert error.message == "There is no token labelled etatem."
    assert TOKEN in error.remedy


def test_two_tokens_with_one_label(refused: Refused) -> None:
    assert "only one can be meant" in refused(MissingKeyError, token="tvilling").message


@pytest.mark.parametrize("pin", [b"feil-pin", b"", b"x", b"\xff\xfe"])
def test_a_wrong_pin_is_named_as_such_and_not_shown(pin: bytes, refused: Refused) -> None:
    error = refused(WrongPasswordError, token="bare-pin", pin=pin)
    assert "PIN" in error.message
    assert "feil-pin" not in str(error)


def test_without_the_extra_the_command_that_installs_it_is_told(
    moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("sdp.pki.keys.token_")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(ConfigurationError, match="python-pkcs11") as refusal:
        Pkcs11Identity.from_token("/usr/lib/libhsm.so", TOKEN, PIN, moment=moment)
    assert refusal.value.remedy == "Install: pip install 'sikker-digital-post[pkcs11]'"


def test_the_module_is_imported_without_the_extra() -> None:
    check = "import sys; sys.modules['pkcs11'] = None; import sdp.pki.keys.pkcs11"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


class _Locking:
    """What SoftHSM is not: a token that locks. It stands where the package would load a module."""

    def __init__(self, *, flags: int = 0, wrong_pins_left: int = 0) -> None:
        self.label, self.flags = TOKEN, flags
        self.slots = [SimpleNamespace(get_token=lambda: self)]
        self.tries = 0
        self._left = wrong_pins_left

    def get_slots(self, *, token_present: bool) -> list[SimpleNamespace]:
        return self.slots

    def open(self, user_pin: str) -> None:
        import pkcs11

        self.tries += 1
        raise pkcs11.PinIncorrect if self.tries <= self._left else pkcs11.PinLocked


@pytest.fixture
def locking(monkeypatch: pytest.MonkeyPatch) -> Callable[[_Locking], None]:
    def use(token: _Locking) -> None:
        pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
        monkeypatch.setattr("pkcs11.lib", lambda module: token)

    return use


def test_a_pin_that_locks_is_not_called_a_wrong_one(
    locking: Callable[[_Locking], None], moment: datetime
) -> None:
    locking(_Locking(wrong_pins_left=1))
    with pytest.raises(WrongPasswordError, match="before you try again"):
        Pkcs11Identity.from_token("libhsm.so", TOKEN, PIN, moment=moment)
    with pytest.raises(PinLockedError, match="security officer") as refusal:
        Pkcs11Identity.from_token("libhsm.so", TOKEN, PIN, moment=moment)
    assert refusal.value.retry is Retry.NEVER


def test_a_token_that_says_it_is_locked_is_not_tried(
    locking: Callable[[_Locking], None], moment: datetime
) -> None:
    import pkcs11

    token = _Locking(flags=pkcs11.TokenFlag.USER_PIN_LOCKED)
    locking(token)
    with pytest.raises(PinLockedError):
        Pkcs11Identity.from_token("libhsm.so", TOKEN, PIN, moment=moment)
    assert token.tries == 0


def test_a_token_that_is_taken_away_says_to_try_later(hsm: SoftHsm, moment: datetime) -> None:
    with hsm.open(moment, token="tapt", chain=hsm.issued.chain_pem()) as identity:
        identity.sign(bytes(32))
        hsm.delete("tapt")
        for _ in range(2):
            with pytest.raises(KeyUnavailableError, match="tapt was lost") as failure:
                identity.sign(bytes(32))
            assert (failure.value.fault, failure.value.retry) == (Fault.UNKNOWN, Retry.LATER)
        with pytest.raises(KeyUnavailableError, match="tapt was lost"):
            identity.unwrap(bytes(256), hash_name="sha1", mgf_hash_name="sha1")
