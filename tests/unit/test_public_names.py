"""What a caller may rely on is pinned: a change here is a change of the public interface."""

from __future__ import annotations

import sdp

NAMES = """
ALLOWED_MIME_TYPES
AapnetPakke
Aapningskvittering
Arrangement
Arrangementsinfo
Arrangementslenke
Avsender
CertificateError
CertificateProblem
Client
ClientConfig
ConfigurationError
Decryptor
DigitalForsendelse
DigitalPost
DocumentError
Dokument
Dokumentpakke
EbmsError
Environment
EpostVarsel
Fault
Feil
Feiltype
Fil
Forsendelse
FysiskForsendelse
FysiskPost
HttpStatusError
Identity
IdentityConfig
IdentityError
IdentityExpiredError
IdentityNotYetValidError
InvalidInputError
KeyMismatchError
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
PackageError
PackageTooLargeError
PakketDokumentpakke
PendingMessage
Postadresse
Posthaandtering
Posttype
Printinstruksjon
Prioritet
Problem
Profile
RefusedError
Retry
Retur
Returpostkvittering
SdpError
SendResultat
SetAside
SignatureError
Signer
Sikkerhetsnivaa
SmsVarsel
SoapFaultError
Strekkode
Strekkodetype
TekniskMottaker
Tidsrom
TrustStore
UnknownOutcomeError
UnreadableAnswerError
UnreadablePackageError
UnsupportedKeyError
UnsupportedKeystoreError
Usage
UtenlandskAdresse
Utskriftsfarge
VarslingFeiletKvittering
Varslingskanal
WireError
WrongPasswordError
__version__
open_pakke
organisasjonsnummer
pack
read_asice
"""


def test_the_public_names_are_these() -> None:
    assert sorted(sdp.__all__) == sorted(NAMES.split())


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
