"""The WS-Security header of what is sent, in canonical form."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sdp.wss import names
from sdp.wss.instants import write_instant
from sdp.xmlsec import base64_der, signature
from sdp.xmlsec.canonical import element, leaf
from sdp.xmlsec.namespaces import ENV, WSSE, WSU

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sdp.pki import Signer
    from sdp.xmlsec import Reference

_LIFE: Final = timedelta(seconds=120)


def timestamp(identifier: str, moment: datetime) -> str:
    """Write a timestamp that is fresh for 120 seconds from a moment.

    Raises:
        InvalidInputError: the moment is naive.
    """
    return element(
        "wsu:Timestamp",
        leaf("wsu:Created", write_instant(moment)),
        leaf("wsu:Expires", write_instant(moment + _LIFE)),
        attributes={"xmlns:wsu": WSU, "wsu:Id": identifier},
    )


def security(
    written_timestamp: str,
    references: Sequence[Reference],
    signer: Signer,
    *,
    stands_alone: bool = False,
) -> str:
    """Write the header: the signer's certificate, the timestamp, and the signature.

    Args:
        written_timestamp: from `timestamp`; one of the references must be to it.
        references: what is signed.
        signer: whose key signs.
        stands_alone: declare the prefix env, which an envelope around it declares otherwise.
    """
    token_id = f"X509-{uuid4()}"
    token = leaf(
        "wsse:BinarySecurityToken",
        base64_der(signer.chain[0]),
        {
            "xmlns:wsu": WSU,
            "EncodingType": names.BASE64_ENCODING,
            "ValueType": names.X509_TYPE,
            "wsu:Id": token_id,
        },
    )
    pointer = {"URI": f"#{token_id}", "ValueType": names.X509_TYPE}
    key_info = element("wsse:SecurityTokenReference", element("wsse:Reference", attributes=pointer))
    env = {"xmlns:env": ENV} if stands_alone else {}
    return element(
        "wsse:Security",
        token,
        written_timestamp,
        signature(references, signer, key_info),
        attributes={**env, "xmlns:wsse": WSSE, "env:mustUnderstand": "true"},
    )
