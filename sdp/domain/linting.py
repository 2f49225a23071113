"""Lint of what a citizen is shown before log-in: the title of a letter, and its notices.

Titles and notices travel unencrypted. Digdir advises against links in them, since fraud looks the
same, and against personal data. A text message of several segments costs as much as several.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sdp.domain.brev import Brev
from sdp.domain.forsendelse import Formaal
from sdp.domain.varseltekster import Spraaktekst

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sdp.domain.forsendelse import DigitalForsendelse


_ELEVEN: Final = 11
_DIGITS: Final = re.compile(r"\d+(?:[\s.\-\u2010-\u2015]?\d+)*")
_GROUP: Final = re.compile(r"\d+")
_EMAIL: Final = re.compile(r"[^\s@<>()]+(?:@|%40|\uff20)[^\s@<>()]+\.\w{2,}", re.IGNORECASE)

# Telephones make links of bare host names too, so a known ending of one is enough.
_ENDINGS: Final = "no|com|net|org|info|eu|io|se|dk|fi|uk|de|co|me|ly|to|link|app|online|site|biz"
_LINK: Final = re.compile(
    rf"[a-z][a-z0-9+.-]*://|\bwww\.|\b(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:{_ENDINGS})\b",
    re.IGNORECASE,
)

# Signs without which neither can be there. Most texts have none, and are looked through for these
# in a hundredth of the time.
_SIGNS_OF_EMAIL: Final = ("@", "%40", "\uff20")
_SIGN_OF_LINK: Final = re.compile(r"\.\w|(?<=[wW]{3})\.|://")

_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE: Final = frozenset("\f^{}\\[~]|€")
"""The extension table: each takes an escape before it."""
_GSM_ALPHABET: Final = _GSM | _GSM_TWICE
_LAST_OF_ONE_UNIT: Final = 0xFFFF


class LintRule(StrEnum):
    """A rule for titles and notices, by its name."""

    LINK = "link"
    ELEVEN_DIGITS = "eleven-digits"
    EMAIL_ADDRESS = "email-address"
    SMS_SEGMENTS = "sms-segments"
    NO_NOTICE = "no-notice"
    UNKNOWN_EXTENSION = "unknown-extension"


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A rule that a title or notice breaks, told without its text.

    Attributes:
        rule: the rule.
        field: the path of the text, such as `digital_post.sms_varsel.varslingstekst`.
        words: the rule in words, with what to do about it.
    """

    rule: LintRule
    field: str
    words: str

    def __str__(self) -> str:
        return f"{self.field}: {self.words} ({self.rule})"


def lint(letter: Brev | DigitalForsendelse) -> tuple[LintFinding, ...]:
    """Find what a title or notice of a letter should not hold.

    Args:
        letter: a `Brev`, or a `Forsendelse.digital` that is addressed already.

    Source: Digdir's advice on notices; 3GPP TS 23.038 for the alphabet and TS 23.040 for the
    segments of text messages.
    """
    found = _in_brev(letter) if isinstance(letter, Brev) else _in_forsendelse(letter)
    return (*found, *_in_metadata(letter))


def sms_segments(text: str) -> int:
    """Count the segments of a text message.

    One segment holds 160 characters of the GSM alphabet, of which nine count twice, or 70 UTF-16
    units of any other. Each of several holds 153 or 67.
    """
    if _GSM_ALPHABET.issuperset(text):
        return _filled([1 + (each in _GSM_TWICE) for each in text], alone=160, joined=153)
    return _filled([1 + (ord(each) > _LAST_OF_ONE_UNIT) for each in text], alone=70, joined=67)


def _filled(sizes: list[int], *, alone: int, joined: int) -> int:
    """Count the segments that characters of these sizes fill; none is cut in two."""
    if sum(sizes) <= alone:
        return 1
    segments, used = 1, 0
    for size in sizes:
        if used + size > joined:
            segments, used = segments + 1, 0
        used += size
    return segments


def _in_brev(brev: Brev) -> Iterator[LintFinding]:
    yield from _in_text("digital_post.ikke_sensitiv_tittel", brev.digital_post.ikke_sensitiv_tittel)
    texts = brev.varseltekster
    if texts is None:
        return
    for field, given in _by_field("varseltekster.epost", texts.epost):
        yield from _in_text(field, given)
    for field, given in _by_field("varseltekster.sms", texts.sms):
        yield from _in_text(field, given)
        yield from _in_sms(field, given)


def _in_forsendelse(forsendelse: DigitalForsendelse) -> Iterator[LintFinding]:
    post = forsendelse.digital_post
    yield from _in_text("digital_post.ikke_sensitiv_tittel", post.ikke_sensitiv_tittel)
    if post.epost_varsel is not None:
        field = "digital_post.epost_varsel.varslingstekst"
        yield from _in_text(field, post.epost_varsel.varslingstekst)
    if post.sms_varsel is not None:
        field = "digital_post.sms_varsel.varslingstekst"
        yield from _in_text(field, post.sms_varsel.varslingstekst)
        yield from _in_sms(field, post.sms_varsel.varslingstekst)
    if forsendelse.formaal is Formaal.VEDTAK and not (post.epost_varsel or post.sms_varsel):
        words = "a vedtak must be notified of (eForvaltningsforskriften § 8); order a notice"
        yield LintFinding(LintRule.NO_NOTICE, "digital_post", words)


def _in_metadata(letter: Brev | DigitalForsendelse) -> Iterator[LintFinding]:
    for field, dokument in letter.dokumentpakke.fields():
        if dokument.metadata is not None and not dokument.metadata.is_in_national_table:
            words = (
                "is not in the national table of extensions, so that a mailbox may drop it without "
                "telling; say the same in the document"
            )
            path = f"dokumentpakke.{field}.metadata"
            yield LintFinding(LintRule.UNKNOWN_EXTENSION, path, words)


def _by_field(
    field: str, given: str | Mapping[str, str] | Spraaktekst | None
) -> Iterator[tuple[str, str]]:
    match given:
        case None:
            return
        case str():
            yield field, given
        case _:
            by_language = given.given() if isinstance(given, Spraaktekst) else given
            for spraak, text in by_language.items():
                yield f"{field}.{spraak}", text


def _in_text(field: str, text: str) -> Iterator[LintFinding]:
    without_addresses = text
    if any(sign in text for sign in _SIGNS_OF_EMAIL):
        without_addresses = _EMAIL.sub(" ", text)
    if without_addresses != text:
        yield LintFinding(LintRule.EMAIL_ADDRESS, field, "must not hold an e-mail address")
    if _SIGN_OF_LINK.search(without_addresses) and _LINK.search(without_addresses):
        words = "must not hold a link or web address; tell where to log in instead"
        yield LintFinding(LintRule.LINK, field, words)
    if _has_eleven_digits(text):
        words = "must not hold a number of eleven digits, such as a fødselsnummer"
        yield LintFinding(LintRule.ELEVEN_DIGITS, field, words)


def _in_sms(field: str, text: str) -> Iterator[LintFinding]:
    segments = sms_segments(text)
    if segments > 1:
        words = f"should fit one text message, and takes {segments}; shorten it" + (
            ""
            if _GSM_ALPHABET.issuperset(text)
            else ", or write it with letters of the GSM alphabet, 160 of which fit"
        )
        yield LintFinding(LintRule.SMS_SEGMENTS, field, words)


def _has_eleven_digits(text: str) -> bool:
    """Tell whether whole groups of digits, a sign apart at most, are eleven digits together."""
    for run in _DIGITS.findall(text):
        lengths = [len(group) for group in _GROUP.findall(run)]
        for start in range(len(lengths)):
            total = 0
            for length in lengths[start:]:
                total += length
                if total >= _ELEVEN:
                    break
            if total == _ELEVEN:
                return True
    return False
