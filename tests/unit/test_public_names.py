from __future__ import annotations

import subprocess
import sys

import sdp

# A name that goes away from here breaks programs: that is a new major version, and a line in the
# changelog. A name that comes must be meant for callers.
PUBLIC = [
    "ALLOWED_MIME_TYPES",
    "AapnetPakke",
    "Aapningskvittering",
    "Arrangement",
    "Arrangementsinfo",
    "Arrangementslenke",
    "Avsender",
    "CertificateError",
    "CertificateProblem",
    "Client",
    "ClientConfig",
    "ConfigurationError",
    "Decryptor",
    "DigitalForsendelse",
    "DigitalPost",
    "DocumentError",
    "Dokument",
    "Dokumentpakke",
    "EbmsError",
    "Environment",
    "EpostVarsel",
    "Fault",
    "Feil",
    "Feiltype",
    "Fil",
    "Forsendelse",
    "FysiskForsendelse",
    "FysiskPost",
    "HttpStatusError",
    "Identity",
    "IdentityConfig",
    "IdentityError",
    "IdentityExpiredError",
    "IdentityNotYetValidError",
    "InvalidInputError",
    "KeyMismatchError",
    "Kvittering",
    "Kvitteringsreferanse",
    "Lenke",
    "Leveringskvittering",
    "Manifest",
    "ManifestDokument",
    "MissingKeyError",
    "Moeteplass",
    "Mottaker",
    "Mottakskvittering",
    "NorskAdresse",
    "NotSentError",
    "PackageError",
    "PackageTooLargeError",
    "PakketDokumentpakke",
    "PendingMessage",
    "Postadresse",
    "Posthaandtering",
    "Posttype",
    "Printinstruksjon",
    "Prioritet",
    "Problem",
    "Profile",
    "RefusedError",
    "Retry",
    "Retur",
    "Returpostkvittering",
    "SdpError",
    "SendResultat",
    "SetAside",
    "SignatureError",
    "Signer",
    "Sikkerhetsnivaa",
    "SmsVarsel",
    "SoapFaultError",
    "Strekkode",
    "Strekkodetype",
    "TekniskMottaker",
    "Tidsrom",
    "TrustStore",
    "UnknownOutcomeError",
    "UnreadableAnswerError",
    "UnreadablePackageError",
    "UnsupportedKeyError",
    "UnsupportedKeystoreError",
    "Usage",
    "UtenlandskAdresse",
    "Utskriftsfarge",
    "VarslingFeiletKvittering",
    "Varslingskanal",
    "WireError",
    "WrongPasswordError",
    "__version__",
    "open_pakke",
    "organisasjonsnummer",
    "pack",
    "read_asice",
]


def test_the_public_names_are_these_and_no_others() -> None:
    assert sorted(sdp.__all__) == sorted(PUBLIC)


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    named = {name: getattr(sdp, name) for name in sdp.__all__}

    assert [
        name for name, value in named.items() if isinstance(value, type) and not value.__doc__
    ] == []


def test_the_library_can_be_imported_without_any_of_its_extras() -> None:
    extras = ["asn1crypto", "click", "rich", "starlette", "uvicorn", "xmlsec"]
    program = f"import sys; sys.modules.update(dict.fromkeys({extras})); import sdp"

    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
