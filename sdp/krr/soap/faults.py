"""Refusals: what the register says when it says no. They are as a rule not signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.errors import SoapFaultError
from sdp.transport.others_words import presentable

if TYPE_CHECKING:
    from lxml import etree

_CODES_OF_SOAP_1_1: Final = {"Client": "Sender", "Server": "Receiver"}


def raise_fault(root: etree._Element, status: int) -> None:
    """Raise the fault that an answer holds, in SOAP 1.2 or 1.1, or return if it holds none.

    Raises:
        SoapFaultError: with the register's own words, shortened and with every number of a person
            masked.
    """
    for fault in root.iterfind("{*}Body/{*}Fault"):
        code = _text(fault, "{*}Code/{*}Value") or _text(fault, "{*}faultcode")
        reason = _text(fault, "{*}Reason/{*}Text") or _text(fault, "{*}faultstring")
        code = code.rpartition(":")[2]
        raise SoapFaultError(_CODES_OF_SOAP_1_1.get(code, code), reason, status)


def _text(parent: etree._Element, path: str) -> str:
    return presentable(parent.findtext(path))
