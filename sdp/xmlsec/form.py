"""What XML signatures must look like, whoever verifies them: checks that read and compute nothing.

Both verifiers, of messages and of packages, check form before they canonicalise anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from sdp.errors import SignatureError
from sdp.xmlsec import algorithms
from sdp.xmlsec.namespaces import DS, EC

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_ids: Final = etree.XPath("//@*[local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id']")
_PARAMETERS: Final = {algorithms.EXCLUSIVE_C14N: f"{{{EC}}}InclusiveNamespaces"}


def check_ids(root: etree._Element) -> None:
    """Check that no two elements of a document have the same id."""
    ids = _ids(root)
    if not isinstance(ids, list) or len(set(ids)) != len(ids):
        raise SignatureError("Two elements of the message have the same id.")


def has_children(element: etree._Element, names: Sequence[str], namespace: str = DS) -> bool:
    """Tell whether these are the children of an element, in this order, and there are no others."""
    return [child.tag for child in element] == [f"{{{namespace}}}{name}" for name in names]


def check_algorithm(element: etree._Element, name: str, allowed: Collection[str]) -> None:
    """Check that an element names an allowed algorithm, without parameters that change it."""
    algorithm = element.get("Algorithm")
    if element.tag != f"{{{DS}}}{name}" or algorithm not in allowed:
        raise SignatureError(f"{name} must be {' or '.join(sorted(allowed))}.")
    if [child.tag for child in element] not in ([], [_PARAMETERS.get(algorithm or "")]):
        raise SignatureError(f"{name} has parameters the profile does not allow.")
