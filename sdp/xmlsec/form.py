"""Form of XML signatures and of the values in them.

Both verifiers, of messages and of packages, check form before they canonicalize anything.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.errors import SignatureError
from sdp.pki import read_certificate as read_der
from sdp.xmlsec import names
from sdp.xmlsec.names import DS, EC

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cryptography import x509


_ids: Final = etree.XPath("//@*[local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id']")
_with_id: Final = etree.XPath(
    "//*[@*[local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id'] = $value]"
)
_PARAMETERS: Final = {names.EXCLUSIVE_C14N: f"{{{EC}}}InclusiveNamespaces"}


def check_ids(root: etree._Element) -> None:
    """Check that no two elements of a document have the same id."""
    ids = _ids(root)
    if not isinstance(ids, list) or len(set(ids)) != len(ids):
        raise SignatureError("Two elements of the message have the same id.")


def with_id(root: etree._Element, identifier: str) -> etree._Element | None:
    """Find the element with an id; None where there is none, or more than one."""
    found: Any = _with_id(root, value=identifier)
    return found[0] if len(found) == 1 else None


def has_children(element: etree._Element, wanted: Sequence[str], namespace: str = DS) -> bool:
    """Tell whether these are the children of an element, in this order, and there are no others."""
    return [child.tag for child in element] == [f"{{{namespace}}}{name}" for name in wanted]


def check_algorithm(element: etree._Element, name: str, allowed: Collection[str]) -> None:
    """Check that an element names an allowed algorithm, without parameters that change it."""
    algorithm = element.get("Algorithm")
    if element.tag != f"{{{DS}}}{name}" or algorithm not in allowed:
        raise SignatureError(f"{name} must be {' or '.join(sorted(allowed))}.")
    if [child.tag for child in element] not in ([], [_PARAMETERS.get(algorithm or "")]):
        raise SignatureError(f"{name} has parameters the profile does not allow.")


@lru_cache(maxsize=256)
def base64_der(certificate: x509.Certificate) -> str:
    """Write a certificate as base64 of its DER, on one line."""
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


def binary_content(element: etree._Element) -> bytes:
    """Read base64 strictly: whitespace is passed over, and nothing else that is not base64.

    Raises:
        SignatureError: the element holds anything else than base64.
    """
    written = "".join((element.text or "").split())
    try:
        value = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError("A value in the signature is not base64.") from error
    if len(element) or base64.b64encode(value).decode("ascii") != written:
        raise SignatureError("A value in the signature is not plain base64.")
    return value


def read_certificate(element: etree._Element) -> x509.Certificate:
    """Read the certificate that an element holds. Whether to trust it is another matter.

    Raises:
        SignatureError: it is not base64.
        CertificateError: it is not a certificate.
    """
    return read_der(binary_content(element))
