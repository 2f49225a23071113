"""Signatures that are moved, doubled, redirected or weakened vouch for nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
from lxml import etree

from sdp.dokumentpakke import pack, read_asice
from sdp.dokumentpakke.profile import SIGNATURES
from sdp.domain import DigitalForsendelse, Prioritet
from sdp.ebms import EbmsWire
from sdp.errors import SdpError, UnknownOutcomeError
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators.names import PREFIXES
from sdp.transport.request import HttpRequest, HttpResponse
from sdp.wire import ReceiptQueue, SetAside
from tests.attacks.tree import NEVER_BELIEVED, REFUSED, Attack
from tests.driver import drive
from tests.unit.ebms.conftest import (  # noqa: F401 - fixtures
    broker,
    broker_actor,
    clock,
    mailbox_actor,
    make_wire,
    package,
    wire,
)
from tests.unit.ebms.counterpart import Broker, Package, receipt, soap

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

Letter = Callable[..., DigitalForsendelse]
Read = Callable[[bytes], object]
NORMAL = ReceiptQueue(Prioritet.NORMAL)

_ALREADY_SO = {
    (REFUSED["a reference to the whole"], ".//sbdh:StandardBusinessDocument//ds:Signature"),
    (REFUSED["signature elsewhere"], ".//ds:Signature"),
}
"""Attacks that leave a signature as it was: that is how it is made."""

WS_SECURITY = "env:Header/wsse:Security/ds:Signature"
SBD = ".//sbdh:StandardBusinessDocument//ds:Signature"


def attacked(content: bytes, path: str, attack: Attack) -> bytes:
    root = etree.fromstring(content)
    (signature, *_) = root.findall(path, PREFIXES)
    attack(root, signature)
    return etree.tostring(root)


def assert_refused(content: bytes, path: str, attack: Attack, read: Read) -> None:
    assert read(content) is not None, "the untouched message must be believed"
    changed = attacked(content, path, attack)
    if (attack, path) in _ALREADY_SO:
        assert changed == etree.tostring(etree.fromstring(content))
        return
    with pytest.raises(SdpError):
        read(changed)


def assert_never_believed(content: bytes, path: str, attack: Attack, read: Read) -> None:
    intact = read(content)
    try:
        found = read(attacked(content, path, attack))
    except SdpError:
        return
    assert found == intact


class _Transport:
    """A sender who reads the broker's transport receipt, changed on its way."""

    def __init__(
        self, exchanges: EbmsWire, letter: DigitalForsendelse, pakke: Package, answers: Broker
    ) -> None:
        self._exchanges = exchanges
        self._letter = letter
        self._pakke = pakke
        self._answers = answers

    def attack(self, attack: Attack | None) -> object:
        def answer(request: HttpRequest) -> HttpResponse:
            response = self._answers.transport_receipt(request)
            if attack is None:
                return response
            return soap(attacked(response.content, WS_SECURITY, attack))

        return drive(self._exchanges.send(self._letter, self._pakke), answer)


@pytest.fixture
def transport(
    wire: EbmsWire,  # noqa: F811
    digital_forsendelse: Letter,
    package: Package,  # noqa: F811
    broker: Broker,  # noqa: F811
) -> _Transport:
    return _Transport(wire, digital_forsendelse(), package, broker)


def test_the_untouched_transport_receipt_is_believed(transport: _Transport) -> None:
    assert transport.attack(None)


@pytest.mark.parametrize("attack", REFUSED)
def test_a_transport_receipt(attack: str, transport: _Transport) -> None:
    with pytest.raises(UnknownOutcomeError):
        transport.attack(REFUSED[attack])


class TestPulledMessages:
    """The broker's envelope around a receipt, and the receipt's own signature."""

    @pytest.fixture
    def message(
        self,
        broker: Broker,  # noqa: F811
        mailbox_actor: Actor,  # noqa: F811
        moment: datetime,
    ) -> bytes:
        return broker.pulled(receipt(mailbox_actor, moment), message_id="m-1").content

    @pytest.fixture
    def read(self, wire: EbmsWire) -> Read:  # noqa: F811
        def reader(content: bytes) -> object:
            found = drive(wire.pull(NORMAL), lambda _: soap(content))
            if isinstance(found, SetAside):
                raise found.reason
            return None if found is None else found.model_dump(exclude={"raw", "referanse"})

        return reader

    @pytest.mark.parametrize("path", [WS_SECURITY, SBD], ids=["envelope", "receipt"])
    @pytest.mark.parametrize("attack", REFUSED)
    def test_refused(self, attack: str, path: str, message: bytes, read: Read) -> None:
        assert_refused(message, path, REFUSED[attack], read)

    @pytest.mark.parametrize("path", [WS_SECURITY, SBD], ids=["envelope", "receipt"])
    @pytest.mark.parametrize("attack", NEVER_BELIEVED)
    def test_never_believed(self, attack: str, path: str, message: bytes, read: Read) -> None:
        assert_never_believed(message, path, NEVER_BELIEVED[attack], read)


class TestPackages:
    """The XAdES signature of a package."""

    @pytest.fixture
    def files(
        self, digital_forsendelse: Letter, avsender_identity: Identity, moment: datetime
    ) -> dict[str, bytes]:
        plain = io.BytesIO()
        pack(digital_forsendelse(), avsender_identity, moment=moment, asice=plain).close()
        with zipfile.ZipFile(plain) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @pytest.fixture
    def read(self, files: dict[str, bytes], trust: TrustStore, moment: datetime) -> Read:
        def reader(signatures: bytes) -> object:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in {**files, SIGNATURES: signatures}.items():
                    archive.writestr(name, content)
            packed.seek(0)
            return read_asice(packed, trust=trust, moment=moment).filer

        return reader

    @pytest.mark.parametrize("attack", REFUSED)
    def test_refused(self, attack: str, files: dict[str, bytes], read: Read) -> None:
        assert_refused(files[SIGNATURES], ".//ds:Signature", REFUSED[attack], read)

    @pytest.mark.parametrize("attack", NEVER_BELIEVED)
    def test_never_believed(self, attack: str, files: dict[str, bytes], read: Read) -> None:
        assert_never_believed(files[SIGNATURES], ".//ds:Signature", NEVER_BELIEVED[attack], read)
