"""A signature that holds may still be over nonsense, and that is refused with our own errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sdp import xmlsec
from sdp.dokumentpakke import Fil, Profile
from sdp.dokumentpakke.xades import reader as xades_reader
from sdp.dokumentpakke.xades.reader import verify_signatures
from sdp.dokumentpakke.xades.writer import build_signatures
from sdp.errors import SignatureError
from tests.fuzz.resigning import resigned
from tests.fuzz.world import World

Change = Callable[[bytes, bytes], bytes]


@pytest.fixture(scope="module")
def change() -> Change:
    world = World.make()
    good = world.signatures()[0]

    def changed(pattern: bytes, new: bytes) -> bytes:
        found = re.sub(pattern, new, good, flags=re.DOTALL)
        assert found != good
        return resigned(found, world.sender)

    return changed


def signed_at(change: Change, written: bytes) -> datetime:
    time = b"<SigningTime>" + written + b"</SigningTime>"
    return verify_signatures(change(b"<SigningTime>.*</SigningTime>", time)).signing_time


def test_a_signature_over_changed_content_holds_when_it_is_made_anew(change: Change) -> None:
    assert signed_at(change, b"2020-01-01T01:00:00+01:00") == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_signature_that_refers_to_nothing_is_refused(change: Change) -> None:
    with pytest.raises(SignatureError, match="refers to nothing"):
        verify_signatures(change(b"<Reference .*</Reference>", b""))


def test_a_signing_time_without_a_zone_is_no_moment(change: Change) -> None:
    with pytest.raises(SignatureError, match="no time zone"):
        signed_at(change, b"2020-01-01T00:00:00")


@pytest.mark.parametrize("written", [b"", b"i dag", b"2020-02-30T00:00:00Z", b"20200-01-01"])
def test_a_signing_time_that_is_none_is_refused(change: Change, written: bytes) -> None:
    with pytest.raises(SignatureError, match="cannot be read"):
        signed_at(change, written)


@pytest.mark.parametrize("written", [b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00"])
def test_a_signing_time_outside_1970_to_2999_is_refused(change: Change, written: bytes) -> None:
    with pytest.raises(SignatureError, match="1970 to 2999"):
        signed_at(change, written)


def test_a_file_that_is_said_to_be_two_things_is_refused(change: Change) -> None:
    twice = rb"\g<0><MimeType>text/html</MimeType>"
    with pytest.raises(SignatureError, match="twice what a file is"):
        verify_signatures(change(rb"<MimeType>[^<]*</MimeType>", twice))


def test_properties_of_another_signature_are_refused(change: Change) -> None:
    with pytest.raises(SignatureError, match="of the signature of the package"):
        verify_signatures(change(b'Target="#Signature"', b'Target="#Other"'))


@pytest.mark.parametrize("written", [b"QU=", b"QUI", b"QR==", b"Q?==", b"<a/>"])
def test_a_digest_that_is_not_plain_base64_is_refused(change: Change, written: bytes) -> None:
    digest = rb"(?<=<Reference Id=\"ID_0\" URI=\"brev.txt\">)(.*?)<DigestValue>.*?</DigestValue>"
    with pytest.raises(SignatureError, match="base64"):
        verify_signatures(change(digest, rb"\1<DigestValue>" + written + b"</DigestValue>"))


METHOD = b'(<SignatureMethod Algorithm="[^"]*">)'
DIGEST = b'(<DigestMethod Algorithm="[^"]*">)'
TRANSFORM = b'(<Transform Algorithm="[^"]*">)'


@pytest.mark.parametrize(
    ("pattern", "new"),
    [
        (b"<SignedInfo>", b"<SignedInfo><d/>"),
        (b"</SignedInfo>", b"<d/></SignedInfo>"),
        (b"<SignedInfo>", b"<SignedInfo>" + b"<d/>" * 10_000),
        (b"</SignedInfo>", b"</SignedInfo><SignedInfo></SignedInfo>"),
        (b"</Signature>", b"<Object></Object></Signature>"),
        (METHOD, rb"\1<HMACOutputLength>8</HMACOutputLength>"),
        (DIGEST, rb"\1<d/>"),
        (TRANSFORM, rb"\1<XPath>true()</XPath>"),
        (b"(<Transforms>)", rb'\1<Transform Algorithm="http://www.w3.org/TR/1999/x"></Transform>'),
        (b"</DigestValue></Reference>", b"</DigestValue><d/></Reference>"),
        (b'Id="ID_1"', b'Id="ID_0"'),
        (b'Target="#Signature"', b'Target="#Signature" Id="SignedProperties"'),
        (b'Target="#Signature"', b'Target="#Signature" ID="ID_0"'),
        (b"(<DataObjectFormat .*?</DataObjectFormat>)", rb"\1\1"),
        (b'URI="brev.txt"', b'URI="%ff.txt"'),
        (b'URI="brev.txt"', b'URI=""'),
        (b"<XAdESSignatures", b"<XAdESSignatures xml:lang='nb'"),
    ],
)
def test_no_element_and_no_id_stands_where_the_profile_has_none(
    change: Change, pattern: bytes, new: bytes
) -> None:
    with pytest.raises(SignatureError) as refusal:
        verify_signatures(change(pattern, new))
    assert "does not hold" not in str(refusal.value)


def test_namespaces_that_would_be_counted_for_every_element_are_refused(change: Change) -> None:
    declared = b" ".join(b"xmlns:n%d='urn:u'" % number for number in range(65))
    with pytest.raises(SignatureError, match="more than 64 namespaces"):
        verify_signatures(change(b"<XAdESSignatures ", b"<XAdESSignatures " + declared + b" "))


@pytest.mark.parametrize("profile", Profile)
def test_as_many_files_as_a_package_may_hold_are_read(profile: Profile) -> None:
    world = World.make()
    filer = [Fil(f"vedlegg-{n}.pdf", "application/pdf", 1, bytes(32)) for n in range(1020)]
    made = build_signatures(filer, world.sender, moment=world.moment, profile=profile)
    assert len(verify_signatures(made).filer) == 1020


def test_what_is_used_is_read_from_the_bytes_that_were_verified(
    change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[bytes]()
    parse = xmlsec.parse

    def watched(data: bytes) -> object:
        seen.append(data)
        return parse(data)

    monkeypatch.setattr(xades_reader, "parse", watched)
    verify_signatures(change(b"<SigningTime>", b"<SigningTime><!-- dropped -->"))
    _, info, properties = seen
    assert info.startswith(b"<SignedInfo ")
    assert properties.startswith(b"<SignedProperties ")
    assert b"dropped" not in properties
