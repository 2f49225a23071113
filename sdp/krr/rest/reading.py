"""Values from the JSON answers of the register, and its refusals.

Fields that are added are let through; fields that are garbled are not.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from sdp.errors import InvalidInputError, ProblemError, UnreadableAnswerError
from sdp.gate import presentable
from sdp.jose import read_json
from sdp.krr.person import DigitalPostkasse, Kontaktadresse, Oppslag, Person, Printsertifikat
from sdp.krr.reading import (
    in_words,
    read_kontaktadresse,
    read_oppslag,
    read_reservert,
    read_sertifikat,
    read_status,
    read_tidspunkt,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sdp.transport.request import HttpResponse


_CLOCK_TOLERANCE: Final = timedelta(seconds=120)
_OLDEST: Final = timedelta(minutes=5)
"""How long an answer may have been on its way; the read timeout is a minute unless configured."""


def read_personer(content: bytes, *, moment: datetime | None = None) -> tuple[Oppslag, ...]:
    """Read the answer of `personer`; see `read_entries` and `read_people`."""
    return read_people([read_entries(content, moment)])


def read_people(answers: Sequence[list[object]]) -> tuple[Oppslag, ...]:
    """Read the entries of an answer, or of several that tell different things of the same people.

    Each entry has its answer. One that cannot be read is an `OppslagFeil` that names the field,
    also where it cannot be told whom it is about.
    """
    return tuple(map(_oppslag, answers[0] if len(answers) == 1 else _joined(answers)))


def read_entries(content: bytes, moment: datetime | None) -> list[object]:
    """Return the list of people in an answer, unread.

    Args:
        content: the answer.
        moment: when a signed answer came; aware. If it says when it was made (`iat`) or until when
            it is good (`exp`), that must agree. None believes whatever it says.

    Raises:
        UnreadableAnswerError: there is no list of people, or it is of another time.
    """
    answer = _object(content)
    if moment is not None:
        _check_time(answer, moment)
    items = answer.get("personer")
    if not isinstance(items, list):
        raise UnreadableAnswerError("The answer of the contact register holds no list personer.")
    return items


def _joined(answers: Sequence[list[object]]) -> Iterator[object]:
    """Put together the entries of several answers about each person."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for entry in chain.from_iterable(answers):
        number = entry.get("personidentifikator") if isinstance(entry, dict) else None
        if isinstance(entry, dict) and isinstance(number, str):
            parts.setdefault(number, []).append(entry)
        else:
            yield entry
    for number, entries in parts.items():
        names = set().union(*entries)
        said = {name: _values(name, entries) for name in names}
        # Half of an answer reads like somebody without a mailbox, or who may not be notified.
        whole = len(entries) == len(answers) and all(len(values) <= 1 for values in said.values())
        joined = {name: values[0] for name, values in said.items() if values}
        yield joined if whole else {"personidentifikator": number}


def _values(name: str, entries: list[dict[str, Any]]) -> list[Any]:
    """List the different values of a field."""
    values: list[Any] = []
    for entry in entries:
        value = entry.get(name)
        if value not in (None, "", {}) and value not in values:
            values.append(value)
    return values


def read_printsertifikat(content: bytes) -> Printsertifikat:
    """Read the answer of `printSertifikat`.

    Raises:
        UnreadableAnswerError: a field is missing or cannot be read; the field is named.
    """
    answer = _object(content)
    try:
        return Printsertifikat(
            leverandoer=_text(answer, "postkasseleverandoerAdresse") or "",
            sertifikat=read_sertifikat(_text(answer, "x509Sertifikat") or "", "x509Sertifikat"),
        )
    except (InvalidInputError, ValueError) as error:
        raise UnreadableAnswerError(
            f"The print certificate of the contact register cannot be read: {in_words(error)}."
        ) from None


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = read_json(content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise UnreadableAnswerError("The answer of the contact register is not a JSON object.")
    return answer


def _check_time(answer: Mapping[str, Any], moment: datetime) -> None:
    made, ends = _numeric_date(answer, "iat"), _numeric_date(answer, "exp")
    early = made is not None and made > moment + _CLOCK_TOLERANCE
    old = made is not None and made < moment - _OLDEST
    if early or old or (ends is not None and ends < moment - _CLOCK_TOLERANCE):
        raise UnreadableAnswerError(
            "The answer says that it was made at another time than now.",
            remedy="Check the clock of this machine; it must follow NTP.",
        )


def _numeric_date(answer: Mapping[str, Any], name: str) -> datetime | None:
    written = answer.get(name)
    if written is None:
        return None
    try:
        return datetime.fromtimestamp(written, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise UnreadableAnswerError(f"{name} of the answer is no NumericDate.") from None


def _oppslag(item: object) -> Oppslag:
    entry: Mapping[str, Any] = item if isinstance(item, dict) else {}
    return read_oppslag(entry.get("personidentifikator"), partial(_person, entry))


def _person(item: Mapping[str, Any], number: str) -> Person:
    status = read_status(_text(item, "status"))
    contact = _part(item, "kontaktinformasjon")
    sertifikat = _text(item, "sertifikat")
    return Person(
        personidentifikator=number,
        status=status,
        reservert=read_reservert(_text(item, "reservasjon"), status),
        kan_varsles=_text(item, "varslingsstatus") == "KAN_VARSLES",
        epost=_kontaktadresse(contact, "epostadresse"),
        mobil=_kontaktadresse(contact, "mobiltelefonnummer"),
        digital_post=_postkasse(_part(item, "digital_post")),
        sertifikat=None if sertifikat is None else read_sertifikat(sertifikat, "sertifikat"),
        spraak=_spraak(item),
        spraak_oppdatert=read_tidspunkt(item.get("spraak_oppdatert")),
        reservasjon_oppdatert=read_tidspunkt(item.get("reservasjon_oppdatert")),
    )


def _kontaktadresse(contact: Mapping[str, Any], name: str) -> Kontaktadresse | None:
    return read_kontaktadresse(
        contact.get(name),
        oppdatert=contact.get(f"{name}_oppdatert"),
        sist_verifisert=contact.get(f"{name}_sist_verifisert"),
        sist_validert=contact.get(f"{name}_sist_validert"),
        duplisert=contact.get(f"{name}_duplisert"),
    )


def _spraak(item: Mapping[str, Any]) -> str | None:
    written = item.get("spraak")
    return written if isinstance(written, str) and written and written.isascii() else None


def _postkasse(digital_post: Mapping[str, Any]) -> DigitalPostkasse | None:
    adresse = _text(digital_post, "postkasseadresse")
    leverandoer = _text(digital_post, "postkasseleverandoeradresse")
    if adresse is None or leverandoer is None:
        return None
    return DigitalPostkasse(postkasseadresse=adresse, leverandoer=leverandoer)


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    match item.get(name):
        case None:
            return {}
        case dict() as part:
            return part
        case _:
            raise ValueError(f"{name}: must be an object")


def _text(item: Mapping[str, Any], name: str) -> str | None:
    match item.get(name):
        case None | "":
            return None
        case str() as words:
            return words
        case _:
            raise ValueError(f"{name}: must be text")


_REMEDIES: Final = {
    400: "Check the version of the interface in the settings of the contact register.",
    403: "Check that the organisation has access to the contact register. One's own access has the "
    "scopes krr:global/kontaktinformasjon.read and krr:global/digitalpost.read; access on behalf "
    "of another, krr:global/kontaktinfo.read and krr:global/postkasse.read.",
    404: "Check the url and version in the settings of the contact register.",
    406: "Check signed_answers in the settings of the contact register.",
    429: "Ask less often, and about up to 1000 people at a time.",
    503: "Try again later.",
}


def refusal(response: HttpResponse) -> ProblemError:
    """Tell a refusal in the register's own words, personal data masked.

    Understood are problems of RFC 9457, errors of OAuth 2.0 and plain text.
    """
    title, detail = _said(response)
    return ProblemError(
        response.status,
        title=title,
        detail=detail,
        remedy=_REMEDIES.get(response.status, ""),
    )


def _said(response: HttpResponse) -> tuple[str, str]:
    text = response.content.decode("utf-8-sig", errors="replace")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        markup = text.lstrip().startswith("<")
        return ("", "") if markup else (presentable(text), "")
    if not isinstance(answer, dict):
        return "", ""
    title = answer.get("title") or answer.get("error")
    detail = answer.get("detail") or answer.get("error_description") or answer.get("message")
    return presentable(title), presentable(detail)
