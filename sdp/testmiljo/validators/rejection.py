"""Rejections of messages and letters, each with its reason."""

from __future__ import annotations

from enum import Enum


class Ebms(Enum):
    """The errors of ebMS 3.0 core (section 6.7) and of AS4: code, name and category."""

    VALUE_NOT_RECOGNIZED = ("EBMS:0001", "ValueNotRecognized", "Content")
    FEATURE_NOT_SUPPORTED = ("EBMS:0002", "FeatureNotSupported", "Content")
    VALUE_INCONSISTENT = ("EBMS:0003", "ValueInconsistent", "Content")
    OTHER = ("EBMS:0004", "Other", "Content")
    CONNECTION_FAILURE = ("EBMS:0005", "ConnectionFailure", "Communication")
    EMPTY_CHANNEL = ("EBMS:0006", "EmptyMessagePartitionChannel", "Communication")
    MIME_INCONSISTENCY = ("EBMS:0007", "MimeInconsistency", "Unpackaging")
    # The standard has this name twice: 0002 is of the content, 0008 of its packaging.
    PACKAGING_NOT_SUPPORTED = ("EBMS:0008", "FeatureNotSupported", "Unpackaging")
    INVALID_HEADER = ("EBMS:0009", "InvalidHeader", "Unpackaging")
    PROCESSING_MODE_MISMATCH = ("EBMS:0010", "ProcessingModeMismatch", "Processing")
    EXTERNAL_PAYLOAD_ERROR = ("EBMS:0011", "ExternalPayloadError", "Content")
    FAILED_AUTHENTICATION = ("EBMS:0101", "FailedAuthentication", "Processing")
    FAILED_DECRYPTION = ("EBMS:0102", "FailedDecryption", "Processing")
    POLICY_NONCOMPLIANCE = ("EBMS:0103", "PolicyNoncompliance", "Processing")
    DYSFUNCTIONAL_RELIABILITY = ("EBMS:0201", "DysfunctionalReliability", "Processing")
    DELIVERY_FAILURE = ("EBMS:0202", "DeliveryFailure", "Communication")
    MISSING_RECEIPT = ("EBMS:0301", "MissingReceipt", "Communication")
    INVALID_RECEIPT = ("EBMS:0302", "InvalidReceipt", "Communication")
    DECOMPRESSION_FAILURE = ("EBMS:0303", "DecompressionFailure", "Communication")

    @classmethod
    def find(cls, given: str) -> Ebms | None:
        """Find an error by its code, with `EBMS:` or without, or by its name here or there."""
        wanted = given.removeprefix("EBMS:")
        for error in cls:
            names = (error.code.removeprefix("EBMS:"), error.name, error.short_description)
            if wanted in names:
                return error
        return None

    @property
    def code(self) -> str:
        """Such as `EBMS:0003`."""
        return self.value[0]

    @property
    def short_description(self) -> str:
        """The name of the code."""
        return self.value[1]

    @property
    def category(self) -> str:
        """The part of the exchange that the error belongs to."""
        return self.value[2]

    @property
    def is_server_fault(self) -> bool:
        """True where the broker, and not the sender, is to blame."""
        return self in (Ebms.OTHER, Ebms.CONNECTION_FAILURE)


class HttpRejection(Exception):  # noqa: N818 - a verdict, not a failure of this program
    """The message is answered with an HTTP status and no SOAP."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(f"HTTP {status}: {reason}")


class EbmsRejection(Exception):  # noqa: N818
    """The message is answered with an ebMS error."""

    def __init__(self, error: Ebms, description: str) -> None:
        self.error = error
        self.description = description
        super().__init__(f"{error.code} {error.short_description}: {description}")


class LetterRejection(Exception):  # noqa: N818
    """A mailbox or printer cannot take the letter; the sender gets a feil receipt."""


def unreadable(reason: str) -> HttpRejection:
    """Refuse what is not XML, not MIME, or not SOAP."""
    return HttpRejection(400, reason)


def no_access(reason: str) -> HttpRejection:
    """Refuse an organisation that the broker does not serve here."""
    return HttpRejection(401, reason)


def policy(description: str) -> EbmsRejection:
    """Refuse a message that is not secured or composed as the profile demands."""
    return EbmsRejection(Ebms.POLICY_NONCOMPLIANCE, description)


def unauthenticated(description: str) -> EbmsRejection:
    """Refuse a signature, certificate or time that does not hold."""
    return EbmsRejection(Ebms.FAILED_AUTHENTICATION, description)


def unknown_value(description: str) -> EbmsRejection:
    """Refuse a value the broker does not know."""
    return EbmsRejection(Ebms.VALUE_NOT_RECOGNIZED, description)


def inconsistent(description: str) -> EbmsRejection:
    """Refuse two values that contradict each other."""
    return EbmsRejection(Ebms.VALUE_INCONSISTENT, description)
