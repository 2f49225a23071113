"""Values, results and errors cross to another process whole, or say at once that they cannot."""

from __future__ import annotations

import inspect
import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr

from sdp import errors
from sdp.dokumentpakke import AapnetPakke
from sdp.dokumentpakke.spool import Spool
from sdp.domain import Dokument
from sdp.domain.dokumentpakke import StreamKilde
from sdp.errors import CertificateProblem, Problem, SdpError, UnknownOutcomeError
from sdp.pki import Identity
from sdp.wire import PendingMessage
from tests.unit.test_privacy import Private, _fields, objects, private

_REASONS = {
    "ClientConfig": "name a password_file",  # one with a password in it
    "AapnetPakke": "another process",  # one that reads from a file of the caller's
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


def test_a_stream_whose_function_cannot_be_found_elsewhere_is_refused_with_the_remedy() -> None:
    brev = Dokument.from_stream(lambda: io.BytesIO(b"%PDF-"), filnavn="brev.pdf")

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
