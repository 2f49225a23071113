"""The test environment over HTTPS: what it serves and writes, and gets wrong on demand."""

from __future__ import annotations

import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lxml import etree

from sdp.config import ClientConfig
from sdp.pki import Usage
from sdp.testmiljo import (
    Delay,
    Ebms,
    LoseAnswer,
    RefuseWithEbms,
    RefuseWithSoapFault,
    RefuseWithStatus,
    SignWithStranger,
    Testmiljo,
    Traffic,
)
from sdp.testmiljo.environment import ANNEN_AVSENDER, AVSENDER, POSTKASSE, PRINTER
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.rejection import unauthenticated
from sdp.testmiljo.validators.signatures import certificate_in
from tests.unit.testmiljo.sender import Sender

ADDRESS = f"9908:{AVSENDER}/9908:{AVSENDER}"


@pytest.fixture(scope="module")
def shared() -> Iterator[Testmiljo]:
    with Testmiljo.start() as miljo:
        yield miljo


@pytest.fixture
def miljo(shared: Testmiljo) -> Iterator[Testmiljo]:
    shared.faults.clear()
    yield shared
    shared.faults.clear()


@pytest.fixture
def http(miljo: Testmiljo) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(miljo.environment().tls_ca))
    with httpx.Client(base_url=miljo.url, verify=context, trust_env=False) as client:
        yield client


def sender(miljo: Testmiljo) -> Sender:
    return Sender(AVSENDER, miljo.avsender, miljo.now())


def post_letter(http: httpx.Client, miljo: Testmiljo, package: bytes = b"x") -> httpx.Response:
    content_type, body = sender(miljo).letter(package=package, mottaker=POSTKASSE)
    return http.post(ADDRESS, content=body, headers={"Content-Type": content_type})


def pull(http: httpx.Client, miljo: Testmiljo) -> httpx.Response:
    content_type, body = sender(miljo).signal(sender(miljo).pull())
    return http.post("", content=body, headers={"Content-Type": content_type})


def error_code(answer: httpx.Response) -> str:
    (error,) = etree.fromstring(answer.content).iter(f"{{{names.EB}}}Error")
    return error.get("errorCode", "")


def test_a_letter_is_accepted_and_its_receipt_can_be_pulled(
    miljo: Testmiljo, http: httpx.Client
) -> None:
    assert post_letter(http, miljo).status_code == 200
    receipt = etree.fromstring(pull(http, miljo).content)
    assert receipt.findtext(".//sdp:feiltype", "", names.PREFIXES) == "KLIENT"
    assert receipt.findtext(".//sdp:detaljer", "", names.PREFIXES)


def test_a_package_of_fifty_megabytes_is_taken_in_a_few_seconds(
    miljo: Testmiljo, http: httpx.Client
) -> None:
    started = time.monotonic()
    assert post_letter(http, miljo, bytes(50_000_000)).status_code == 200
    assert time.monotonic() - started < 10


def test_only_the_two_addresses_of_the_broker_are_served(http: httpx.Client) -> None:
    assert http.get("").status_code == 405
    assert http.post(f"{ADDRESS}/more").status_code == 404
    assert http.post("").status_code == 400


def test_the_environment_cannot_be_reached_without_its_own_ca(miljo: Testmiljo) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.post(miljo.url, content=b"x", trust_env=False)


def test_refusals_on_demand(miljo: Testmiljo, http: httpx.Client) -> None:
    miljo.faults.add(RefuseWithEbms(Ebms.OTHER, "the disk is full"))
    miljo.faults.add(RefuseWithStatus(503))
    miljo.faults.add(RefuseWithSoapFault("Receiver", "gone fishing"))
    assert error_code(pull(http, miljo)) == "EBMS:0004"
    assert pull(http, miljo).status_code == 503
    fault = pull(http, miljo)
    assert fault.status_code == 500
    assert b"gone fishing" in fault.content
    assert b"Messaging" not in fault.content
    assert pull(http, miljo).status_code == 200


def test_a_fault_can_be_for_letters_alone(miljo: Testmiljo, http: httpx.Client) -> None:
    miljo.faults.add(RefuseWithStatus(500), on=Traffic.LETTER)
    assert pull(http, miljo).status_code == 200
    assert post_letter(http, miljo).status_code == 500


@pytest.mark.parametrize("accepted", [True, False])
def test_a_lost_answer_leaves_the_sender_in_doubt(
    miljo: Testmiljo, http: httpx.Client, accepted: bool
) -> None:
    content_type, body = sender(miljo).letter()
    headers = {"Content-Type": content_type}
    miljo.faults.add(LoseAnswer(accepted=accepted))
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(ADDRESS, content=body, headers=headers)
    again = http.post(ADDRESS, content=body, headers=headers)
    assert again.status_code == (500 if accepted else 200)


def test_a_late_answer(miljo: Testmiljo, http: httpx.Client) -> None:
    miljo.faults.add(Delay(0.3))
    started = time.monotonic()
    assert pull(http, miljo).status_code == 200
    assert time.monotonic() - started >= 0.3


def test_an_answer_signed_by_a_stranger(miljo: Testmiljo, http: httpx.Client) -> None:
    miljo.faults.add(SignWithStranger())
    token = etree.fromstring(pull(http, miljo).content).find(
        ".//wsse:BinarySecurityToken", names.PREFIXES
    )
    assert token is not None
    certificate = certificate_in(token, unauthenticated)
    assert certificate == miljo.stranger.certificate
    assert certificate.issuer != miljo.broker.actor.certificate.issuer


def test_any_receipt_can_be_put_in_a_queue(miljo: Testmiljo, http: httpx.Client) -> None:
    miljo.queue_receipt(b"<damaged/>", mpc="urn:prioritert")
    content_type, body = sender(miljo).signal(sender(miljo).pull("urn:prioritert"))
    answer = http.post("", content=body, headers={"Content-Type": content_type})
    assert b"<damaged/>" in answer.content


def test_the_configuration_that_is_written_is_whole_and_its_secrets_are_its_owners(
    miljo: Testmiljo, tmp_path: Path
) -> None:
    path = miljo.write_config(tmp_path / "new" / "folder")
    config = ClientConfig.from_toml(path, environ={})
    identity = config.load_identity(miljo.now())
    trust = config.load_trust()
    assert trust is not None
    assert identity.organisasjonsnummer == AVSENDER
    for mottaker in (miljo.innbygger().postkasse, miljo.printer_mottaker()):
        trust.validate(
            mottaker.sertifikat,
            moment=miljo.now(),
            usage=Usage.ENCRYPTION,
            organisasjonsnummer=mottaker.organisasjonsnummer,
        )
    secrets = [file for file in path.parent.iterdir() if file.name.startswith("avsender")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}
    assert len(secrets) == 2


def test_a_configuration_can_be_written_over_an_older_one(miljo: Testmiljo, tmp_path: Path) -> None:
    first = miljo.write_config(tmp_path)
    assert miljo.write_config(tmp_path) == first
    identity = ClientConfig.from_toml(first, environ={}).load_identity(miljo.now())
    assert identity.certificate == miljo.avsender.certificate


def test_citizens_are_synthetic_and_never_the_same(miljo: Testmiljo) -> None:
    first, second = miljo.innbygger(), miljo.innbygger()
    assert first.is_synthetic
    assert second.is_synthetic
    assert first.personidentifikator != second.personidentifikator
    assert miljo.innbygger("01815800083").personidentifikator == "01815800083"


def test_the_parties_are_different_organisations(miljo: Testmiljo) -> None:
    numbers = {AVSENDER, ANNEN_AVSENDER, POSTKASSE, PRINTER, miljo.broker.actor.organisasjonsnummer}
    assert len(numbers) == 5


def test_it_frees_its_port_and_files_when_it_is_closed() -> None:
    with Testmiljo.start() as miljo:
        tls_ca = miljo.environment().tls_ca
        port = httpx.URL(miljo.url).port
        assert port is not None
    assert tls_ca is not None
    assert not tls_ca.exists()
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_port_that_is_taken_is_told_of(miljo: Testmiljo) -> None:
    port = httpx.URL(miljo.url).port
    assert port is not None
    with pytest.raises(OSError, match="in use"):
        Testmiljo.start(port=port)


@pytest.mark.parametrize(
    "missing", ["asn1crypto", "httptools", "signxml", "starlette", "stdnum", "uvicorn", "xmlsec"]
)
def test_without_the_extra_the_import_error_says_what_to_install(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; import sdp.testmiljo"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert f"needs {missing}. Run: pip install 'sikker-digital-post[testmiljo]'" in run.stderr


def test_importing_the_library_alone_loads_nothing_of_the_test_environment() -> None:
    program = (
        "import sys, sdp; extra = {'xmlsec', 'uvicorn', 'starlette', 'asn1crypto'}; "
        "print(extra & set(sys.modules) or 'sdp.testmiljo' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "False"
