"""A token is configured like a key store; its PIN is the password, and read at each login."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from sdp.client import Client
from sdp.config import ClientConfig
from sdp.errors import ConfigurationError, WrongPasswordError
from sdp.pki import TrustStore
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.testmiljo.ca import TestCA
from tests.unit.pki.test_pkcs11_token import LABEL, PIN, SoftHsm


@pytest.fixture(scope="session")
def hsm(ca: TestCA, moment: datetime) -> SoftHsm:
    return SoftHsm.once(ca, moment)


def written(folder: Path, **settings: object) -> Path:
    lines = (f'{name} = "{value}"' for name, value in settings.items())
    (folder / "agency.toml").write_text(
        "\n".join(['environment = "nhn-test"', "[identity]", *lines])
    )
    return folder / "agency.toml"


def test_a_token_is_opened_with_the_pin_in_a_file(
    hsm: SoftHsm, tmp_path: Path, moment: datetime
) -> None:
    path = written(
        tmp_path,
        pkcs11_module=hsm.module,
        pkcs11_token="etaten",
        pkcs11_key=LABEL,
        password_file="pin",
    )
    config = ClientConfig.from_toml(path)
    with pytest.raises(ConfigurationError, match="password_file"):
        config.load_identity(moment)
    (tmp_path / "pin").write_text("feil\n")
    with pytest.raises(WrongPasswordError):
        config.load_identity(moment)
    (tmp_path / "pin").write_text(f"{PIN}\n", encoding="utf-8")
    identity = config.load_identity(moment)
    assert isinstance(identity, Pkcs11Identity)
    with identity:
        assert identity.chain == hsm.issued.chain
    assert config.to_toml().count("password_file") == 1


def test_a_token_is_opened_with_the_pin_in_a_variable(
    hsm: SoftHsm, tmp_path: Path, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chain.pem").write_bytes(hsm.issued.chain_pem())
    path = written(
        tmp_path,
        pkcs11_module=hsm.module,
        pkcs11_token="bare-pin",
        password_env="HSM_PIN",
        certificate="chain.pem",
    )
    config = ClientConfig.from_toml(path)
    with pytest.raises(ConfigurationError, match="HSM_PIN"):
        config.load_identity(moment)
    monkeypatch.setenv("HSM_PIN", PIN)
    identity = config.load_identity(moment)
    assert isinstance(identity, Pkcs11Identity)
    with identity:
        assert identity.chain == hsm.issued.chain


def test_a_pin_in_a_file_is_read_anew_when_a_session_was_lost(
    hsm: SoftHsm, tmp_path: Path, moment: datetime
) -> None:
    (tmp_path / "pin").write_text(PIN, encoding="utf-8")
    path = written(
        tmp_path, pkcs11_module=hsm.module, pkcs11_token="etaten", pkcs11_key=LABEL,
        password_file="pin",
    )  # fmt: skip
    identity = ClientConfig.from_toml(path).load_identity(moment)
    assert isinstance(identity, Pkcs11Identity)
    with identity:
        (tmp_path / "pin").unlink()
        assert len(identity.sign(bytes(32))) == 256
        hsm.library().C_CloseAllSessions(hsm.slot())
        with pytest.raises(ConfigurationError, match="password_file"):
            identity.sign(bytes(32))
        (tmp_path / "pin").write_text(PIN, encoding="utf-8")
        assert len(identity.sign(bytes(32))) == 256


@pytest.mark.parametrize("given", [False, True])
def test_a_client_closes_the_token_that_it_opened_itself_and_no_other(
    hsm: SoftHsm,
    tmp_path: Path,
    trust: TrustStore,
    moment: datetime,
    monkeypatch: pytest.MonkeyPatch,
    given: bool,
) -> None:
    monkeypatch.setenv("HSM_PIN", PIN)
    config = ClientConfig.from_toml(
        written(
            tmp_path,
            pkcs11_module=hsm.module,
            pkcs11_token="etaten",
            pkcs11_key=LABEL,
            password_env="HSM_PIN",
        )
    )
    opened = config.load_identity(moment)
    assert isinstance(opened, Pkcs11Identity)
    closed: list[Pkcs11Identity] = []
    with opened, monkeypatch.context() as patched:
        real = Pkcs11Identity.close

        def close(identity: Pkcs11Identity) -> None:
            closed.append(identity)
            real(identity)

        patched.setattr(Pkcs11Identity, "close", close)
        signer = opened if given else None
        with Client(config, signer=signer, trust=trust, clock=lambda: moment):
            assert closed == []
        assert len(closed) == (0 if given else 1)
        opened.sign(bytes(32))
