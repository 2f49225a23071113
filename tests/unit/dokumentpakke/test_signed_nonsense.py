"""A signature that holds may still be over nonsense, and that is refused with our own errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sdp.cli._output import local_time
from sdp.dokumentpakke.xades_reader import verify_signatures
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
def test_a_signing_time_at_the_end_of_the_calendar_can_be_shown(
    change: Change, written: bytes
) -> None:
    assert local_time(signed_at(change, written)).startswith(written[:4].decode())


@pytest.mark.parametrize("written", [b"QU=", b"QUI", b"QR==", b"Q?==", b"<a/>"])
def test_a_digest_that_is_not_plain_base64_is_refused(change: Change, written: bytes) -> None:
    digest = rb"(?<=<Reference Id=\"ID_0\" URI=\"brev.txt\">)(.*?)<DigestValue>.*?</DigestValue>"
    with pytest.raises(SignatureError, match="base64"):
        verify_signatures(change(digest, rb"\1<DigestValue>" + written + b"</DigestValue>"))
