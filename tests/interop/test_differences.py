"""Where Difi's client and ours differ: one test for each row of that table in docs/interop.md.

Both send to the same receiver on the Java side, which accepts what either sends unless a test says
otherwise, so that each test keeps both answers.
"""

from __future__ import annotations

import base64
import email
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from email.message import Message
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.domain import (
    Avsender,
    DigitalForsendelse,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    TekniskMottaker,
)
from sdp.errors import CertificateError, EbmsError
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import ANNEN_AVSENDER, AVSENDER, POSTKASSE
from sdp.testmiljo.validators.cms import decrypt
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.interop.java_client import JavaClient
from tests.interop.java_witness import JavaRefusedError, JavaWitness
from tests.interop.receiver import JavaReceiver, Received

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

_DOCUMENT = Path(__file__).parents[2] / "docs" / "interop.md"
_SBD_NAMESPACE = "http://begrep.difi.no/sdp/schema_v10"
_PREFIXES = {
    "sdp": _SBD_NAMESPACE,
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "wsu": ("http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"),
}

T = TypeVar("T", bound=Callable[..., None])
_rows: list[str] = []


def row(name: str) -> Callable[[T], T]:
    """Tell which row of the table a test keeps."""

    def keep(test: T) -> T:
        _rows.append(name)
        return test

    return keep


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@dataclass(frozen=True)
class Both:
    """Difi's client and ours, connected to one receiver."""

    theirs: JavaClient
    receiver: JavaReceiver
    letters: Letters

    def send(self, their_letter: dict[str, object], our_letter: DigitalForsendelse) -> Answers:
        """Send a letter with each; the receiver accepts both, and each accepts its receipt."""
        self.theirs.send(their_letter)
        theirs = self.receiver.received()
        _, ours = self.receiver.send(our_letter)
        assert (theirs.error, ours.error) == (None, None)
        return Answers(Sent(theirs), Sent(ours))


@dataclass(frozen=True)
class Sent:
    """A message as it came over the wire."""

    received: Received
    message: Message = field(init=False)
    envelope: etree._Element = field(init=False)

    def __post_init__(self) -> None:
        head = f"Content-Type: {self.received.content_type}\r\n\r\n".encode()
        object.__setattr__(self, "message", email.message_from_bytes(head + self.received.body))
        object.__setattr__(self, "envelope", etree.fromstring(_content(self.parts[0])))

    @property
    def parts(self) -> list[Message]:
        parts = self.message.get_payload()
        assert isinstance(parts, list)
        return [part for part in parts if isinstance(part, Message)]

    def found(self, path: str) -> list[etree._Element]:
        return list(self.envelope.iterfind(f".//{path}", _PREFIXES))


@dataclass(frozen=True)
class Answers:
    theirs: Sent
    ours: Sent


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@pytest.fixture
def both(java: JavaWitness, miljo: Testmiljo, tmp_path: Path) -> Both:
    receiver = JavaReceiver.listen(java, miljo, tmp_path)
    theirs = JavaClient.connect(java, miljo, tmp_path, url=receiver.url)
    return Both(theirs, receiver, Letters(miljo))


@row("life of a message (`wsu:Timestamp`)")
def test_a_message_lives_five_minutes_there_and_two_here(both: Both) -> None:
    sent = both.send(both.theirs.digital(), both.letters.digital())

    def life(each: Sent) -> timedelta:
        (timestamp,) = each.found("wsu:Timestamp")
        created, expires = (datetime.fromisoformat(str(moment.text)) for moment in timestamp)
        return expires - created

    assert life(sent.theirs) == timedelta(seconds=300)
    assert life(sent.ours) == timedelta(seconds=120)


@row("address of a letter for another organisation")
def test_a_letter_for_another_is_addressed_to_the_signer_twice_there_and_to_its_avsender_here(
    both: Both,
) -> None:
    other = Avsender(organisasjonsnummer=ANNEN_AVSENDER)
    sent = both.send(
        both.theirs.digital(avsender=ANNEN_AVSENDER), both.letters.digital(avsender=other)
    )

    assert sent.theirs.received.path == f"/api/9908:{AVSENDER}/9908:{AVSENDER}"
    assert sent.ours.received.path == f"/api/9908:{AVSENDER}/9908:{ANNEN_AVSENDER}"


@row("space in a file name, in the signature")
def test_a_space_in_a_file_name_is_a_plus_sign_there_and_percent_20_here(both: Both) -> None:
    """By RFC 3986 a plus sign in a path is itself, and that is how the Java side reads it."""
    name = "et brev.pdf"
    pakke = Dokumentpakke(hoveddokument=Dokument.from_bytes(pdf(), filnavn=name, tittel="Brev"))
    dokument = both.theirs.dokument(name, pdf(), "application/pdf")

    with pytest.raises(JavaRefusedError, match="Could not find a resolver for URI et\\+brev"):
        both.theirs.send(both.theirs.digital(dokumenter=[dokument]))
    theirs = Sent(both.receiver.received())
    _, received = both.receiver.send(both.letters.digital(dokumentpakke=pakke))
    ours = Sent(received)

    assert _signed_names(both, theirs)[0] == "et+brev.pdf"
    assert _signed_names(both, ours)[0] == "et%20brev.pdf"


def _signed_names(both: Both, sent: Sent) -> list[str]:
    actor = both.letters.miljo.postkasse.actor
    package = decrypt(_content(sent.parts[1]), actor.key, actor.certificate)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        signatures = etree.fromstring(archive.read("META-INF/signatures.xml"))
    return [each.get("URI", "") for each in signatures.iterfind(".//ds:Reference", _PREFIXES)]


@row("`organisasjon`")
def test_an_organisation_has_an_authority_there_and_none_here(both: Both) -> None:
    sent = both.send(both.theirs.digital(), both.letters.digital())

    def authorities(each: Sent) -> list[str | None]:
        return [found.get("authority") for found in each.found("sdp:organisasjon")]

    assert authorities(sent.theirs) == ["iso6523-actorid-upis"]
    assert authorities(sent.ours) == [None]


@row("`varsler` in a letter without notices")
def test_a_letter_without_notices_has_an_empty_list_there_and_none_here(both: Both) -> None:
    sent = both.send(both.theirs.digital(), both.letters.digital())

    assert [len(each) for each in sent.theirs.found("sdp:varsler")] == [0]
    assert sent.ours.found("sdp:varsler") == []


@row("`start` and `Content-ID` of the envelope")
def test_the_envelope_is_the_first_part_there_and_has_a_name_here(both: Both) -> None:
    sent = both.send(both.theirs.digital(), both.letters.digital())

    theirs, ours = sent.theirs, sent.ours
    assert (theirs.message.get_param("start"), theirs.parts[0]["Content-ID"]) == (None, None)
    assert ours.message.get_param("start") == ours.parts[0]["Content-ID"]
    assert ours.parts[0]["Content-ID"] is not None


@row("moment a letter is available")
def test_a_letter_is_available_from_a_moment_there_and_from_a_day_or_a_moment_here(
    both: Both,
) -> None:
    midnight = datetime(2031, 5, 17, tzinfo=timezone(timedelta(hours=2)))
    theirs = {"virkningstidspunkt_ms": int(midnight.timestamp() * 1000)}
    post = DigitalPost(ikke_sensitiv_tittel="Brev", virkningsdato=date(2031, 5, 17))

    sent = both.send(both.theirs.digital(digital=theirs), both.letters.digital(digital_post=post))

    (moment,) = sent.theirs.found("sdp:virkningstidspunkt")
    assert datetime.fromisoformat(str(moment.text)) == midnight
    assert sent.theirs.found("sdp:virkningsdato") == []
    (day,) = sent.ours.found("sdp:virkningsdato")
    assert day.text == "2031-05-17"
    assert sent.ours.found("sdp:virkningstidspunkt") == []


@row("empty list of print instructions")
def test_no_print_instructions_at_all_are_refused_there_and_left_out_here(both: Both) -> None:
    with pytest.raises(JavaRefusedError, match="'ns9:printinstruksjoner' is not complete"):
        both.theirs.send(both.theirs.fysisk(fysisk={"printinstruksjoner": []}))

    letter = both.letters.fysisk()
    assert letter.fysisk_post.printinstruksjoner == ()
    _, received = both.receiver.send(letter)
    assert Sent(received).found("sdp:printinstruksjoner") == []


@row("characters outside the Basic Multilingual Plane, such as emoji")
def test_an_emoji_counts_as_two_characters_there_and_as_one_here(both: Both) -> None:
    """W3C XML Schema, part 2, counts characters; the parser of Java counts UTF-16 code units.

    So a text that is full of emoji may be too long for a recipient that reads it with Java, and
    comes back as an error.
    """
    title, longer = "🍓" * 127, "🍓" * 128

    def post(tittel: str) -> DigitalPost:
        return DigitalPost(ikke_sensitiv_tittel=tittel)

    both.send(
        both.theirs.digital(digital={"tittel": title}),
        both.letters.digital(digital_post=post(title)),
    )
    with pytest.raises(JavaRefusedError, match="with length = '256' is not facet-valid"):
        both.theirs.send(both.theirs.digital(digital={"tittel": longer}))
    with pytest.raises(EbmsError) as refusal:
        both.receiver.send(both.letters.digital(digital_post=post(longer)))
    assert "with length = '256' is not facet-valid" in refusal.value.description


@row("the recipient's certificate")
def test_a_certificate_of_a_stranger_is_used_there_and_refused_here(
    both: Both, miljo: Testmiljo
) -> None:
    foreign = miljo.stranger.certificate
    encoded = base64.b64encode(foreign.public_bytes(Encoding.DER)).decode()
    mottaker = miljo.innbygger().model_copy(
        update={"postkasse": TekniskMottaker(organisasjonsnummer=POSTKASSE, sertifikat=foreign)}
    )

    with pytest.raises(JavaRefusedError, match="not encrypted to this recipient"):
        both.theirs.send(both.theirs.digital(digital={"sertifikat": encoded}))
    assert both.receiver.received().body
    with pytest.raises(CertificateError):
        both.receiver.send(both.letters.digital(mottaker=mottaker))
    with pytest.raises(JavaRefusedError, match="nothing has been received"):
        both.receiver.received()


def test_each_row_of_the_document_has_a_test_and_each_test_a_row() -> None:
    text = _DOCUMENT.read_text(encoding="utf-8")
    (table,) = re.findall(r"## Where the two differ\n\n.*\n\n.*\n\| ---.*\n((?:\|.*\n)+)", text)
    rows = [line.split("|")[1].strip() for line in table.splitlines()]

    assert sorted(rows) == sorted(_rows)
