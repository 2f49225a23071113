from __future__ import annotations

import base64
import hmac
import json
import traceback
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sdp.domain import Feil, Feiltype, Kvittering, VarslingFeiletKvittering, Varslingskanal
from sdp.dpi import names
from sdp.dpi.kvittering import read_kvittering
from sdp.errors import CertificateError, CertificateProblem, SignatureError, UnreadableAnswerError
from sdp.pki import Identity, TrustStore
from sdp.wire.signers import Signers
from tests.conftest import AVSENDER, EBOKS, POSTEN
from tests.unit.dpi.counterpart import KINDS, KONVERSASJON, base64url, id_of, jws_of, receipt

Read = Callable[..., Kvittering]


@pytest.fixture
def read(trust: TrustStore, moment: datetime) -> Read:
    def reading(
        token: str,
        suppliers: dict[str, list[str]] | None = None,
        sent: dict[str, list[str]] | None = None,
        at: datetime = moment,
        senders: Collection[str] = (EBOKS, POSTEN),
    ) -> Kvittering:
        signers = Signers(
            senders,
            suppliers or {},
            lambda conversation: (sent or {}).get(conversation, []),
            section="dpi",
        )
        return read_kvittering(token, trust=trust, moment=at, signers=signers, receivers=[AVSENDER])

    return reading


@pytest.mark.parametrize(("kind", "name"), KINDS.items())
def test_each_of_the_six_receipts_is_read(
    read: Read, eboks_identity: Identity, kind: str, name: str
) -> None:
    message = receipt(EBOKS, kind)
    token = jws_of(message, eboks_identity)

    found = read(token)

    assert type(found).__name__ == name
    assert found.meldings_id == found.referanse.message_id == id_of(message)
    assert found.konversasjons_id == KONVERSASJON
    assert found.avsender == EBOKS
    assert found.tidspunkt == datetime.fromisoformat("2026-11-23T11:59:58.500+01:00")
    assert found.raw == token.encode()


def test_a_failed_notice_tells_its_channel_and_why(read: Read, eboks_identity: Identity) -> None:
    found = read(jws_of(receipt(EBOKS, "varslingfeiletkvittering"), eboks_identity))

    assert isinstance(found, VarslingFeiletKvittering)
    assert (found.kanal, found.beskrivelse) == (Varslingskanal.SMS, "Ugyldig nummer æøå")


@pytest.mark.parametrize("feiltype", Feiltype)
def test_an_error_tells_whose_fault_it_is(
    read: Read, eboks_identity: Identity, feiltype: Feiltype
) -> None:
    message = receipt(EBOKS, "feil", feiltype=feiltype.value, detaljer=None)
    del message["standardBusinessDocument"]["feil"]["detaljer"]

    found = read(jws_of(message, eboks_identity))

    assert isinstance(found, Feil)
    assert (found.feiltype, found.detaljer) == (feiltype, None)


def test_an_explanation_longer_than_the_domain_takes_is_cut_and_kept_whole_in_raw(
    read: Read, eboks_identity: Identity
) -> None:
    token = jws_of(receipt(EBOKS, "feil", detaljer="\x00" + "a" * 2000), eboks_identity)

    found = read(token)

    assert isinstance(found, Feil)
    assert found.detaljer == "\ufffd" + "a" * 999
    assert found.raw == token.encode()


@pytest.mark.parametrize(
    ("alg", "digest"),
    [("RS256", hashes.SHA256()), ("RS384", hashes.SHA384()), ("RS512", hashes.SHA512())],
)
@pytest.mark.parametrize(
    "document", [":innbyggerpost", ":Innbyggerpost", "digital::varslingfeiletkvittering"]
)
def test_a_receipt_is_read_as_the_software_of_mailboxes_has_written_it(
    read: Read, eboks_identity: Identity, alg: str, digest: hashes.HashAlgorithm, document: str
) -> None:
    message = receipt(EBOKS, "varslingfeiletkvittering", varslingskanal="epost")
    header = message["standardBusinessDocument"]["standardBusinessDocumentHeader"]
    identification = header["documentIdentification"]
    standard = identification["standard"].replace(":innbyggerpost##", f"{document}##")
    identification["standard"] = standard
    header["businessScope"]["scope"][0]["scopeInformation"] = []
    signed = jws_of(message, eboks_identity, alg=alg).rpartition(".")[0]
    signature = eboks_identity._key.sign(signed.encode(), PKCS1v15(), digest)

    found = read(f"{signed}.{base64url(signature)}")

    assert isinstance(found, VarslingFeiletKvittering)
    assert found.kanal is Varslingskanal.EPOST


@pytest.mark.parametrize("way", ["urn:uuid:{}", "{{{}}}", "{}\n", " {}", "\uff16{}"])
def test_a_conversation_by_another_form_of_its_id_is_refused(
    read: Read, eboks_identity: Identity, way: str
) -> None:
    written = way.format(KONVERSASJON[1:] if way.startswith("\uff16") else KONVERSASJON)
    with pytest.raises(UnreadableAnswerError, match="UUID"):
        read(jws_of(receipt(EBOKS, konversasjons_id=written), eboks_identity))


def test_a_conversation_is_looked_up_in_one_form(read: Read, eboks_identity: Identity) -> None:
    token = jws_of(receipt(EBOKS, konversasjons_id=KONVERSASJON.upper()), eboks_identity)

    assert read(token, sent={KONVERSASJON: [EBOKS]}).konversasjons_id == KONVERSASJON
    with pytest.raises(CertificateError, match="sent to"):
        read(token, sent={KONVERSASJON: [POSTEN]})


@pytest.mark.parametrize(
    "written", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-23T11:59:58"]
)
def test_a_time_that_cannot_be_relied_on_is_refused(
    read: Read, eboks_identity: Identity, written: str
) -> None:
    with pytest.raises(UnreadableAnswerError, match="time"):
        read(jws_of(receipt(EBOKS, tidspunkt=written), eboks_identity))


def test_no_value_of_a_receipt_stands_in_the_traceback(
    read: Read, eboks_identity: Identity
) -> None:
    message = receipt(EBOKS, "varslingfeiletkvittering", varslingskanal="01815800083")
    with pytest.raises(UnreadableAnswerError) as caught:
        read(jws_of(message, eboks_identity))

    assert "01815800083" not in "".join(traceback.format_exception(caught.value))


def test_more_than_the_schema_knows_is_passed_by(read: Read, eboks_identity: Identity) -> None:
    read(jws_of(receipt(EBOKS, maskinportentoken="ABCDE"), eboks_identity))


# Whose signature counts.


def test_a_receipt_that_another_organisation_signed_is_refused(
    read: Read, eboks_identity: Identity
) -> None:
    with pytest.raises(CertificateError, match=f"{POSTEN}, and {EBOKS} has signed") as caught:
        read(jws_of(receipt(POSTEN), eboks_identity))

    assert caught.value.problem is CertificateProblem.ORGANISATION


def test_a_supplier_may_sign_where_the_settings_say_so(
    read: Read, eboks_identity: Identity
) -> None:
    token = jws_of(receipt(POSTEN), eboks_identity)

    assert read(token, suppliers={POSTEN: [EBOKS]}).avsender == EBOKS
    with pytest.raises(CertificateError):
        read(token, suppliers={EBOKS: [POSTEN]})


def test_a_receipt_for_a_known_letter_is_signed_by_whom_the_letter_was_sent_to(
    read: Read, eboks_identity: Identity
) -> None:
    token = jws_of(receipt(EBOKS), eboks_identity)

    read(token, sent={KONVERSASJON: [EBOKS]})
    read(token, sent={KONVERSASJON: [POSTEN, EBOKS]})
    read(token, sent={KONVERSASJON: [POSTEN]}, suppliers={POSTEN: [EBOKS]})
    read(token, sent={"another": [POSTEN]})
    with pytest.raises(CertificateError, match=f"sent to organisation {POSTEN}") as caught:
        read(token, sent={KONVERSASJON: [POSTEN]})
    assert caught.value.problem is CertificateProblem.ORGANISATION


def test_a_signer_nobody_here_trusts_is_refused(read: Read, stranger: Identity) -> None:
    with pytest.raises(CertificateError) as caught:
        read(jws_of(receipt(POSTEN), stranger))

    assert caught.value.problem is CertificateProblem.UNTRUSTED


def test_a_foreign_certificate_beside_the_signature_of_another_is_refused(
    read: Read, stranger: Identity, postkasse_identity: Identity
) -> None:
    trusted = [
        base64.b64encode(each.public_bytes(Encoding.DER)).decode()
        for each in postkasse_identity.chain
    ]

    with pytest.raises(SignatureError):
        read(jws_of(receipt(POSTEN), stranger, x5c=trusted))


def test_a_certificate_that_has_expired_is_refused(
    read: Read, eboks_identity: Identity, moment: datetime
) -> None:
    with pytest.raises(CertificateError) as caught:
        read(jws_of(receipt(EBOKS), eboks_identity), at=moment + timedelta(days=5000))

    assert caught.value.problem is CertificateProblem.EXPIRED


# The header's idea of an algorithm.


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS512", "PS256", "ES256", ""])
def test_another_algorithm_than_rs256_is_refused(
    read: Read, eboks_identity: Identity, alg: str
) -> None:
    with pytest.raises(SignatureError):
        read(jws_of(receipt(EBOKS), eboks_identity, alg=alg))


def test_a_token_without_signature_is_refused(read: Read, eboks_identity: Identity) -> None:
    for alg in ("none", "RS256"):
        unsigned = jws_of(receipt(EBOKS), eboks_identity, alg=alg).rpartition(".")[0] + "."
        with pytest.raises(SignatureError):
            read(unsigned)


def test_the_public_key_is_not_taken_for_a_shared_secret(
    read: Read, eboks_identity: Identity
) -> None:
    signed = jws_of(receipt(EBOKS), eboks_identity, alg="HS256").rpartition(".")[0]
    key = eboks_identity.certificate.public_key()
    secrets = [
        key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        eboks_identity.certificate.public_bytes(Encoding.PEM),
    ]
    for secret in secrets:
        with pytest.raises(SignatureError):
            read(f"{signed}.{base64url(hmac.digest(secret, signed.encode(), 'sha256'))}")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_with_one_letter_changed_is_refused(
    read: Read, eboks_identity: Identity, part: int
) -> None:
    parts = jws_of(receipt(EBOKS), eboks_identity).split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]

    with pytest.raises((SignatureError, CertificateError, UnreadableAnswerError)):
        read(".".join(parts))


# What is signed and is yet no receipt.


def altered(path: str, value: Any, kind: str = "leveringskvittering") -> dict[str, Any]:
    message = receipt(EBOKS, kind)
    place: Any = message["standardBusinessDocument"]
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in steps:
        place = place[step]
    place[last] = value
    return message


HEADER = "standardBusinessDocumentHeader"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{HEADER}/headerVersion", "2.0"),
        (f"{HEADER}/sender", []),
        (f"{HEADER}/sender", "0192:922020175"),
        (f"{HEADER}/sender/0/identifier/value", "9908:922020175"),
        (f"{HEADER}/sender/0/identifier/value", "0192:92202017"),
        (f"{HEADER}/sender/0/identifier/value", None),
        (f"{HEADER}/documentIdentification", None),
        (f"{HEADER}/documentIdentification/standard", "urn:another"),
        (f"{HEADER}/documentIdentification/standard", names.standard("feil")),
        (f"{HEADER}/documentIdentification/standard", names.standard("leveringskvittering") + "##"),
        (f"{HEADER}/documentIdentification/type", "feil"),
        (f"{HEADER}/documentIdentification/typeVersion", "1.1"),
        (f"{HEADER}/documentIdentification/instanceIdentifier", "../read"),
        (f"{HEADER}/documentIdentification/instanceIdentifier", ""),
        (f"{HEADER}/documentIdentification/instanceIdentifier", 7),
        (f"{HEADER}/businessScope", {}),
        (f"{HEADER}/businessScope/scope", []),
        (f"{HEADER}/businessScope/scope/0/type", "Another"),
        (f"{HEADER}/businessScope/scope/0/instanceIdentifier", " "),
        (f"{HEADER}/businessScope/scope/0/instanceIdentifier", "\x00"),
        ("leveringskvittering/tidspunkt", "2026-11-23T10:00:00"),
        ("leveringskvittering/tidspunkt", "2026-13-23T10:00:00Z"),
        ("leveringskvittering/tidspunkt", "2026-11-23T10:00:00+15:00"),
        ("leveringskvittering/tidspunkt", 1700000000),
        ("leveringskvittering", "ja"),
        ("aapningskvittering", {}),
    ],
)
def test_a_receipt_with_an_unreadable_value_is_refused(
    read: Read, eboks_identity: Identity, path: str, value: Any
) -> None:
    with pytest.raises(UnreadableAnswerError):
        read(jws_of(altered(path, value), eboks_identity))


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("feil", "feiltype", "NETT"),
        ("feil", "feiltype", None),
        ("feil", "detaljer", ["a"]),
        ("varslingfeiletkvittering", "varslingskanal", "brevdue"),
        ("varslingfeiletkvittering", "beskrivelse", 7),
    ],
)
def test_a_value_that_only_one_kind_has_is_held_to_its_rule(
    read: Read, eboks_identity: Identity, kind: str, name: str, value: Any
) -> None:
    with pytest.raises(UnreadableAnswerError):
        read(jws_of(altered(f"{kind}/{name}", value, kind), eboks_identity))


@pytest.mark.parametrize("kind", ["flyttet", "digital", "utskrift", "ukjent"])
def test_a_message_of_another_kind_is_no_receipt(
    read: Read, eboks_identity: Identity, kind: str
) -> None:
    with pytest.raises(UnreadableAnswerError, match="not one of the six receipts"):
        read(jws_of(receipt(EBOKS, kind), eboks_identity))


def test_a_receipt_of_two_conversations_is_refused(read: Read, eboks_identity: Identity) -> None:
    message = receipt(EBOKS)
    scopes = message["standardBusinessDocument"][HEADER]["businessScope"]["scope"]
    scopes.append(scopes[0])

    with pytest.raises(UnreadableAnswerError, match="one conversation"):
        read(jws_of(message, eboks_identity))


@pytest.mark.parametrize(
    "payload",
    [b"", b"no", b"[]", b'"a"', b"\xff", b"[" * 100_000, b"{}", b'{"standardBusinessDocument": 1}'],
)
def test_a_payload_that_is_no_message_is_refused(
    read: Read, eboks_identity: Identity, payload: bytes
) -> None:
    with pytest.raises(UnreadableAnswerError):
        read(jws_of(payload, eboks_identity))


def test_a_name_that_stands_twice_is_refused(read: Read, eboks_identity: Identity) -> None:
    written = json.dumps(receipt(EBOKS))
    twice = written.replace('{"standardBusinessDocument"', '{"a": 1, "a": 2, "b"', 1)
    doubled = written.replace('"tidspunkt"', '"tidspunkt": "2020-01-01T00:00:00Z", "tidspunkt"', 1)

    for forged in (twice, doubled):
        with pytest.raises(UnreadableAnswerError):
            read(jws_of(forged.encode(), eboks_identity))


def test_a_receipt_to_another_organisation_is_refused(read: Read, eboks_identity: Identity) -> None:
    message = receipt(EBOKS)
    receiver = _header_of(message)["receiver"][0]["identifier"]
    receiver["value"] = f"0192:{EBOKS}"

    with pytest.raises(UnreadableAnswerError, match="to another organisation"):
        read(jws_of(message, eboks_identity))


@pytest.mark.parametrize("kind", ["digital", "utskrift", "flyttet", "annet"])
def test_a_receipt_is_of_a_process_that_is_known(
    read: Read, eboks_identity: Identity, kind: str
) -> None:
    message = receipt(EBOKS)
    (scope,) = _header_of(message)["businessScope"]["scope"]
    scope["identifier"] = scope["identifier"].replace(":digital:", f":{kind}:")
    token = jws_of(message, eboks_identity)

    if kind == "annet":
        with pytest.raises(UnreadableAnswerError, match="process that is not known"):
            read(token)
    else:
        assert read(token).avsender == EBOKS


def test_a_receipt_of_an_unknown_letter_is_signed_by_one_of_the_senders(
    read: Read, eboks_identity: Identity
) -> None:
    token = jws_of(receipt(EBOKS), eboks_identity)

    assert read(token, senders=[EBOKS]).avsender == EBOKS
    assert read(token, senders=[POSTEN], suppliers={POSTEN: [EBOKS]}).avsender == EBOKS
    with pytest.raises(CertificateError, match="not remembered here"):
        read(token, senders=[POSTEN])


def _header_of(message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = message["standardBusinessDocument"]["standardBusinessDocumentHeader"]
    return found
