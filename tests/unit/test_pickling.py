"""Values, results and errors cross to another process whole, or say at once that they cannot."""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
import io
import pickle
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel, SecretStr

import sdp
from sdp import errors
from sdp.config import ClientConfig, Environment
from sdp.dokumentpakke import AapnetPakke
from sdp.dokumentpakke.spool import Spool
from sdp.domain import Dokument
from sdp.domain.dokumentpakke import StreamKilde
from sdp.errors import CertificateProblem, Problem, SdpError, UnknownOutcomeError
from sdp.pki import Identity
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.wire import PendingMessage
from tests.fuzz.world import World
from tests.unit.test_privacy import Private, _fields, objects, private

_REASONS = {
    "ClientConfig": "name a password_file",  # one with a password in it
    "AapnetPakke": "another process",  # one that reads from a file of the caller's
}
_ENVIRONMENT = Environment(name="x", production=False, broker_url="https://a.example/")
_OF_ONE_PROCESS = {
    "Client": "open one in each process, from the same ClientConfig",
    "AsyncClient": "open one in each process, from the same ClientConfig",
    "Outbox": "open one in each process, with the same address",
    "AsyncOutbox": "open one in each process, with the same address",
    "Identity": "read it in each process",
    "Pkcs11Identity": "open it in each process",
}


def differences(one: Any, other: Any) -> Iterator[str]:
    """Name what has been lost or changed on the way."""
    if type(one) is not type(other):
        yield f"{type(one).__name__} became {type(other).__name__}"
    elif isinstance(one, BaseException):
        if (str(one), [*vars(one)]) != (str(other), [*vars(other)]):
            yield type(one).__name__
        yield from differences(tuple(vars(one).values()), tuple(vars(other).values()))
    elif isinstance(one, StreamKilde):
        if (one.open().read(), one.length) != (other.open().read(), other.length):
            yield "StreamKilde"
    elif isinstance(one, Spool):
        if b"".join(one.chunks()) != b"".join(other.chunks()):
            yield "Spool"
    elif isinstance(one, AapnetPakke):
        for fil in one.filer:
            if one.read(fil.filnavn) != other.read(fil.filnavn):
                yield fil.filnavn
        if (one.manifest, one.signer) != (other.manifest, other.signer):
            yield "AapnetPakke"
    elif isinstance(one, tuple):
        if len(one) != len(other):
            yield "tuple"
        for before, after in zip(one, other, strict=False):
            yield from differences(before, after)
    elif fields := _fields(one):
        for name, value in fields.items():
            yield from differences(value, getattr(other, name))
    elif one != other:
        yield f"{type(one).__name__}"


@settings(max_examples=2, deadline=None, suppress_health_check=[*HealthCheck])
@given(p=private())
def test_every_public_value_crosses_whole_or_is_refused_with_a_reason(
    postkasse_identity: Identity, p: Private
) -> None:
    made = list(objects(p, postkasse_identity.certificate, postkasse_identity))
    made += [
        UnknownOutcomeError("No answer came.", pending=value)
        for value in made
        if isinstance(value, PendingMessage)
    ]
    crossed: set[str] = set()
    reasons: dict[str, str] = {}
    for value in made:
        name = type(value).__name__
        try:
            carried = pickle.dumps(value)
        except (TypeError, SdpError) as refusal:
            reasons[name] = str(refusal)
        else:
            assert list(differences(value, pickle.loads(carried))) == [], name
            crossed.add(name)

    assert {"Brev", "DigitalForsendelse", "FysiskForsendelse", "Endringer", "DpiPending"} <= crossed
    assert {"Printsertifikat", "Brevresultat", "SetAside", "SendResultat", "Feil"} <= crossed
    assert {"PakketDokumentpakke", "AapnetPakke", "UnknownOutcomeError"} <= crossed
    assert set(reasons) == set(_REASONS)
    assert [name for name, said in reasons.items() if _REASONS[name] not in said] == []


@pytest.fixture(scope="module")
def world() -> World:
    return World.make()


@pytest.fixture
def of_one_process(avsender_identity: Identity, world: World, tmp_path: Path) -> dict[str, object]:
    """One of each public class that no other process can have."""
    config = ClientConfig(environment=_ENVIRONMENT)
    options: dict[str, Any] = {"signer": world.sender, "trust": world.ca.trust}
    outbox = sdp.Outbox.open(tmp_path / "post.db")
    outbox.close()
    on_token = Pkcs11Identity.__new__(Pkcs11Identity)
    return {
        "Client": sdp.Client(config, **options),
        "AsyncClient": sdp.AsyncClient(config, **options),
        "Outbox": outbox,
        "AsyncOutbox": sdp.AsyncOutbox(outbox),
        "Identity": avsender_identity,
        "Pkcs11Identity": on_token,
    }


@pytest.mark.parametrize("name", _OF_ONE_PROCESS)
def test_what_belongs_to_one_process_is_refused_with_the_remedy(
    of_one_process: dict[str, object], name: str
) -> None:
    value = of_one_process[name]
    for carried in (value, [value], getattr(value, "close", None) or value):
        with pytest.raises(TypeError, match=f"cannot pickle an? .*{_OF_ONE_PROCESS[name]}"):
            pickle.dumps(carried)


def test_a_check_of_revocation_crosses_unless_its_functions_cannot() -> None:
    carried = pickle.loads(pickle.dumps(sdp.Revocation(sdp.Policy.HARD)))
    assert isinstance(carried, sdp.Revocation)
    for options in ({"clock": lambda: datetime.now(UTC)}, {"fetch": lambda _: b""}):
        with pytest.raises(TypeError, match="give functions of a module"):
            pickle.dumps(sdp.Revocation(sdp.Policy.HARD, **_any(options)))


def test_a_trust_store_crosses_whole(world: World) -> None:
    carried = pickle.loads(pickle.dumps(world.ca.trust))

    assert carried.anchors == world.ca.trust.anchors


def test_every_public_class_is_one_or_the_other() -> None:
    tried = set(_OF_ONE_PROCESS) | {"TrustStore", "Revocation"}
    for name in sdp.__all__:
        kind = getattr(sdp, name)
        is_value = inspect.isclass(kind) and (
            dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel | Enum | BaseException)
        )
        is_made = inspect.isclass(kind) and not getattr(kind, "_is_protocol", False)
        assert is_value or name in tried or not is_made, f"{name} is not tried here"


def test_an_identity_is_its_own_copy(avsender_identity: Identity) -> None:
    assert copy.copy(avsender_identity) is avsender_identity
    assert copy.deepcopy([avsender_identity])[0] is avsender_identity


@pytest.mark.parametrize(
    "opener",
    [
        lambda: io.BytesIO(b"%PDF-"),
        functools.partial(lambda: io.BytesIO(b"%PDF-")),
        threading.Lock().acquire,
    ],
    ids=["a lambda", "a part of one", "a method of what stays here"],
)
def test_a_stream_that_cannot_be_opened_elsewhere_is_refused_with_the_remedy(opener: Any) -> None:
    brev = Dokument.from_stream(opener, filnavn="brev.pdf")

    with pytest.raises(TypeError, match="give a function of a module, a path or the bytes"):
        pickle.dumps(brev)


_ARGUMENTS: dict[str, Any] = {
    "problem": CertificateProblem.EXPIRED,
    "problems": [Problem("tittel", "must be text")],
    "status": 503,
    "pending": None,
    "size": 2,
    "limit": 1,
    "path": Path("brev.pdf"),
    "password": SecretStr("hysj"),
}


def _any(given: Any) -> Any:
    return given


def _example(kind: type[SdpError]) -> SdpError:
    """Make an error, with the arguments it cannot do without."""
    needed = [
        each
        for each in inspect.signature(kind).parameters.values()
        if each.default is each.empty and each.kind not in {each.VAR_KEYWORD, each.VAR_POSITIONAL}
    ]
    keyword = {each.name for each in needed if each.kind is each.KEYWORD_ONLY}
    given = {each.name: _ARGUMENTS.get(each.name, "noe") for each in needed}
    return kind(
        *(value for name, value in given.items() if name not in keyword),
        **{name: value for name, value in given.items() if name in keyword},
    )


@pytest.mark.parametrize(
    "kind",
    [
        found
        for _, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, SdpError)
    ],
)
def test_every_error_crosses_whole(kind: type[SdpError]) -> None:
    error = _example(kind)

    assert list(differences(error, pickle.loads(pickle.dumps(error)))) == []
