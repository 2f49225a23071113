"""Words of others: redaction, known phrases, and text that cannot steer a terminal.

Errors show codes, statuses and known phrases. The free text that another side writes beside them
may repeat anything, a personidentifikator or a token; it is redacted here before an error keeps
it, and shown only where the setting `show_remote_text` says so.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from http import HTTPStatus
from typing import Final

# A class that begins with ^ says the same in one line and takes far longer to compile.
NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|[\ufffe\uffff]")
"""A character that XML 1.0 cannot carry (section 2.2 of that recommendation)."""

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
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


def decoded(data: bytes) -> str:
    """Decode a text file as editors and spreadsheets write it.

    That is UTF-8 with or without a byte order mark, UTF-16 with one, or else Windows-1252. A mark
    is no part of the text.

    Raises:
        ValueError: it is none of these, or not text; the text is the rule.
    """
    rule = "must be text in UTF-8, UTF-16 with a byte order mark, or Windows-1252"
    if data.startswith(_UTF_16) and not data.startswith(codecs.BOM_UTF32_LE):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in data:  # UTF-16 without a mark, UTF-32, or no text at all
        raise ValueError(rule)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError(rule)


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
    text = " ".join(read)
    if not text.isprintable():
        text = "".join(one if one.isprintable() else " " for one in text)
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
