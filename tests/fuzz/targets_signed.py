"""What stands behind a signature, changed by whoever could sign it."""

from __future__ import annotations

import io
import json
import zipfile

from lxml import etree

from sdp.dokumentpakke import read_asice
from sdp.dokumentpakke.fil import SIGNATURES
from sdp.dokumentpakke.xades_reader import verify_signatures
from sdp.domain import Prioritet
from sdp.dpi.kvittering import read_kvittering
from sdp.dpi.signers import Signers
from sdp.jose import sign, verify
from sdp.krr._json import read_personer
from sdp.testmiljo.receipts import signed_receipt
from sdp.wire import Ko
from tests.fuzz.resigning import resigned
from tests.fuzz.target import Target
from tests.fuzz.targets_answers import exchanges
from tests.fuzz.world import AVSENDER, BROKER, MAILBOX, World
from tests.unit.ebms.counterpart import KINDS, Broker, Clock, drive

_CONVERSATION = "6d0ec155-b4f7-43c3-908e-211d68c9cf09"


def signed_targets(world: World) -> list[Target]:
    """Return the targets of this kind."""
    trust, moment = world.ca.trust, world.moment
    wire = exchanges(world)
    broker = Broker(world.actor(BROKER), Clock(moment))
    mailbox = world.actor(MAILBOX)
    payloads = [b'{"standardBusinessDocument": {"feil": {"feiltype": "KLIENT"}}}']
    _, plain = world.packages()
    files = {name: _files(package)[name] for package in plain[:1] for name in _files(package)}

    def read_xades(data: bytes) -> None:
        verify_signatures(resigned(data, world.sender))

    def read_package(data: bytes) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                changed = resigned(data, world.sender) if name == SIGNATURES else content
                archive.writestr(name, changed)
        packed.seek(0)
        read_asice(packed, trust=trust, moment=moment, unpacked_limit=1024 * 1024)

    def pull(data: bytes) -> None:
        root = etree.fromstring(data, etree.XMLParser(recover=True, resolve_entities=False))
        if root is None:
            return
        sbd = signed_receipt(
            list(root),
            sender=mailbox,
            receiver=AVSENDER,
            konversasjons_id=_CONVERSATION,
            moment=moment,
        )
        try:
            answer = broker.pulled(sbd, message_id="m-1")
        except etree.XMLSyntaxError:
            return  # it was the broker that could not write this
        drive(wire.pull(Ko(Prioritet.NORMAL)), lambda _: answer)

    def read_receipt(data: bytes) -> None:
        signers = Signers({}, lambda _: ())
        read_kvittering(sign(data, world.mailbox), trust=trust, moment=moment, signers=signers)

    def read_register(data: bytes) -> None:
        verified = verify(sign(data, world.sender), trust=trust, moment=moment)
        read_personer(verified.payload, moment=moment)

    stamped = [
        json.dumps(json.loads(answer) | {"iat": moment.timestamp(), "exp": 1e12}).encode()
        for answer in world.register_answers()
    ]
    return [
        Target("xades", world.signatures(), read_xades),
        Target("asice signed anew", world.signatures(), read_package, inputs=100, trusted=False),
        Target("receipt signed anew", _receipts(), pull, inputs=60),
        Target("dpi receipt signed anew", payloads, read_receipt, inputs=200, trusted=False),
        Target("krr signed", stamped, read_register, inputs=200, trusted=False),
    ]


def _files(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _receipts() -> list[bytes]:
    made = []
    for kind in KINDS.values():
        around = etree.Element("around")
        around.extend(kind())
        made.append(etree.tostring(around))
    return made
