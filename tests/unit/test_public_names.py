"""What a caller may rely on is pinned: a change here is a change of the public interface."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import sdp

NAMES = """
ALLOWED_MIME_TYPES
AapnetPakke
Aapningskvittering
AarligPeriode
AlreadyReceivedError
Arrangement
Arrangementsinfo
Arrangementslenke
AsyncClient
AsyncOutbox
AsyncTransport
Avsender
Bevis
Bevisadresse
Bevisattributt
Bevisholder
Bevisinfo
Bevisperiode
Brev
Brevresultat
CertificateError
CertificateProblem
CheckReport
Client
ClientConfig
ConfigurationError
ConnectionLostError
Decryptor
Digital
DigitalForsendelse
DigitalPost
DigitalPostkasse
DocumentCheck
DocumentError
Dokument
Dokumentpakke
DossierFinding
DossierReport
DossierVerdict
DpiConfig
EbmsConfig
EbmsError
Endringer
Environment
EpostVarsel
Fault
Feil
Feiltype
Fetch
FetchRequest
Fil
Finding
Formaal
Forsendelse
Forsendelsesstatus
FysiskForsendelse
FysiskPost
Grunn
HttpRequest
HttpResponse
HttpStatusError
Identity
IdentityConfig
IdentityError
IdentityExpiredError
IdentityNotYetValidError
InvalidInputError
KeyMismatchError
KeyUnavailableError
Kontaktadresse
KrrConfig
Kvittering
Kvitteringsreferanse
Lenke
Leveringskvittering
LintFinding
LintRule
Maanedstidspunkt
Manifest
ManifestDokument
MaskinportenConfig
MissingKeyError
Moeteplass
Mottaker
Mottakskvittering
NorskAdresse
NotSentError
OaepHash
Oppslag
OppslagFeil
Outbox
OutboxError
OutboxKeyError
OutboxSchemaError
OutboxSettings
OutboxUnavailableError
OwnCertificateError
PackageError
PackageTooLargeError
Pakkefakta
PakketDokumentpakke
PendingMessage
Person
PinLockedError
Pkcs11Identity
Policy
Postadresse
Posthaandtering
Posttype
PriceStep
Print
Printinstruksjon
Printsertifikat
Prioritet
Problem
ProblemError
Profile
RecipientUnreachableError
RefusedError
Retry
Retur
Returpostkvittering
Revocation
RevocationCheck
RevocationLimits
Rute
SdpError
SendResultat
SetAside
SignatureError
Signer
Sikkerhetsnivaa
SmsVarsel
SoapFaultError
Spraaktekst
Status
Statuskode
Strekkode
Strekkodetype
TekniskMottaker
Tidsrom
Tilstand
TokenError
Transport
TrustStore
UnauthorizedError
UnknownOutcomeError
Unreachable
UnreadableAnswerError
UnreadableLetterError
UnreadablePackageError
UnsupportedKeyError
UnsupportedKeystoreError
Usage
UtenlandskAdresse
Utskriftsfarge
Varseltekster
VarslingFeiletKvittering
Varslingskanal
WireError
WrongPasswordError
__version__
check
lint
open_pakke
organisasjonsnummer
pack
pack_to
read_asice
sms_segments
verify_dossier
"""


def test_the_public_names_are_these() -> None:
    assert sorted(sdp.__all__) == sorted(NAMES.split())


def test_type_checkers_are_told_the_same_names() -> None:
    stub = Path(sdp.__file__).with_suffix(".pyi")
    told = {
        f"{node.module}.{alias.name}"
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = {f"{home}.{name}" for name, home in vars(sdp)["_HOME_OF"].items()}
    assert told == homes | {"sdp._version.__version__"}


def test_the_list_of_names_for_type_checkers_is_that_of_the_module() -> None:
    stub = Path(sdp.__file__).with_suffix(".pyi")
    [listed] = [
        ast.literal_eval(node.value)
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
    ]
    assert sorted(listed) == sorted(sdp.__all__)


# What a caller is handed or passes on without naming its type.
_UNNAMED = {
    *("Body", "Dokumentvalg", "Forsendelsesvalg", "HttpSettings", "Package", "Pakkefil", "Pending"),
    *("Pin", "SecretValue", "Spool", "TokenKey", "ZipReader"),
    *("Avvik", "Database", "Historikk", "Innlegg", "Kampanje", "Lagt", "Mottatt", "Overslag"),
    *("Oppfolging", "Post", "PriceList", "Sender", "Slettet", "SlowRule"),
}


def test_what_a_public_signature_names_is_public() -> None:
    named = {word for each in _signatures() for word in re.findall(r"[A-Z]\w+", each)}
    ours = named & set(_defined())
    assert {"HttpRequest", "Signer", "Kvittering"} <= ours
    assert ours - set(sdp.__all__) == _UNNAMED


def _signatures() -> Iterator[str]:
    """Every annotation of the public functions, and of the public methods of public classes."""
    for name in sdp.__all__:
        found = getattr(sdp, name)
        members: list[Any] = [found] if inspect.isfunction(found) else []
        if inspect.isclass(found):
            members = [
                member.fget if isinstance(member, property) else getattr(member, "__func__", member)
                for key, member in inspect.getmembers(found)
                if key == "__init__" or not key.startswith("_")
            ]
        for member in members:
            if isinstance(member, FunctionType) and member.__module__.startswith("sdp."):
                yield from map(str, member.__annotations__.values())


def _defined() -> Iterator[str]:
    """Every class and every alias that the library itself defines."""
    root = Path(sdp.__file__).parent
    for file in root.rglob("*.py"):
        if not file.is_relative_to(root / "testmiljo"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                match node:
                    case ast.ClassDef(name=name):
                        yield name
                    case ast.Assign(targets=[ast.Name(id=name)]):
                        yield name
                    case ast.AnnAssign(target=ast.Name(id=name)):
                        yield name
                    case _:
                        pass


def test_importing_the_library_imports_nothing_heavy() -> None:
    check = (
        "import sys, sdp; sys.exit(any(m in sys.modules for m in ('lxml', 'pydantic', 'httpx')))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_a_name_that_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="Brevdue"):
        sdp.Brevdue  # type: ignore[attr-defined] # noqa: B018


def test_every_public_name_is_there() -> None:
    for name in sdp.__all__:
        assert getattr(sdp, name) is not None


def test_every_public_class_and_function_is_documented() -> None:
    undocumented = [
        name
        for name in sdp.__all__
        if isinstance(getattr(sdp, name), type | FunctionType) and not getattr(sdp, name).__doc__
    ]
    assert not undocumented
