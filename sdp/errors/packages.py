"""Errors of signatures, packages and their documents."""

from __future__ import annotations

from sdp.errors.base import Fault, Retry, SdpError


class SignatureError(SdpError):
    """A signature or digest does not verify, or is not of the form the profile demands."""

    fault = Fault.UNKNOWN


class PackageError(SdpError):
    """A dokumentpakke cannot be made or read."""


class DocumentError(PackageError):
    """A document could not be read, or changed while it was read."""

    def __init__(
        self, filnavn: str, message: str, *, remedy: str = "", retry: Retry | None = None
    ) -> None:
        self.filnavn = filnavn
        super().__init__(message, remedy=remedy, retry=retry)


class PackageTooLargeError(PackageError):
    """The documents are larger than the package limit. Sizes are in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(
            f"The documents are {size} bytes together and the package limit is {limit} bytes.",
            remedy="Send fewer or smaller documents, or raise the limit if the receiver allows.",
        )


class UnreadablePackageError(PackageError):
    """A received package cannot be decrypted, unpacked or parsed.

    Padding, unwrapping and decryption failures give the same error on purpose.
    """

    fault = Fault.UNKNOWN
