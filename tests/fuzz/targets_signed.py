"""What stands behind a signature, changed by whoever could sign it."""

from __future__ import annotations

import io
import json
import zipfile

from sdp.dokumentpakke import read_asice
from sdp.dokumentpakke.profile import SIGNATURES
from sdp.dokumentpakke.xades.reader import verify_signatures
from sdp.domain import Kvitteringsreferanse, Prioritet
from sdp.dpi.kvittering import read_kvittering
from sdp.ebms.kvittering import read_kvittering as read_ebms
from sdp.jose import sign, verify
from sdp.krr.rest.reading import read_personer
from sdp.wire.signers import Signers
from sdp.xmlsec import parse
from tests.fuzz.resigning import resigned, signed_document, unsigned
from tests.fuzz.target import Target
from tests.fuzz.world import AVSENDER, MAILBOX, World


def signed_targets(world: World) -> list[Target]:
    """Return the targets of this kind."""
    trust, moment = world.ca.trust, world.moment
    referanse = Kvitteringsreferanse(message_id="m-1", prioritet=Prioritet.NORMAL)
    signers = Signers([MAILBOX], {}, lambda _: (), section="dpi")
    payloads = [b'{"standardBusinessDocument": {"feil": {"feiltype": "KLIENT"}}}']
    _, plain = world.packages()
    files = _files(plain[0])

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

    def read_sbd(data: bytes) -> None:
        document = parse(signed_document(data, world.mailbox))
        read_ebms(document, trust=trust, moment=moment, signers=signers, referanse=referanse)

    def read_receipt(data: bytes) -> None:
        read_kvittering(
            sign(data, world.mailbox),
            trust=trust,
            moment=moment,
            signers=signers,
            receivers=[AVSENDER],
        )

    def read_register(data: bytes) -> None:
        verified = verify(sign(data, world.sender), trust=trust, moment=moment)
        read_personer(verified.payload, moment=moment)

    stamped = [
        json.dumps(
            json.loads(answer) | {"iat": moment.timestamp(), "exp": moment.timestamp() + 60}
        ).encode()
        for answer in world.register_answers()
    ]
    return [
        Target("xades", world.signatures(), read_xades),
        Target("asice signed anew", [unsigned(files[SIGNATURES])], read_package, inputs=200),
        Target("receipt signed anew", world.unsigned_receipts(), read_sbd, inputs=200),
        Target("dpi receipt signed anew", payloads, read_receipt, inputs=200, trusted=False),
        Target("krr signed", stamped, read_register, inputs=200),
    ]


def _files(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
