"""A whole test environment in one process: a broker, a mailbox provider and a printer, over HTTPS.

It needs the extra: `pip install 'sikker-digital-post[testmiljo]'`. Nothing else in the library
imports it.
"""

from __future__ import annotations

try:
    import asn1crypto as _asn1crypto  # type: ignore[import-untyped]  # noqa: F401
    import jinja2 as _jinja2  # noqa: F401
    import starlette as _starlette  # noqa: F401
    import uvicorn as _uvicorn  # noqa: F401
    import xmlsec as _xmlsec  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"The test environment needs {error.name}. "
        "Run: pip install 'sikker-digital-post[testmiljo]'",
        name=error.name,
    ) from error

from sdp.testmiljo.aksesspunkt import Aksesspunkt, DpiPostkasse, DpiPrinter, Innmelding
from sdp.testmiljo.broker import Broker
from sdp.testmiljo.checks.post import Address, DigitalOrder, PrintOrder, Varsel
from sdp.testmiljo.checks.rejection import Ebms, EbmsRejection, HttpRejection
from sdp.testmiljo.environment import Testmiljo
from sdp.testmiljo.faults import (
    AnswerTwice,
    CutRequest,
    Delay,
    DropMailbox,
    ExpireToken,
    FailRevocation,
    Fault,
    Faults,
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
    RevocationFault,
    SignWithStranger,
    Traffic,
    TruncateAnswer,
)
from sdp.testmiljo.letters import Letter, ReceivedDocument
from sdp.testmiljo.postkasse import Postkasse
from sdp.testmiljo.printer import Printer
from sdp.testmiljo.queues import Queue, QueuedReceipt
from sdp.testmiljo.register import Kind
from sdp.testmiljo.scenario import read_scenario

__all__ = [
    "Address",
    "Aksesspunkt",
    "AnswerTwice",
    "Broker",
    "CutRequest",
    "Delay",
    "DigitalOrder",
    "DpiPostkasse",
    "DpiPrinter",
    "DropMailbox",
    "Ebms",
    "EbmsRejection",
    "ExpireToken",
    "FailRevocation",
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
    "RevocationFault",
    "SignWithStranger",
    "Testmiljo",
    "Traffic",
    "TruncateAnswer",
    "Varsel",
    "read_scenario",
]
