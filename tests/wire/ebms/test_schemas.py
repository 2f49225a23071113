"""Everything the wire makes obeys the official schemas, over the whole domain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sdp.domain import DigitalForsendelse, Forsendelse, Kvitteringsreferanse, Prioritet
from sdp.ebms.envelope import sign_envelope
from sdp.ebms.messages import Draft, confirmation, pull_request, user_message
from sdp.ebms.sbd import build_sbd
from sdp.pki import Identity
from sdp.testmiljo.validators.names import PREFIXES
from sdp.wire import ReceiptQueue
from sdp.xmlsec import exclusive, inclusive
from tests.conftest import AVSENDER, POSTEN
from tests.examples import examples
from tests.schemas import assert_valid, wire_schema
from tests.strategies import digitale_forsendelser, fysiske_forsendelser, tidspunkter

MANY = settings(
    max_examples=examples(0.6),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
REFERENCE = b"""<ds:Reference xmlns:ds="http://www.w3.org/2000/09/xmldsig#" URI="#soapBody">
<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
<ds:DigestValue>bESP4Ndg/0VjAt/ul3Y6LE6Qiz3juGBqZDsM3IwKGug=</ds:DigestValue></ds:Reference>"""


def sbd_of(letter: Forsendelse, identity: Identity, moment: datetime) -> bytes:
    return build_sbd(
        letter, databehandler=AVSENDER, fingerprint=bytes(32), signer=identity, moment=moment
    )


def message_of(letter: Forsendelse, sbd: bytes, moment: datetime) -> Draft:
    return user_message(
        letter,
        sbd,
        message_id=str(uuid4()),
        content_id=f"{uuid4()}@meldingsformidler.sdp.difi.no",
        queue=ReceiptQueue(letter.prioritet, letter.mpc_id),
        databehandler=AVSENDER,
        broker=POSTEN,
        moment=moment,
    )


def envelope_of(draft: Draft, identity: Identity, moment: datetime) -> etree._Element:
    return etree.fromstring(sign_envelope(draft, identity, moment=moment).content)


def assert_canonical(envelope: etree._Element, draft: Draft) -> None:
    """What was signed as it was written is what canonicalisation makes of what goes out."""
    for path, written in (("env:Header/eb:Messaging", draft.messaging), ("env:Body", draft.body)):
        assert exclusive(envelope.findall(path, PREFIXES)[0]) == written


def assert_letter_is_right(letter: Forsendelse, identity: Identity, moment: datetime) -> None:
    sbd = sbd_of(letter, identity, moment)
    document = etree.fromstring(sbd)
    assert_valid(document)
    assert inclusive(document) == exclusive(document) == sbd
    draft = message_of(letter, sbd, moment)
    envelope = envelope_of(draft, identity, moment)
    assert_valid(envelope)
    assert_canonical(envelope, draft)


def test_every_digital_letter_obeys_the_schemas(
    avsender_identity: Identity, postkasse_identity: Identity
) -> None:
    letters = digitale_forsendelser(postkasse_identity.certificate, max_vedlegg=0)

    @MANY
    @given(letters, tidspunkter())
    def check(letter: Forsendelse, moment: datetime) -> None:
        assert_letter_is_right(letter, avsender_identity, moment)

    check()


def test_every_print_letter_obeys_the_schemas(
    avsender_identity: Identity, printer_identity: Identity
) -> None:
    letters = fysiske_forsendelser(printer_identity.certificate, max_vedlegg=0)

    @MANY
    @given(letters, tidspunkter())
    def check(letter: Forsendelse, moment: datetime) -> None:
        assert_letter_is_right(letter, avsender_identity, moment)

    check()


@given(
    prioritet=st.sampled_from(Prioritet),
    mpc_id=st.none() | st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
    message_id=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(
        lambda text: bool(text.strip()) and "\ufffe" not in text and "\uffff" not in text
    ),
    with_pull=st.booleans(),
)
@MANY
def test_every_signal_obeys_the_schemas(
    avsender_identity: Identity,
    moment: datetime,
    prioritet: Prioritet,
    mpc_id: str | None,
    message_id: str,
    with_pull: bool,
) -> None:
    referanse = Kvitteringsreferanse(
        message_id=message_id, prioritet=prioritet, mpc_id=mpc_id, references=(REFERENCE,)
    )
    draft = (
        pull_request(ReceiptQueue(prioritet, mpc_id), moment=moment, confirm=referanse)
        if with_pull
        else confirmation(referanse, moment=moment)
    )

    envelope = envelope_of(draft, avsender_identity, moment)

    assert_valid(envelope)
    assert_canonical(envelope, draft)


@pytest.mark.parametrize(
    "path",
    ["eb:MessageInfo", "sdp:person", "sbdh:DocumentIdentification", "ds:SignedInfo"],
)
def test_the_schemas_reach_every_layer_of_a_message(
    digital_forsendelse: Callable[[], DigitalForsendelse],
    avsender_identity: Identity,
    moment: datetime,
    path: str,
) -> None:
    letter = digital_forsendelse()
    draft = message_of(letter, sbd_of(letter, avsender_identity, moment), moment)
    envelope = envelope_of(draft, avsender_identity, moment)
    assert_valid(envelope)

    etree.SubElement(envelope.findall(f".//{path}", PREFIXES)[-1], "x")

    assert not wire_schema().validate(envelope)
