"""A whole test environment in one process: access point, broker, mailboxes, printer and registers.

It needs the extra: `pip install 'sikker-digital-post[testmiljo]'`. Nothing else in the library
imports it.
"""

from __future__ import annotations

try:
    import asn1crypto as _asn1crypto  # type: ignore[import-untyped]  # noqa: F401
    import httptools as _httptools  # noqa: F401
    import jinja2 as _jinja2  # noqa: F401
    import signxml as _signxml  # noqa: F401
    import starlette as _starlette  # noqa: F401
    import stdnum as _stdnum  # noqa: F401
    import uvicorn as _uvicorn  # noqa: F401
    import xmlsec as _xmlsec  # noqa: F401
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        f"The test environment needs {_error.name}. "
        "Run: pip install 'sikker-digital-post[testmiljo]'",
        name=_error.name,
    ) from _error

from sdp.testmiljo.access_point.access_point import Aksesspunkt
from sdp.testmiljo.broker.broker import Broker
from sdp.testmiljo.environment import Testmiljo
from sdp.testmiljo.faults.kinds import (
    AcceptWithStatus,
    AnswerTwice,
    CutRequest,
    Delay,
    DropMailbox,
    ExpireToken,
    FailCrl,
    FailOcsp,
    FailRestLookup,
    FailRevocation,
    FailSoapLookup,
    Fault,
    LoseAnswer,
    MoveDownloads,
    Planned,
    RefuseLookup,
    RefuseToken,
    RefuseWithEbms,
    RefuseWithProblem,
    RefuseWithSoapFault,
    RefuseWithStatus,
    ReplayReceipt,
    RestDefect,
    RevocationFault,
    SignWithStranger,
    SoapDefect,
    Traffic,
    TruncateAnswer,
)
from sdp.testmiljo.faults.reading import read_scenario
from sdp.testmiljo.faults.serving import Faults
from sdp.testmiljo.mailbox.receivers import Postkasse, Printer
from sdp.testmiljo.validators.post import Address, DigitalOrder, PrintOrder, Varsel
from sdp.testmiljo.validators.rejection import Ebms, EbmsRejection, HttpRejection
from sdp.testmiljo.world.letters import Letter, ReceivedDocument
from sdp.testmiljo.world.receipts import Innmelding, Queue, QueuedReceipt
from sdp.testmiljo.world.register import Kind

__all__ = [
    "AcceptWithStatus",
    "Address",
    "Aksesspunkt",
    "AnswerTwice",
    "Broker",
    "CutRequest",
    "Delay",
    "DigitalOrder",
    "DropMailbox",
    "Ebms",
    "EbmsRejection",
    "ExpireToken",
    "FailCrl",
    "FailOcsp",
    "FailRestLookup",
    "FailRevocation",
    "FailSoapLookup",
    "Fault",
    "Faults",
    "HttpRejection",
    "Innmelding",
    "Kind",
    "Letter",
    "LoseAnswer",
    "MoveDownloads",
    "Planned",
    "Postkasse",
    "PrintOrder",
    "Printer",
    "Queue",
    "QueuedReceipt",
    "ReceivedDocument",
    "RefuseLookup",
    "RefuseToken",
    "RefuseWithEbms",
    "RefuseWithProblem",
    "RefuseWithSoapFault",
    "RefuseWithStatus",
    "ReplayReceipt",
    "RestDefect",
    "RevocationFault",
    "SignWithStranger",
    "SoapDefect",
    "Testmiljo",
    "Traffic",
    "TruncateAnswer",
    "Varsel",
    "read_scenario",
]
