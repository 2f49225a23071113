"""Header fields of a multipart request and of its parts.

Fields in their plain form are read by two patterns, which is fast. Whatever else RFC 5322, 2045 and
2231 allow (folded lines, comments, escapes, encoded words, fields that stand twice) is read by the
`email` package, with the same result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN: Final = r"[A-Za-z0-9_.+-]+"  # noqa: S105 - a token of a header field
_PARAMETER: Final = rf'; *({_TOKEN})=(?:({_TOKEN})|"([!#-\[\]-~]*)")'
_PARAMETERS: Final = re.compile(_PARAMETER)
_PLAIN_VALUE: Final = re.compile(rf"({_TOKEN}(?:/{_TOKEN})?)((?:{_PARAMETER})*)")
_FIELD: Final = r"([A-Za-z-]+): *([!-~]+(?: [!-~]+)*)\r\n"
_PLAIN_FIELD: Final = re.compile(_FIELD)
_PLAIN_BLOCK: Final = re.compile(rf"(?:{_FIELD})*\r\n")
_ENCODED_WORD: Final = "=?"
_DEFAULT_TYPE: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type in lower case, with its parameters by their names in lower case."""

    media_type: str
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, text: str) -> ContentType:
        """Read the Content-Type of a request; text/plain is what cannot be read."""
        plain = _plain_value(text)
        if plain is not None and "/" in plain[0]:
            return cls(*plain)
        header = EmailMessage(policy=HTTP)
        header["Content-Type"] = text
        return cls(header.get_content_type(), header["Content-Type"].params)


@dataclass(frozen=True, slots=True)
class PartHeaders:
    """Fields of one part. What is not there is an empty text, or as `read` says.

    Attributes:
        content_id: without angle brackets.
        name: the name in the Content-Disposition; None where it has none.
        has_filename: whether the part is sent as a file.
    """

    content_type: str
    content_id: str
    encoding: str
    disposition: str
    name: str | None
    has_filename: bool

    @classmethod
    def read(cls, block: bytes) -> PartHeaders:
        """Read the fields of a part. Without them it is text/plain, and its encoding binary.

        Args:
            block: the lines with the fields, to the end of the blank one.
        """
        fields = _plain_fields(block)
        plain = None if fields is None else _of_plain(fields)
        return plain or _read_by_email(block)


def _plain_fields(block: bytes) -> dict[str, str] | None:
    """Read fields that are all in their plain form, each once; None where any is not."""
    text = block.decode("latin-1")
    if _PLAIN_BLOCK.fullmatch(text) is None or _ENCODED_WORD in text:
        return None
    found = _PLAIN_FIELD.findall(text)
    fields = {name.lower(): value for name, value in found}
    return fields if len(fields) == len(found) else None


def _of_plain(fields: Mapping[str, str]) -> PartHeaders | None:
    kind = _plain_value(fields.get("content-type", _DEFAULT_TYPE))
    disposition = _plain_value(fields.get("content-disposition", "none"))
    content_id = fields.get("content-id", "")
    if kind is None or "/" not in kind[0] or disposition is None or " " in content_id:
        return None
    return PartHeaders(
        content_type=kind[0],
        content_id=content_id.strip("<>"),
        encoding=fields.get("content-transfer-encoding", "binary").lower(),
        disposition=disposition[0] if "content-disposition" in fields else "",
        name=disposition[1].get("name"),
        has_filename="filename" in disposition[1] or "name" in kind[1],
    )


def _plain_value(text: str) -> tuple[str, dict[str, str]] | None:
    """Read a value and its parameters, each of which stands once; None for another form."""
    match = _PLAIN_VALUE.fullmatch(text)
    if match is None or _ENCODED_WORD in text:
        return None
    found = _PARAMETERS.findall(match[2])
    parameters = {name.lower(): token or quoted for name, token, quoted in found}
    return (match[1].lower(), parameters) if len(parameters) == len(found) else None


def _read_by_email(block: bytes) -> PartHeaders:
    message = BytesHeaderParser(policy=HTTP).parsebytes(block)
    name = message.get_param("name", header="Content-Disposition")
    return PartHeaders(
        content_type=message.get_content_type(),
        content_id=str(message.get("Content-ID", "")).strip().strip("<>"),
        encoding=str(message.get("Content-Transfer-Encoding", "binary")).lower(),
        disposition=message.get_content_disposition() or "",
        name=name if isinstance(name, str) else None,
        has_filename=message.get_filename() is not None,
    )
