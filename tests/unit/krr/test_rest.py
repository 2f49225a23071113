"""The register is asked as its interface wants it, and only its own answers are believed."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from stdnum.no import fodselsnummer

from sdp.errors import (
    CertificateError,
    InvalidInputError,
    NotSentError,
    ProblemError,
    SdpError,
    SignatureError,
    UnauthorizedError,
    UnreadableAnswerError,
)
from sdp.krr import KrrSettings, OppslagFeil, Person
from sdp.krr.rest.wire import KrrRest
from sdp.maskinporten import Maskinporten, MaskinportenSettings
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.ca import Issued, TestCA
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse
from tests.conftest import PRINTER
from tests.driver import FakeDriver
from tests.unit.krr.answers import as_json, asked, body
from tests.unit.krr.strategies import PEOPLE

ROOT = "https://test.kontaktregisteret.no/rest/"
ISSUER = "https://test.maskinporten.no/"
DIFI = "991825827"

Answer: TypeAlias = Callable[[HttpRequest], HttpResponse]


class Register:
    """The register and Maskinporten, driven by hand, and ourselves in front of them."""

    def __init__(
        self,
        identity: Identity,
        trust: TrustStore,
        moment: datetime,
        answer: Answer,
        *,
        root: str = ROOT,
        **settings: Any,
    ) -> None:
        self._answer = answer
        self.tokens = 0
        self.hand = FakeDriver(self._answered, moment=moment)
        self.krr = KrrRest(
            KrrSettings(root, **settings),
            maskinporten=Maskinporten(
                MaskinportenSettings(ISSUER, "klient"), signer=identity, clock=self.hand.clock
            ),
            trust=trust,
            clock=self.hand.clock,
        )

    @property
    def requests(self) -> list[HttpRequest]:
        """What was asked of the register itself."""
        return [request for request in self.hand.requests if request.url.startswith(ROOT)]

    def grants(self) -> list[dict[str, Any]]:
        """What was asked of Maskinporten."""
        asked_for = [each for each in self.hand.requests if each.url == f"{ISSUER}token"]
        forms = [parse_qs(body(request).decode()) for request in asked_for]
        return [
            jwt.decode(form["assertion"][0], options={"verify_signature": False}) for form in forms
        ]

    def lookup(self, *numbers: str) -> tuple[Person | OppslagFeil, ...]:
        return self.hand.run(self.krr.lookup(numbers))

    def _answered(self, request: HttpRequest) -> HttpResponse:
        if request.url.startswith(ROOT):
            return self._answer(request)
        if request.method == "GET":
            return as_json({"issuer": ISSUER, "token_endpoint": f"{ISSUER}token"})
        self.tokens += 1
        return as_json(
            {"access_token": f"token{self.tokens}", "token_type": "Bearer", "expires_in": 120}
        )


@pytest.fixture
def register(
    avsender_identity: Identity, trust: TrustStore, moment: datetime
) -> Callable[..., Register]:
    def build(answer: Answer, **settings: Any) -> Register:
        return Register(avsender_identity, trust, moment, answer, **settings)

    return build


@pytest.fixture(scope="module")
def difi(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(DIFI, "Kontaktregisteret", moment=moment)


def item(number: str) -> dict[str, str]:
    return {"personidentifikator": number, "status": "AKTIV", "reservasjon": "NEI"}


def everybody(request: HttpRequest) -> HttpResponse:
    """Answer about everybody, the last first."""
    return as_json({"personer": [item(number) for number in reversed(asked(request))]})


def always(response: HttpResponse) -> Answer:
    return lambda request: response


def in_turn(*answers: HttpResponse | Answer) -> Answer:
    left = iter(answers)

    def answer(request: HttpRequest) -> HttpResponse:
        found = next(left)
        return found if isinstance(found, HttpResponse) else found(request)

    return answer


def test_people_are_asked_about_in_one_post_with_the_token_of_maskinporten(
    register: Callable[..., Register],
) -> None:
    side = register(everybody)

    answers = side.lookup(*PEOPLE[:3])

    (request,) = side.requests
    assert (request.method, request.url) == ("POST", f"{ROOT}v2/personer")
    assert json.loads(body(request)) == {"personidentifikatorer": list(PEOPLE[:3])}
    assert request.headers["Authorization"] == "Bearer token1"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept"] == "application/json"
    assert [answer.personidentifikator for answer in answers] == list(PEOPLE[:3])
    assert all(isinstance(answer, Person) for answer in answers)


def test_the_token_is_for_contact_information_and_digital_post(
    register: Callable[..., Register],
) -> None:
    side = register(everybody)

    side.lookup(PEOPLE[0])

    (claims,) = side.grants()
    assert claims["scope"] == "krr:global/kontaktinformasjon.read krr:global/digitalpost.read"
    assert "consumer_org" not in claims


def test_on_behalf_of_another_the_token_is_for_what_altinn_lets_one_delegate(
    register: Callable[..., Register],
) -> None:
    side = register(everybody, consumer_org="974761076")

    side.lookup(PEOPLE[0])

    (claims,) = side.grants()
    assert claims["scope"] == "krr:global/kontaktinfo.read krr:global/postkasse.read"
    assert claims["consumer_org"] == "974761076"


@pytest.mark.parametrize("consumer_org", [None, "974761076"])
def test_the_scopes_are_a_setting(
    consumer_org: str | None, register: Callable[..., Register]
) -> None:
    side = register(everybody, consumer_org=consumer_org, scopes=("krr:a", "krr:b"))

    side.lookup(PEOPLE[0])

    (claims,) = side.grants()
    assert claims["scope"] == "krr:a krr:b"
    assert claims.get("consumer_org") == consumer_org


def half(request: HttpRequest) -> HttpResponse:
    """Answer with what the scope of the token reaches: the first half, then the other."""
    contact = request.headers["Authorization"] == "Bearer token1"
    entries = []
    for number in asked(request):
        entry: dict[str, Any] = item(number)
        if contact:
            entry |= {
                "varslingsstatus": "KAN_VARSLES",
                "kontaktinformasjon": {"epostadresse": "a@b.no"},
            }
        else:
            entry["digital_post"] = {
                "postkasseadresse": "a#1",
                "postkasseleverandoeradresse": PRINTER,
            }
        entries.append(entry)
    return as_json({"personer": entries})


def test_with_one_scope_in_each_token_the_answers_are_put_together(
    register: Callable[..., Register],
) -> None:
    side = register(half, one_scope_per_token=True)

    people = side.lookup(*PEOPLE[:3])

    assert [claims["scope"] for claims in side.grants()] == [
        "krr:global/kontaktinformasjon.read",
        "krr:global/digitalpost.read",
    ]
    for person in people:
        assert isinstance(person, Person)
        assert person.kan_varsles
        assert person.epost is not None
        assert person.digital_post is not None


def test_half_an_answer_is_no_answer(register: Callable[..., Register]) -> None:
    def without_the_first(request: HttpRequest) -> HttpResponse:
        people = asked(request)
        if request.headers["Authorization"] == "Bearer token2":
            del people[0]
        return as_json({"personer": [item(number) for number in people]})

    side = register(without_the_first, one_scope_per_token=True)

    first, second = side.lookup(*PEOPLE[:2])

    assert isinstance(first, OppslagFeil)
    assert isinstance(second, Person)


def test_answers_that_contradict_each_other_are_none(register: Callable[..., Register]) -> None:
    def opted_out_meanwhile(request: HttpRequest) -> HttpResponse:
        again = request.headers["Authorization"] == "Bearer token2"
        said = {"reservasjon": "JA" if again else "NEI"}
        return as_json({"personer": [item(number) | said for number in asked(request)]})

    (found,) = register(opted_out_meanwhile, one_scope_per_token=True).lookup(PEOPLE[0])

    assert isinstance(found, OppslagFeil)


@pytest.mark.parametrize("root", [ROOT, ROOT.rstrip("/")])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_version_of_the_interface_is_configured(
    root: str, version: str, register: Callable[..., Register]
) -> None:
    side = register(everybody, root=root, version=version)

    side.lookup(PEOPLE[0])

    assert side.requests[0].url == f"{ROOT}{version}/personer"


def test_more_than_a_thousand_people_are_asked_about_in_blocks(
    register: Callable[..., Register],
) -> None:
    side = register(everybody)
    numbers = _valid(1001)

    answers = side.lookup(*numbers, numbers[0])

    assert [len(asked(request)) for request in side.requests] == [1000, 1]
    assert [answer.personidentifikator for answer in answers] == [*numbers, numbers[0]]
    assert side.tokens == 1


def test_wrong_numbers_are_refused_before_anything_goes_out(
    register: Callable[..., Register],
) -> None:
    side = register(everybody)

    with pytest.raises(InvalidInputError, match=r"personer\[1\]"):
        side.krr.lookup([PEOPLE[0], "00000000000"])

    assert side.hand.requests == []


def test_a_person_the_register_leaves_out_is_answered_for(
    register: Callable[..., Register],
) -> None:
    side = register(always(as_json({"personer": [item(PEOPLE[1])]})))

    left_out, found = side.lookup(*PEOPLE[:2])

    assert isinstance(left_out, OppslagFeil)
    assert isinstance(found, Person)


def test_a_token_that_is_not_accepted_is_renewed_once(register: Callable[..., Register]) -> None:
    side = register(in_turn(as_json({}, 401), everybody))

    side.lookup(PEOPLE[0])

    tokens = [request.headers["Authorization"] for request in side.requests]
    assert tokens == ["Bearer token1", "Bearer token2"]


def test_a_new_token_that_is_not_accepted_either_ends_it(
    register: Callable[..., Register],
) -> None:
    side = register(always(as_json({}, 401)))

    with pytest.raises(UnauthorizedError):
        side.lookup(PEOPLE[0])

    assert len(side.requests) == 2


def test_a_403_is_a_refusal_that_says_what_to_do(register: Callable[..., Register]) -> None:
    side = register(always(as_json({"title": "Forbidden", "detail": f"om {PEOPLE[0]}"}, 403)))

    with pytest.raises(ProblemError) as caught:
        side.lookup(PEOPLE[0])

    assert caught.value.status == 403
    assert "krr:global/kontaktinformasjon.read" in caught.value.remedy
    assert PEOPLE[0] not in str(caught.value)
    assert len(side.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_register_is_asked_again_after_the_time_it_says(
    status: int, register: Callable[..., Register]
) -> None:
    side = register(in_turn(as_json({}, status, retry_after="5"), everybody))

    (answer,) = side.lookup(PEOPLE[0])

    assert isinstance(answer, Person)
    assert side.hand.sleeps == [5.0]


def test_the_token_may_run_out_while_the_register_is_busy(
    register: Callable[..., Register],
) -> None:
    busy, stale = as_json({}, 503, retry_after="50"), as_json({}, 401)
    side = register(in_turn(busy, stale, everybody))

    (answer,) = side.lookup(PEOPLE[0])

    assert isinstance(answer, Person)


def test_a_lookup_is_repeated_when_the_connection_is_lost(
    register: Callable[..., Register],
) -> None:
    def lose(request: HttpRequest) -> HttpResponse:
        raise ConnectionLostError("reset")

    side = register(in_turn(lose, everybody))

    (answer,) = side.lookup(PEOPLE[0])

    assert isinstance(answer, Person)


def test_a_register_that_cannot_be_reached_is_told_as_it_is(
    register: Callable[..., Register],
) -> None:
    def unreachable(request: HttpRequest) -> HttpResponse:
        raise NotSentError("No connection.")

    with pytest.raises(NotSentError):
        register(unreachable).lookup(PEOPLE[0])


@pytest.mark.parametrize("content", [b"", b'{"personer": [{"pers', b"<html>", b"null"])
def test_a_cut_or_foreign_answer_is_unreadable(
    content: bytes, register: Callable[..., Register]
) -> None:
    side = register(always(HttpResponse(200, {"content-type": "application/json"}, content)))

    with pytest.raises(UnreadableAnswerError):
        side.lookup(PEOPLE[0])


def signed(issued: Issued, content: object) -> HttpResponse:
    """Sign an answer with PyJWT."""
    chain = [b64encode(each.public_bytes(Encoding.DER)).decode() for each in issued.chain]
    token = jwt.api_jws.encode(
        json.dumps(content).encode(),
        issued.key,
        algorithm="RS256",
        headers={"x5c": chain},
    )
    return HttpResponse(200, {"content-type": "application/jose"}, token.encode())


def test_a_signed_answer_is_asked_for_verified_and_read(
    register: Callable[..., Register], difi: Issued
) -> None:
    answer = signed(difi, {"personer": [item(PEOPLE[0])]})
    side = register(always(answer), signed_answers=True)

    (person,) = side.lookup(PEOPLE[0])

    assert side.requests[0].headers["Accept"] == "application/jose"
    assert isinstance(person, Person)


def test_an_answer_signed_by_somebody_else_is_not_believed(
    register: Callable[..., Register], ca: TestCA, moment: datetime
) -> None:
    other = ca.issue("974761076", "En annen", moment=moment)
    side = register(always(signed(other, {"personer": [item(PEOPLE[0])]})), signed_answers=True)

    with pytest.raises(CertificateError):
        side.lookup(PEOPLE[0])


def test_the_signer_of_answers_is_configured(
    register: Callable[..., Register], ca: TestCA, moment: datetime
) -> None:
    other = ca.issue("974761076", "En annen", moment=moment)
    side = register(
        always(signed(other, {"personer": [item(PEOPLE[0])]})),
        signed_answers=True,
        organisasjonsnummer="974761076",
    )

    (person,) = side.lookup(PEOPLE[0])

    assert isinstance(person, Person)


def test_a_changed_answer_is_not_believed(register: Callable[..., Register], difi: Issued) -> None:
    reserved = item(PEOPLE[0]) | {"reservasjon": "JA"}
    first = signed(difi, {"personer": [reserved]}).content.split(b".")
    second = signed(difi, {"personer": [item(PEOPLE[0])]}).content.split(b".")
    mixed = HttpResponse(200, {}, b".".join([first[0], second[1], first[2]]))
    side = register(always(mixed), signed_answers=True)

    with pytest.raises(SignatureError):
        side.lookup(PEOPLE[0])


def test_an_answer_without_a_signature_is_not_believed_where_one_was_asked_for(
    register: Callable[..., Register],
) -> None:
    side = register(everybody, signed_answers=True)

    with pytest.raises(SdpError):
        side.lookup(PEOPLE[0])


def printer(identity: Identity) -> HttpResponse:
    pem = identity.certificate.public_bytes(Encoding.PEM).decode()
    return as_json({"postkasseleverandoerAdresse": PRINTER, "x509Sertifikat": pem})


def test_the_printer_is_asked_for_without_a_token(
    register: Callable[..., Register], printer_identity: Identity
) -> None:
    side = register(always(printer(printer_identity)))

    found = side.hand.run(side.krr.print_certificate())

    (request,) = side.hand.requests
    assert (request.method, request.url) == ("GET", f"{ROOT}v2/printSertifikat")
    assert "Authorization" not in request.headers
    assert (found.leverandoer, found.sertifikat) == (PRINTER, printer_identity.certificate)


def test_the_printer_is_asked_for_again_after_five_minutes(
    register: Callable[..., Register], printer_identity: Identity
) -> None:
    side = register(always(printer(printer_identity)))

    for pause, questions in [(0, 1), (299, 1), (1, 2), (-10, 3)]:
        side.hand.moment += timedelta(seconds=pause)
        side.hand.run(side.krr.print_certificate())
        assert len(side.requests) == questions


def test_a_refusal_to_tell_the_printer_is_told_and_not_kept(
    register: Callable[..., Register], printer_identity: Identity
) -> None:
    side = register(in_turn(as_json({}, 401), printer(printer_identity)))

    with pytest.raises(ProblemError):
        side.hand.run(side.krr.print_certificate())

    assert side.hand.run(side.krr.print_certificate()).leverandoer == PRINTER


def _valid(count: int) -> list[str]:
    """Numbers of so many different people, whose control digits hold."""
    stems = (f"0181{year:02}{serial:03}" for year in range(40, 99) for serial in range(500))
    with_digits = (stem + fodselsnummer.calc_check_digit1(stem) for stem in stems)
    whole = (number + fodselsnummer.calc_check_digit2(number) for number in with_digits)
    return list(islice((number for number in whole if len(number) == 11), count))
