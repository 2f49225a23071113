"""The gate for what others say: identifiers, instants and words, read in one way each.

Errors show codes, statuses and known phrases. The free text that another side writes beside them
may repeat anything, a personidentifikator or a token; it is redacted here before an error keeps
it, and shown only where the setting `show_remote_text` says so.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from uuid import uuid4

if TYPE_CHECKING:
    from uuid import UUID


LONGEST_ID: Final = 255
"""The most characters of an opaque id: RFC 5322 message ids stay far below it."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LINE_BREAKS: Final = frozenset({"Zl", "Zp"})


def canonical_uuid(value: UUID | str) -> str:
    """Return a UUID as it is compared, looked up and stored: ASCII, with hyphens, in lower case.

    Only the plain form of RFC 9562, section 4, is read, in either case. `uuid.UUID` and the UUID
    types of databases also take braces, `urn:uuid:`, missing hyphens and digits of other scripts
    for the same UUID; two readers that disagree on what is the same are a way past a comparison.

    Raises:
        ValueError: it is written in another form; the text is the rule.
    """
    written = str(value)
    if not _UUID.fullmatch(written):
        raise ValueError("must be a UUID in its plain form with hyphens")
    return written.lower()


def new_uuid() -> str:
    """Make a random UUID in its canonical form."""
    return str(uuid4())


def is_uuid(value: str) -> bool:
    """Tell whether a text is a UUID in its plain form, upper or lower case."""
    return _UUID.fullmatch(value) is not None


def opaque_id(written: str) -> str:
    """Return an id that is compared as it stands, and never interpreted.

    Raises:
        ValueError: it is blank or longer than 255 characters, or holds control, formatting or
            unassigned characters or line breaks; the text is the rule.
    """
    if not written.strip():
        raise ValueError("must not be blank")
    if len(written) > LONGEST_ID:
        raise ValueError(f"must be at most {LONGEST_ID} characters")
    if not written.isascii() or not written.isprintable():
        for character in written:
            category = unicodedata.category(character)
            if category.startswith("C") or category in _LINE_BREAKS:
                raise ValueError("must not hold control characters")
    return written


EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC)
"""The first instant that is too late. All before it can be told in every time zone."""

# RFC 3339, section 5.6, lets T and Z be lower case.
_DATE_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z)|([+-])(\d\d):(\d\d))?",
    re.ASCII | re.IGNORECASE,
)
_WIDEST: Final = timedelta(hours=14)
_FORM: Final = "must be a date and time, such as 2026-01-31T12:00:00+01:00"


class NoOffsetError(ValueError):
    """A date and time that does not say its offset from UTC."""


def read_instant(written: str) -> datetime:
    """Read a date and time with its offset. All beyond microseconds is cut off.

    24:00:00 is midnight at the end of the day (xsd:dateTime), and a leap second is the second after
    it (RFC 3339, appendix D).

    Returns:
        An aware datetime, at the offset that was written.

    Raises:
        NoOffsetError: the offset is missing; the text is the rule.
        ValueError: it is something else, or lies outside the years 1970 to 2999.
    """
    match = _DATE_TIME.fullmatch(written)
    if match is None:
        raise ValueError(_FORM)
    zone = _zone(match)
    try:
        return bounded(_local(match).replace(tzinfo=zone))
    except OverflowError:
        raise _out_of_bounds() from None


def bounded(moment: datetime) -> datetime:
    """Return an instant unchanged, if it can be relied on.

    Raises:
        NoOffsetError: it is naive; the text is the rule.
        ValueError: it lies outside the years 1970 to 2999.
    """
    if moment.utcoffset() is None:
        raise NoOffsetError("must say its offset from UTC")
    if not EARLIEST <= moment < LATEST:
        raise _out_of_bounds()
    return moment


def _local(match: re.Match[str]) -> datetime:
    day, hour, minute, second, fraction = match.group(1, 2, 3, 4, 5)
    extra = timedelta(microseconds=int((fraction or "")[:6].ljust(6, "0")))
    if (hour, minute, second) == ("24", "00", "00") and not extra:
        hour, extra = "00", timedelta(days=1)
    elif (minute, second) == ("59", "60"):
        second, extra = "59", extra + timedelta(seconds=1)
    try:
        return datetime.fromisoformat(f"{day}T{hour}:{minute}:{second}") + extra
    except ValueError:
        raise ValueError(_FORM) from None


def _zone(match: re.Match[str]) -> timezone:
    zulu, sign, hours, minutes = match.group(6, 7, 8, 9)
    if zulu:
        return UTC
    if not sign:
        raise NoOffsetError("must say its offset from UTC, such as Z or +01:00")
    distance = timedelta(hours=int(hours), minutes=int(minutes))
    if int(minutes) > 59 or distance > _WIDEST:
        raise ValueError("must have an offset from UTC of at most 14 hours")
    return timezone(-distance if sign == "-" else distance)


def _out_of_bounds() -> ValueError:
    return ValueError("must lie in the years 1970 to 2999")


_LONGEST: Final = 500
_MOST_READ: Final = 4000

_GAP: Final = r"[\W_]{1,3}"
"""What may stand between the groups of a number as people write it: anything but letters."""

_PUBLIC: Final = re.compile(
    r"((?<![\w-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-])"  # UUID
    # An organisation number, on its own or with the prefix of ISO 6523. With more digits close by
    # it may be a part of another number.
    r"|(?<![\w+-])(?:(?<!\d[\W_])(?<!\d[\W_]{2})(?<!\d[\W_]{3})|(?<=\b0192:))[89]\d{8}"
    rf"(?![\w-])(?!{_GAP}\d))",
    re.ASCII,
)
_PRIVATE: Final = re.compile(
    r"\S*(?:@|%[0-9a-f]{2}|#)\S*"  # e-mail address, mailbox address, whatever is encoded
    r"|\b(?:basic|bearer)\b[\s:=]+\S+"  # credentials
    r"|\w*(?:pass(?:w?ord|phrase)?|pwd|pin|secret|token|key)\b[\"']?\s*[:=]\s*\S+"
    rf"|\+?\d(?:(?:{_GAP})?\d){{7,}}"  # personidentifikator, telephone number, account
    r"|\bey[\w-]{6,}(?:\.[\w-]*)*"  # token, whole or cut off
    r"|(?=[\w.+=~/-]*\d)[\w.+=~/-]{20,}"  # anything opaque, such as a key
    r"|[\w.+=~/-]{40,}",
    re.IGNORECASE,
)

_EBMS: Final = (
    *("ValueNotRecognized", "FeatureNotSupported", "ValueInconsistent", "Other"),
    *("ConnectionFailure", "EmptyMessagePartitionChannel", "MimeInconsistency", "InvalidHeader"),
    *("ProcessingModeMismatch", "ExternalPayloadError", "FailedAuthentication"),
    *("FailedDecryption", "PolicyNoncompliance", "DysfunctionalReliability", "DeliveryFailure"),
    *("MissingReceipt", "InvalidReceipt", "DecompressionFailure"),
)
_OAUTH: Final = (
    *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"),
    *("unsupported_grant_type", "invalid_scope", "access_denied", "server_error"),
    *("temporarily_unavailable", "invalid_token", "insufficient_scope", "invalid_target"),
)
_SOAP: Final = (
    *("Sender", "Receiver", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown"),
    *("Client", "Server"),
)
_NATIONAL: Final = ("Duplicate messageId", "unknown message id")

KNOWN_PHRASES: Final = frozenset(
    phrase.casefold()
    for phrase in (*_EBMS, *_OAUTH, *_SOAP, *_NATIONAL, *(each.phrase for each in HTTPStatus))
)
"""Names of error codes that their specifications write out: ebMS 3.0 and AS4, RFC 6749 and RFC
6750, SOAP 1.1 and 1.2, RFC 9110; and what a national service was seen to say."""


def known_phrase(words: object) -> str:
    """Return a phrase that a specification writes out, and nothing in place of any other."""
    if not isinstance(words, str):
        return ""
    phrase = words.strip()
    return phrase if phrase.casefold() in KNOWN_PHRASES else ""


def presentable(words: object) -> str:
    """Shorten somebody's words to one line that shows no personal data and no secret.

    What is not text says nothing. Identifiers of messages (UUID) and organisation numbers stay
    readable; whatever else holds eight digits or more is masked, however they are grouped, and so
    are addresses, tokens and what stands after a word such as password. Characters that are written
    in several ways, such as wide digits, are read and shown in their plain form (NFKC).
    """
    if not isinstance(words, str):
        return ""
    plain = unicodedata.normalize("NFKC", words[: _MOST_READ + 1])
    read = plain[:_MOST_READ].split(" ")
    if len(plain) > _MOST_READ:
        read[-1] = "***"  # it may be half of a secret that nothing tells as such
    text = "".join(one if one.isprintable() else " " for one in " ".join(read))
    line = " ".join(text.split())
    # Split at what may be shown: that stands at the odd places.
    parts = _PUBLIC.split(line)
    parts[::2] = (_PRIVATE.sub("***", part) for part in parts[::2])
    return "".join(parts)[:_LONGEST]


def escaped(text: str, *, keep_lines: bool = False) -> str:
    """Return a text in which nothing can steer a terminal or begin a line of its own.

    Control and formatting characters (C0, DEL, C1, directions) and line separators become U+FFFD.

    Args:
        text: anything.
        keep_lines: whether line feeds stay, for text that we wrote.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or (keep_lines and character == "\n") else "\ufffd"
        for character in text
    )
