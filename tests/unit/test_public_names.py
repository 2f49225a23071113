"""What a caller may rely on is pinned: a change here is a change of the public interface."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sdp

NAMES = """
ALLOWED_MIME_TYPES
AapnetPakke
Aapningskvittering
Arrangement
Arrangementsinfo
Arrangementslenke
AsyncClient
Avsender
Brev
Brevresultat
CertificateError
CertificateProblem
Client
ClientConfig
ConfigurationError
Decryptor
Digital
DigitalForsendelse
DigitalPost
DigitalPostkasse
DocumentError
Dokument
Dokumentpakke
EbmsError
Endringer
Environment
EpostVarsel
Fault
Feil
Feiltype
Fil
Forsendelse
Forsendelsesstatus
FysiskForsendelse
FysiskPost
Grunn
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
Kvittering
Kvitteringsreferanse
Lenke
Leveringskvittering
Manifest
ManifestDokument
MissingKeyError
Moeteplass
Mottaker
Mottakskvittering
NorskAdresse
NotSentError
Oppslag
OppslagFeil
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
Print
Printinstruksjon
Printsertifikat
Prioritet
Problem
ProblemError
Profile
RefusedError
Retry
Retur
Returpostkvittering
Revocation
Rute
SdpError
SendResultat
SetAside
SignatureError
Signer
Sikkerhetsnivaa
SmsVarsel
SoapFaultError
Status
Statuskode
Strekkode
Strekkodetype
TekniskMottaker
Tidsrom
TokenError
TrustStore
UnauthorizedError
UnknownOutcomeError
Unreachable
UnreachableError
UnreadableAnswerError
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
open_pakke
organisasjonsnummer
pack
pack_to
read_asice
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
        if callable(getattr(sdp, name)) and not getattr(sdp, name).__doc__
    ]
    assert not undocumented
