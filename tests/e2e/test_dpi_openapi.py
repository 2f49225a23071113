"""The access point holds to the official interface, whatever it is asked.

The questions are made up by Schemathesis, from the interface alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdp.testmiljo import Testmiljo
from tests.e2e.dpi_http import DpiHttp
from tests.reference import reference

if TYPE_CHECKING:
    from requests import Session
    from schemathesis.specs.openapi.schemas import OpenApiSchema

OPERATIONS = [
    ("POST", "/messages/out"),
    ("GET", "/messages/out/{id}/statuses"),
    ("GET", "/messages/in"),
    ("GET", "/messages/in/{id}"),
    ("POST", "/messages/in/{id}/read"),
]
MODES = ["POSITIVE", "NEGATIVE"]

every_operation = pytest.mark.parametrize(("method", "path"), OPERATIONS)


@pytest.fixture(scope="module")
def interface() -> OpenApiSchema:
    # Only here and below, since it takes long to load and every process of a run reads this file.
    schemathesis = pytest.importorskip("schemathesis")
    path = reference("schemas/dpi-openapi.yaml")
    found: OpenApiSchema = schemathesis.openapi.from_path(path)
    return found


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as miljo:
        miljo.maskinporten.lifetime = 3600
        yield miljo


@pytest.fixture(scope="module")
def dpi(miljo: Testmiljo) -> Iterator[DpiHttp]:
    with DpiHttp(miljo) as dpi:
        for _ in range(3):
            dpi.send()
        yield dpi


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    requests = pytest.importorskip("requests")
    with requests.Session() as session:
        session.trust_env = False
        yield session


class Asker:
    """Asks one operation, and checks that the answer is one the interface knows."""

    def __init__(self, operation: Any, dpi: DpiHttp, session: Session) -> None:
        self.operation = operation
        self._miljo = dpi.miljo
        self._session = session

    def ask(self, case: Any, token: str | None) -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = case.call(
            base_url=self._miljo.dpi_url,
            session=self._session,
            headers=headers,
            verify=str(self._miljo.environment().tls_ca),
        )
        check(case, answer)
        return answer


def check(case: Any, answer: Any) -> None:
    """Hold an answer to the interface."""
    if case.path.endswith("/statuses") and answer.status_code == 204:
        # The interface has no 204 here; Digdir's own mock answers so to an id it does not know.
        assert not answer.content
        return
    import schemathesis
    from schemathesis.specs.openapi import checks

    case.validate_response(
        answer,
        checks=[
            schemathesis.checks.not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_headers_conformance,
            checks.response_schema_conformance,
        ],
    )


@pytest.fixture
def asker(
    interface: OpenApiSchema, method: str, path: str, dpi: DpiHttp, session: Session
) -> Asker:
    return Asker(interface[path][method], dpi, session)


def test_every_operation_of_the_interface_is_asked(interface: OpenApiSchema) -> None:
    found = [
        (method.upper(), path) for path, operations in interface.items() for method in operations
    ]
    assert found == OPERATIONS


@every_operation
@pytest.mark.parametrize("mode", MODES)
def test_no_question_is_answered_in_a_way_the_interface_does_not_know(
    asker: Asker, dpi: DpiHttp, mode: str
) -> None:
    import schemathesis

    token = dpi.token()
    cases = asker.operation.as_strategy(schemathesis.GenerationMode[mode])

    @given(st.data())
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(data: st.DataObject) -> None:
        asker.ask(data.draw(cases), token)

    ask()


@every_operation
def test_a_question_without_a_good_token_is_answered_as_the_interface_says(
    asker: Asker, dpi: DpiHttp
) -> None:
    krr = "krr:global/kontaktinformasjon.read"
    for token, status in ((None, 401), ("a.b.c", 401), (dpi.token(scope=krr), 403)):
        case = asker.operation.Case(path_parameters={"id": "not-an-id"})
        assert asker.ask(case, token).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/messages/out/{id}/statuses", 200),
        ("GET", "/messages/in", 200),
        ("GET", "/messages/in/{id}", 404),
        ("POST", "/messages/in/{id}/read", 200),
        ("POST", "/messages/in/{id}/read", 404),
    ],
)
def test_what_is_there_is_told_as_the_interface_says(
    asker: Asker, dpi: DpiHttp, path: str, status: int
) -> None:
    if path.startswith("/messages/out"):
        known = dpi.miljo.letters[0].meldings_id
    else:
        known = dpi.miljo.aksesspunkt.waiting_receipts[0].message_id
    case = asker.operation.Case(path_parameters={"id": known})
    if status == 404 and path.endswith("read"):
        asker.ask(case, dpi.token())
    answer = asker.ask(case, dpi.token())
    assert answer.status_code == status
    assert answer.content or path.endswith("read")


def test_a_good_letter_is_answered_as_the_interface_says(
    interface: OpenApiSchema, dpi: DpiHttp
) -> None:
    # No letter that is made up from the interface alone is good: it is encrypted and signed.
    answer = dpi.send()

    assert answer.status_code == 201
    # The letter was streamed, so what was asked is no longer there to be looked at.
    answer.request = httpx.Request("POST", answer.url)
    check(interface["/messages/out"]["POST"].Case(), answer)
