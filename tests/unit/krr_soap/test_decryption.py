"""What is encrypted is opened, and what does not open never tells why."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from sdp.errors import SignatureError, UnreadableAnswerError
from sdp.krr import Oppslag, Person
from sdp.krr.soap import KrrSoap
from sdp.pki import Identity
from tests.driver import drive
from tests.unit.krr_soap.counterpart import (
    BEGREP,
    DECLARED,
    OT,
    Register,
    Tamper,
    one,
    person,
    personer,
)

KARI = "01815800083"
KEY, DATA = "xenc:EncryptedKey", "xenc:EncryptedData"
ANSWER = personer(person(KARI)).encode()


@pytest.fixture(autouse=True)
def content(register: Register) -> None:
    register.content = ANSWER.decode()


def ask(krr: KrrSoap, register: Register) -> tuple[Oppslag, ...]:
    return drive(krr.lookup([KARI]), register)


def value(path: str, content: bytes) -> Tamper:
    def tamper(root: etree._Element) -> None:
        found = one(root, f"{path}/xenc:CipherData/xenc:CipherValue")
        found.text = base64.b64encode(content).decode()

    return tamper


def algorithm(path: str, name: str) -> Tamper:
    return lambda root: one(root, f"{path}/xenc:EncryptionMethod").set("Algorithm", name)


def padded(plain: bytes, last: int | None = None) -> bytes:
    """Padded as XML Encryption has it, the last byte perhaps a lie."""
    length = 16 - len(plain) % 16
    return plain + os.urandom(length - 1) + bytes([length if last is None else last])


def sealed(
    key: rsa.RSAPublicKey, blocks: bytes, *, size: int = 32, cut: int | None = None
) -> Tamper:
    """Encrypt anew, in code that shares nothing with what opens it but the primitives."""
    session, start = os.urandom(size), os.urandom(16)
    encryptor = Cipher(algorithms.AES(session), modes.CBC(start)).encryptor()
    data = (start + encryptor.update(blocks) + encryptor.finalize())[:cut]
    sha1 = hashes.SHA1()
    wrapped = key.encrypt(session, OAEP(mgf=MGF1(sha1), algorithm=sha1, label=None))

    def tamper(root: etree._Element) -> None:
        value(KEY, wrapped)(root)
        value(DATA, data)(root)

    return tamper


def public_key(identity: Identity) -> rsa.RSAPublicKey:
    key = identity.certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def test_an_answer_that_was_encrypted_anew_for_us_is_read(
    krr: KrrSoap, register: Register, postkasse_identity: Identity
) -> None:
    register.after = sealed(public_key(postkasse_identity), padded(ANSWER))

    (kari,) = ask(krr, register)

    assert isinstance(kari, Person)


HOSTILE: dict[str, bytes] = {
    "another answer": padded(ANSWER.replace(b"NEI", b"JA")),
    "nothing": padded(b""),
    "no XML": padded(b"<o:x"),
    "no UTF-8": padded(ANSWER + b"\xff"),
    "an entity": padded(b"&e;"),
    "a document type": padded(b"<!DOCTYPE x>" + ANSWER),
    "a processing instruction": padded(b"<?x y?>" + ANSWER),
    "the end of the body and another": padded(
        ANSWER + b'</env:Body><env:Body xmlns:env="http://www.w3.org/2003/05/soap-envelope">'
    ),
    "the end of what it is tried in": padded(ANSWER + b"</alone><alone>"),
    "the words that mark its place": padded(ANSWER + b"what-was-encrypted-goes-here"),
    "padding of no bytes": padded(ANSWER, last=0),
    "padding of more than a block": ANSWER
    + bytes(31 - len(ANSWER) % 16)
    + bytes([32 - len(ANSWER) % 16]),
    "padding of 17 bytes": padded(ANSWER, last=17),
    "padding of 255 bytes": padded(ANSWER, last=255),
    "padding of one byte too many": padded(ANSWER, last=(16 - len(ANSWER) % 16) % 16 + 1),
}


def told(krr: KrrSoap, register: Register) -> tuple[object, ...]:
    """All that a refusal tells, its cause and the way there included."""
    with pytest.raises(SignatureError) as caught:
        ask(krr, register)
    error, way = caught.value, []
    trace = error.__traceback__
    while trace is not None:
        way.append(trace.tb_frame.f_code.co_qualname)
        trace = trace.tb_next
    kind = (type(error), error.remedy, error.retry, error.fault)
    return kind, str(error), repr(error.__cause__), repr(error.__context__), way


@pytest.fixture
def told_of_changed_text(krr: KrrSoap, register: Register) -> tuple[object, ...]:
    """What is told where it opened, and was signed when it said something else."""
    register.between = lambda root: setattr(one(root, "b:status"), "text", "SLETTET")
    words = told(krr, register)
    register.between = lambda _: None
    return words


@pytest.mark.parametrize("attack", HOSTILE)
def test_nothing_tells_what_was_wrong_with_encrypted(
    krr: KrrSoap,
    register: Register,
    postkasse_identity: Identity,
    told_of_changed_text: tuple[object, ...],
    attack: str,
) -> None:
    register.after = sealed(public_key(postkasse_identity), HOSTILE[attack])

    assert told(krr, register) == told_of_changed_text


@pytest.mark.parametrize(
    "damage",
    [
        value(KEY, b""),
        value(KEY, bytes(256)),
        value(KEY, os.urandom(256)),
        value(KEY, b"\xff" * 256),
        value(DATA, b""),
        value(DATA, bytes(16)),
        value(DATA, bytes(32)),
        value(DATA, bytes(33)),
        lambda root: setattr(one(root, f"{KEY}//xenc:CipherValue"), "text", "*"),
        lambda root: setattr(one(root, f"{DATA}//xenc:CipherValue"), "text", "AAA"),
    ],
)
def test_nothing_tells_key_from_padding(
    krr: KrrSoap, register: Register, told_of_changed_text: tuple[object, ...], damage: Tamper
) -> None:
    register.after = damage

    assert told(krr, register) == told_of_changed_text


@pytest.mark.parametrize(("size", "cut"), [(16, None), (24, None), (32, -16), (32, -1), (32, 16)])
def test_nothing_tells_a_key_of_another_size_or_a_cut_text(
    krr: KrrSoap,
    register: Register,
    postkasse_identity: Identity,
    told_of_changed_text: tuple[object, ...],
    size: int,
    cut: int | None,
) -> None:
    key = public_key(postkasse_identity)
    register.after = sealed(key, padded(ANSWER), size=size, cut=cut)

    assert told(krr, register) == told_of_changed_text


def test_nothing_tells_an_answer_encrypted_for_another_that_says_it_is_for_us(
    krr: KrrSoap,
    register: Register,
    eboks_identity: Identity,
    told_of_changed_text: tuple[object, ...],
) -> None:
    register.after = sealed(public_key(eboks_identity), padded(ANSWER))

    assert told(krr, register) == told_of_changed_text


def test_an_answer_that_says_it_is_encrypted_for_another_is_refused_with_what_to_do(
    krr: KrrSoap, register: Register, eboks_identity: Identity
) -> None:
    register.recipient = eboks_identity.certificate

    with pytest.raises(UnreadableAnswerError, match="another certificate") as caught:
        ask(krr, register)

    assert "Register the certificate" in caught.value.remedy


def test_an_answer_in_clear_is_refused(krr: KrrSoap, register: Register) -> None:
    register.recipient = None

    with pytest.raises(UnreadableAnswerError, match="EncryptedKey"):
        ask(krr, register)


def test_an_answer_in_clear_is_read_only_where_the_settings_say_so(
    krr_with: Callable[..., KrrSoap], register: Register
) -> None:
    register.recipient = None

    (kari,) = ask(krr_with(encrypted_answers=False), register)

    assert isinstance(kari, Person)


def test_an_encrypted_answer_is_read_where_it_need_not_be(
    krr_with: Callable[..., KrrSoap], register: Register
) -> None:
    (kari,) = ask(krr_with(encrypted_answers=False), register)

    assert isinstance(kari, Person)


FORMS: dict[str, Tamper] = {
    "the key is wrapped with PKCS #1 v1.5": algorithm(
        KEY, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
    ),
    "the key is wrapped with a later OAEP": algorithm(
        KEY, "http://www.w3.org/2009/xmlenc11#rsa-oaep"
    ),
    "the body is encrypted with a shorter key": algorithm(
        DATA, "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
    ),
    "the body is encrypted with GCM": algorithm(DATA, "http://www.w3.org/2009/xmlenc11#aes256-gcm"),
    "the wrapping has a label": lambda root: etree.SubElement(
        one(root, f"{KEY}/xenc:EncryptionMethod"), "OAEPparams"
    ),
    "the key is for something else": lambda root: one(root, "xenc:DataReference").set("URI", "#x"),
    "the body has no id": lambda root: one(root, DATA).attrib.pop("Id"),
    "the whole body is said to be encrypted": lambda root: one(root, DATA).set(
        "Type", "http://www.w3.org/2001/04/xmlenc#Element"
    ),
    "there is something beside it": lambda root: one(root, DATA).addnext(etree.fromstring(ANSWER)),
    "there is no key": lambda root: one(root, "wsse:Security").remove(one(root, KEY)),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_is_encrypted_in_one_way_alone_and_refused_when(
    krr: KrrSoap, register: Register, form: str
) -> None:
    register.after = FORMS[form]

    with pytest.raises(UnreadableAnswerError):
        ask(krr, register)


def test_what_is_encrypted_means_what_it_meant_where_it_stood(
    krr: KrrSoap, register: Register
) -> None:
    register.declared = DECLARED
    register.content = ANSWER.decode().replace(DECLARED, "")

    (kari,) = ask(krr, register)

    assert isinstance(kari, Person)


def test_what_is_encrypted_keeps_its_own_prefixes(krr: KrrSoap, register: Register) -> None:
    register.declared = f'xmlns:x="{BEGREP}" xmlns:y="{OT}" xmlns="urn:default"'

    (kari,) = ask(krr, register)

    assert isinstance(kari, Person)
