"""One login for all threads and identities of a process, which is renewed when it is lost."""

from __future__ import annotations

import copy
import ctypes
import gc
import hashlib
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15

from sdp.errors import (
    KeyMismatchError,
    KeyUnavailableError,
    MissingKeyError,
    WrongPasswordError,
)
from sdp.testmiljo.ca import TestCA
from tests.unit.pki.test_pkcs11_token import LABEL, PIN, TOKEN, SoftHsm

_SERIAL_SESSION = 4
_LOGGED_IN = (1, 3)


@pytest.fixture(scope="session")
def hsm(ca: TestCA, moment: datetime) -> SoftHsm:
    return SoftHsm.once(ca, moment)


class Asked:
    """A person or a program that is asked for the PIN."""

    def __init__(self, *answers: str) -> None:
        self.times = 0
        self._answers = answers

    def __call__(self) -> str:
        self.times += 1
        return self._answers[min(self.times, len(self._answers)) - 1]


def close_all_sessions(hsm: SoftHsm) -> None:
    assert hsm.library().C_CloseAllSessions(hsm.slot()) == 0


def log_out_for_everybody(hsm: SoftHsm) -> None:
    session = ctypes.c_ulong()
    flags = ctypes.c_ulong(_SERIAL_SESSION)
    opened = hsm.library().C_OpenSession(hsm.slot(), flags, None, None, ctypes.byref(session))
    assert opened == 0
    assert hsm.library().C_Logout(session) == 0
    assert hsm.library().C_CloseSession(session) == 0


def is_logged_in(hsm: SoftHsm) -> bool:
    session, info = ctypes.c_ulong(), (ctypes.c_ulong * 4)()
    flags = ctypes.c_ulong(_SERIAL_SESSION)
    hsm.library().C_OpenSession(hsm.slot(), flags, None, None, ctypes.byref(session))
    hsm.library().C_GetSessionInfo(session, info)
    hsm.library().C_CloseSession(session)
    return info[1] in _LOGGED_IN


def test_many_threads_sign_and_unwrap_at_once(hsm: SoftHsm, moment: datetime) -> None:
    public_key = hsm.issued.key.public_key()
    padding = OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)

    def use(number: int) -> None:
        letter = b"brev %d" % number
        signature = identity.sign(hashlib.sha256(letter).digest())
        public_key.verify(signature, letter, PKCS1v15(), hashes.SHA256())
        key = hashlib.sha256(signature).digest()
        wrapped = public_key.encrypt(key, padding)
        assert identity.unwrap(wrapped, hash_name="sha256", mgf_hash_name="sha256") == key

    with hsm.open(moment) as identity, ThreadPoolExecutor(16) as threads:
        assert len(list(threads.map(use, range(200)))) == 200


@pytest.mark.parametrize("lose", [close_all_sessions, log_out_for_everybody])
def test_a_lost_session_is_opened_again_with_the_pin(
    lose: Callable[[SoftHsm], None], hsm: SoftHsm, moment: datetime
) -> None:
    asked = Asked(PIN)
    with hsm.open(moment, pin=asked) as identity:
        first = identity.sign(bytes(32))
        for times in (2, 3):
            lose(hsm)
            assert identity.sign(bytes(32)) == first
            assert asked.times == times


def test_a_pin_that_was_given_as_a_value_opens_it_again(hsm: SoftHsm, moment: datetime) -> None:
    with hsm.open(moment, pin=PIN) as identity, ThreadPoolExecutor(8) as threads:
        first = identity.sign(bytes(32))
        close_all_sessions(hsm)
        assert set(threads.map(identity.sign, [bytes(32)] * 8)) == {first}


def test_a_pin_that_is_refused_later_is_not_tried_again(hsm: SoftHsm, moment: datetime) -> None:
    asked = Asked(PIN, "feil-pin")
    with hsm.open(moment, pin=asked) as identity:
        close_all_sessions(hsm)
        for _ in range(3):
            with pytest.raises(WrongPasswordError):
                identity.sign(bytes(32))
        with pytest.raises(WrongPasswordError, match="not tried again"):
            identity.unwrap(bytes(256), hash_name="sha1", mgf_hash_name="sha1")
        assert asked.times == 2
    with hsm.open(moment) as again:
        assert len(again.sign(bytes(32))) == 256


def test_identities_on_one_token_share_a_login(hsm: SoftHsm, moment: datetime) -> None:
    asked = Asked(PIN)
    with hsm.open(moment, pin=asked) as first:
        with hsm.open(moment, key_label="uten", chain=hsm.without.chain_pem()) as second:
            assert first.sign(bytes(32)) != second.sign(bytes(32))
        assert is_logged_in(hsm)
        assert len(first.sign(bytes(32))) == 256
        assert asked.times == 1
    assert not is_logged_in(hsm)


def test_another_login_does_not_make_a_wrong_pin_right(hsm: SoftHsm, moment: datetime) -> None:
    with hsm.open(moment) as identity:
        hsm.refused(moment, WrongPasswordError, pin=b"feil-pin")
        assert len(identity.sign(bytes(32))) == 256


def test_an_identity_that_nobody_holds_any_more_is_logged_out(
    hsm: SoftHsm, moment: datetime
) -> None:
    identity = hsm.open(moment)
    assert is_logged_in(hsm)
    del identity
    gc.collect()
    assert not is_logged_in(hsm)


def test_an_identity_that_could_not_be_opened_is_logged_out(hsm: SoftHsm, moment: datetime) -> None:
    hsm.refused(moment, MissingKeyError, key_label="borte")
    assert not is_logged_in(hsm)
    hsm.refused(moment, KeyMismatchError, chain=hsm.without.chain_pem())
    assert not is_logged_in(hsm)


def test_a_login_by_another_part_of_the_process_will_do(hsm: SoftHsm, moment: datetime) -> None:
    with hsm.tokens[TOKEN].open(user_pin=PIN), hsm.open(moment) as identity:
        assert len(identity.sign(bytes(32))) == 256


def test_a_closed_identity_says_so(hsm: SoftHsm, moment: datetime) -> None:
    with hsm.open(moment) as identity:
        pass
    identity.close()
    with pytest.raises(KeyUnavailableError, match="closed"):
        identity.sign(bytes(32))


def test_an_identity_is_neither_pickled_nor_copied(hsm: SoftHsm, moment: datetime) -> None:
    with hsm.open(moment) as identity:
        for carry in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="open it in each process"):
                carry(identity)


def test_a_fork_needs_an_identity_of_its_own(hsm: SoftHsm) -> None:
    script = """if True:
        import datetime, os, sys
        from sdp.errors import KeyUnavailableError, WrongPasswordError
        from sdp.pki.keys.pkcs11 import Pkcs11Identity

        def opened(pin=sys.argv[3]):
            return Pkcs11Identity.from_token(
                sys.argv[1], sys.argv[2], pin,
                key_label=sys.argv[4], moment=datetime.datetime.now(datetime.UTC),
            )

        identity = opened()
        first = identity.sign(bytes(32))
        child = os.fork()
        if child == 0:
            try:
                identity.sign(bytes(32))
            except KeyUnavailableError as error:
                print(error.message, flush=True)
            try:
                opened("the login of the parent is not ours")
            except WrongPasswordError as error:
                print(error.message, flush=True)
            print(opened().sign(bytes(32)) == first, flush=True)
            identity.close()
            os._exit(0)
        os.waitpid(child, 0)
        print(identity.sign(bytes(32)) == first)
    """
    said = hsm.run_python(script, TOKEN, PIN, LABEL)
    assert said.splitlines() == [
        "The token was opened in another process, and its sessions end there.",
        "The token etaten does not accept the PIN.",
        "True",
        "True",
    ]
