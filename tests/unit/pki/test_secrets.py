"""Keys, PINs and passwords are in nothing that is printed, logged, raised or carried elsewhere."""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import pickle
import pprint
import site
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import FunctionType, MethodType, ModuleType

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretBytes, SecretStr

import sdp
from sdp.config import ClientConfig, IdentityConfig
from sdp.errors import IdentityError, MissingKeyError, UnreadablePackageError, WrongPasswordError
from sdp.pki import Identity
from sdp.pki.keys.keystore import read_chain, read_key
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.testmiljo.ca import Issued, TestCA
from tests.unit.pki.test_pkcs11_token import PIN, SoftHsm

PASSWORD = "blåbærsyltetøy-1814"
WRONG_PIN = "feil-pin-9753"
_OURS = (str(Path(sdp.__file__).parent), *site.getsitepackages())


@pytest.fixture(scope="session")
def hsm(ca: TestCA, moment: datetime) -> SoftHsm:
    return SoftHsm.once(ca, moment)


@pytest.fixture
def on_token(hsm: SoftHsm, moment: datetime) -> Iterator[Pkcs11Identity]:
    with hsm.open(moment) as identity:
        yield identity


@pytest.fixture
def configured(tmp_path: Path, avsender_issued: Issued) -> ClientConfig:
    (tmp_path / "etaten.p12").write_bytes(avsender_issued.pkcs12(PASSWORD))
    (tmp_path / "agency.toml").write_text(
        f'environment = "test"\n[identity]\npkcs12 = "etaten.p12"\npassword = "{PASSWORD}"\n'
    )
    return ClientConfig.from_toml(tmp_path / "agency.toml")


def secrets_of(issued: Issued) -> tuple[str, ...]:
    """Everything that would give a key away, in the forms that it might be printed in."""
    numbers = issued.key.private_numbers()
    formats = (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    pems = [issued.key.private_bytes(Encoding.PEM, form, NoEncryption()) for form in formats]
    lines = [pem.decode().splitlines()[10] for pem in pems]
    ints = (numbers.d, numbers.p, numbers.q)
    return (*map(str, ints), *map(hex, ints), *lines, PASSWORD, PIN, WRONG_PIN)


def printed(value: object) -> Iterator[str]:
    """All that a value says of itself."""
    yield from (repr(value), str(value), f"{value}", pprint.pformat(value))
    for width in ("", ">200"):
        try:
            yield format(value, width)
        except TypeError:
            continue


def reachable(value: object, seen: set[int] | None = None) -> Iterator[object]:
    """A value and what its attributes lead to, as programs that report errors follow them."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, ModuleType | type):
        return
    seen.add(id(value))
    yield value
    inner: list[object] = []
    match value:
        case SecretStr() | SecretBytes():
            # The one place where a secret may be, and it must be asked for by name.
            return
        case Mapping():
            inner += [*value.keys(), *value.values()]
        case list() | tuple() | set() | frozenset():
            inner += value
        case FunctionType():
            inner += [cell.cell_contents for cell in value.__closure__ or ()]
        case MethodType():
            inner += [value.__self__]
        case _:
            inner += vars(value).values() if hasattr(value, "__dict__") else ()
            names = [
                name for kind in type(value).__mro__ for name in vars(kind).get("__slots__", ())
            ]
            inner += [getattr(value, name) for name in names if hasattr(value, name)]
    for each in inner:
        yield from reachable(each, seen)


def assert_says_nothing(value: object, secrets: tuple[str, ...]) -> None:
    for each in reachable(value):
        for text in printed(each):
            assert not [secret for secret in secrets if secret in text], type(each)


def locals_in_our_frames(error: BaseException) -> Iterator[tuple[str, object]]:
    """The locals of every frame of the library and its dependencies, through all causes."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        if isinstance(following, UnicodeError):  # its text is no attribute that can be listed
            yield "UnicodeError", following.args
        for frame, _ in traceback.walk_tb(following.__traceback__):
            if frame.f_code.co_filename.startswith(_OURS):
                for name, value in frame.f_locals.items():
                    yield f"{frame.f_code.co_qualname}: {name}", value
        following = following.__cause__ or following.__context__


def assert_gives_nothing_away(error: BaseException, secrets: tuple[str, ...]) -> None:
    seen: list[str] = []
    assert_says_nothing(error, secrets)
    assert not [s for s in secrets if s in "".join(traceback.format_exception(error))]
    for place, value in locals_in_our_frames(error):
        seen.append(place)
        # What lies on a token cannot even say its name once the session is over.
        with contextlib.suppress(RuntimeError):
            for text in printed(value):
                assert not [secret for secret in secrets if secret in text], place
    assert seen, "no frame of ours was looked at"


def test_what_looks_for_secrets_finds_them(avsender_issued: Issued) -> None:
    class Careless:
        def __init__(self) -> None:
            self.inner = {"keys": [lambda: PASSWORD, SecretStr("x")], "pin": PIN.encode()}

    secrets = secrets_of(avsender_issued)
    with pytest.raises(AssertionError):
        assert_says_nothing(Careless(), (*secrets, repr(PIN.encode())))
    with pytest.raises(AssertionError):
        assert_says_nothing(avsender_issued.key_pem(), secrets)
    kept = SecretStr(PASSWORD)
    assert_says_nothing([kept, kept.get_secret_value], secrets)


def test_an_identity_says_nothing(avsender_identity: Identity, avsender_issued: Issued) -> None:
    assert_says_nothing(avsender_identity, secrets_of(avsender_issued))


@pytest.mark.parametrize(
    "pin", [PIN, PIN.encode(), SecretStr(PIN), SecretBytes(PIN.encode()), lambda: PIN]
)
def test_an_identity_on_a_token_says_nothing(pin: object, hsm: SoftHsm, moment: datetime) -> None:
    with hsm.open(moment, pin=pin) as identity:
        identity.sign(bytes(32))
        assert_says_nothing(identity, secrets_of(hsm.issued))


def test_a_configuration_says_nothing(configured: ClientConfig, avsender_issued: Issued) -> None:
    secrets = secrets_of(avsender_issued)
    assert_says_nothing(configured, secrets)
    for text in (configured.to_toml(), configured.model_dump_json(), str(configured.model_dump())):
        assert not [secret for secret in secrets if secret in text]


def test_an_identity_is_not_pickled(avsender_identity: Identity, on_token: Pkcs11Identity) -> None:
    for identity in (avsender_identity, on_token):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises((TypeError, pickle.PicklingError), match="pickle"):
                pickle.dumps(identity, protocol)


def test_a_configuration_with_a_password_in_it_is_not_pickled(
    configured: ClientConfig, tmp_path: Path
) -> None:
    with pytest.raises(TypeError, match="password_file"):
        pickle.dumps(configured)
    identity = {"pkcs12": tmp_path / "etaten.p12", "password_env": "SECRET"}
    without = ClientConfig.model_validate({"environment": "test", "identity": identity})
    assert pickle.loads(pickle.dumps(without)) == without


def test_a_copied_identity_says_no_more(
    avsender_identity: Identity, avsender_issued: Issued
) -> None:
    assert_says_nothing(copy.copy(avsender_identity), secrets_of(avsender_issued))


def test_an_invalid_configuration_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_text(f'environment = "test"\n[identity]\npassword = "{PASSWORD}"\n')
    with pytest.raises(sdp.ConfigurationError) as refusal:
        ClientConfig.from_toml(path)
    assert PASSWORD not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize("source", ["password_file", "password_env"])
def test_a_password_in_another_encoding_is_told_and_given_away_by_nothing(
    source: str,
    configured: ClientConfig,
    tmp_path: Path,
    moment: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = PASSWORD.encode() + "æ".encode("latin-1")
    (tmp_path / "password").write_bytes(written + b"\n")
    monkeypatch.setenv("PASSORD", os.fsdecode(written))
    where = {"password_file": tmp_path / "password", "password_env": "PASSORD"}[source]
    identity = IdentityConfig.model_validate({"pkcs12": tmp_path / "etaten.p12", source: where})
    with pytest.raises(sdp.ConfigurationError, match=f"{source}.* is not UTF-8") as refusal:
        configured.model_copy(update={"identity": identity}).load_identity(moment)
    assert refusal.value.remedy
    assert refusal.value.__context__ is None
    assert_gives_nothing_away(refusal.value, (PASSWORD,))


def test_a_password_that_holds_nul_is_refused_and_given_away_by_nothing(
    avsender_issued: Issued, moment: datetime, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(sdp.WrongPasswordError, match="NUL") as refusal:
        Identity.from_pkcs12(avsender_issued.pkcs12("x"), f"{PASSWORD}\0", moment=moment)
    assert_gives_nothing_away(refusal.value, (PASSWORD,))
    assert capfd.readouterr() == ("", "")


def test_a_configuration_in_another_encoding_gives_no_password_away(tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_bytes(f'password = "{PASSWORD}æ"\n'.encode("utf-16-le"))
    with pytest.raises(sdp.ConfigurationError, match="must be text in UTF-8") as refusal:
        ClientConfig.from_toml(path)
    assert refusal.value.__context__ is None
    assert_gives_nothing_away(refusal.value, (PASSWORD,))


def failures_of_the_token(hsm: SoftHsm, moment: datetime) -> Iterator[BaseException]:
    for changes in (
        {"token": "borte"},
        {"key_label": "borte"},
        {"key_label": "elliptisk"},
        {"chain": hsm.without.chain_pem()},
        {"chain": b"tull"},
        {"token": "bare-pin", "pin": WRONG_PIN},
        {"token": "bare-pin", "pin": SecretStr(WRONG_PIN)},
        {"token": "bare-pin", "pin": lambda: WRONG_PIN},
        {"token": "bare-pin", "pin": PIN.encode() + b"\xff"},
        {"token": "bare-pin", "pin": lambda: PIN.encode() + b"\xff"},
        {"token": "bare-pin", "pin": PIN + "\udcff"},
    ):
        with pytest.raises(IdentityError) as failure:
            hsm.open(moment, **changes)
        yield failure.value


def test_no_failure_of_a_token_gives_anything_away(hsm: SoftHsm, moment: datetime) -> None:
    secrets = (*secrets_of(hsm.issued), *secrets_of(hsm.without))
    for error in failures_of_the_token(hsm, moment):
        assert_gives_nothing_away(error, secrets)


def test_no_failure_while_in_use_gives_anything_away(hsm: SoftHsm, moment: datetime) -> None:
    answers = iter([PIN, WRONG_PIN])
    with hsm.open(moment, pin=lambda: next(answers)) as identity:
        with pytest.raises(UnreadablePackageError) as unreadable:
            identity.unwrap(bytes(256), hash_name="sha256", mgf_hash_name="sha256")
        assert_gives_nothing_away(unreadable.value, secrets_of(hsm.issued))
        hsm.library().C_CloseAllSessions(hsm.slot())
        with pytest.raises(WrongPasswordError) as refused:
            identity.sign(bytes(32))
        assert_gives_nothing_away(refused.value, secrets_of(hsm.issued))


def failures_of_files(
    configured: ClientConfig, issued: Issued, moment: datetime
) -> Iterator[BaseException]:
    later = moment + timedelta(days=9999)
    certificate, key = issued.chain_pem(), issued.key_pem()
    p12, locked = issued.pkcs12("another"), issued.key_pem("another")
    attempts: list[Callable[[], object]] = [
        lambda: configured.load_identity(later),
        lambda: Identity.from_pkcs12(p12, PASSWORD, moment=moment),
        lambda: Identity.from_pkcs12(p12, PASSWORD.encode(), moment=moment),
        lambda: Identity.from_pkcs12(p12, SecretStr(PASSWORD), moment=moment),
        lambda: Identity.from_pkcs12(b"tull", PASSWORD, moment=moment),
        lambda: Identity.from_pkcs12(p12, PASSWORD + "\udcff", moment=moment),
        lambda: Identity.from_pkcs12(p12, PASSWORD.encode() + b"\xe6", moment=moment),
        lambda: Identity.from_pem(certificate, locked, PASSWORD, moment=moment),
        lambda: Identity.from_pem(certificate, locked, PASSWORD + "\udcff", moment=moment),
        lambda: Identity.from_pem(certificate, b"tull", PASSWORD, moment=moment),
        lambda: Identity.from_pem(certificate, key, PASSWORD, moment=later),
        lambda: Identity.from_pem(b"tull", key, moment=moment),
    ]
    for attempt in attempts:
        with pytest.raises(IdentityError) as failure:
            attempt()
        yield failure.value


def test_no_failure_to_read_a_key_gives_anything_away(
    configured: ClientConfig, avsender_issued: Issued, moment: datetime
) -> None:
    for error in failures_of_files(configured, avsender_issued, moment):
        assert_gives_nothing_away(error, secrets_of(avsender_issued))


def test_an_unwrapping_that_failed_gives_nothing_away(
    avsender_identity: Identity, avsender_issued: Issued
) -> None:
    with pytest.raises(UnreadablePackageError) as failure:
        avsender_identity.unwrap(bytes(256), hash_name="sha256", mgf_hash_name="sha256")
    assert_gives_nothing_away(failure.value, secrets_of(avsender_issued))


def test_errors_carry_nothing_through_a_pickle(hsm: SoftHsm, moment: datetime) -> None:
    for error in failures_of_the_token(hsm, moment):
        carried = pickle.dumps(error)
        assert str(pickle.loads(carried)) == str(error)
        for secret in secrets_of(hsm.issued):
            assert secret.encode() not in carried


def test_nothing_is_logged_of_keys_and_pins(
    hsm: SoftHsm,
    configured: ClientConfig,
    avsender_issued: Issued,
    moment: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sdp.test").debug("the log is read")
    with hsm.open(moment) as identity:
        identity.sign(bytes(32))
    for _ in failures_of_the_token(hsm, moment):
        pass
    configured.load_identity(moment).sign(bytes(32))
    said = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "the log is read" in said
    for secret in (*secrets_of(hsm.issued), *secrets_of(avsender_issued)):
        assert secret not in said


@pytest.mark.parametrize(
    "pem",
    [
        b"-----BEGIN PRIVATE KEY\nSMl0dGx1a2t0\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nSMl0dGx1a2t0\n-----END SMl0dGx1a2t0 KEY-----\n",
        b"-----BEGIN SMl0dGx1a2t0-----\nSMl0\n-----END PRIVATE KEY-----\n",
    ],
    ids=["dashes are missing", "another end", "another beginning"],
)
@pytest.mark.parametrize("as_chain", [False, True], ids=["as key", "as certificate"])
def test_no_traceback_repeats_a_key_that_was_copied_badly(pem: bytes, as_chain: bool) -> None:
    with pytest.raises(MissingKeyError) as refusal:
        read_chain(pem) if as_chain else read_key(SecretBytes(pem), None)
    assert "SMl0" not in "".join(traceback.format_exception(refusal.value))
