"""Sikker Digital Post for Python: letters out, verified receipts back.

A public name is imported from its home when it is first asked for, so `import sdp` alone costs
next to nothing. `__init__.pyi` tells type checkers the same.
"""

from __future__ import annotations

from importlib import import_module

from sdp._version import __version__

_HOMES = {
    "sdp.operations.brevresultat": ("Brevresultat",),
    "sdp.transport.request": (
        "HttpRequest",
        "HttpResponse",
    ),
    "sdp.async_client": ("AsyncClient",),
    "sdp.client": ("Client",),
    "sdp.config": (
        "ClientConfig",
        "DpiConfig",
        "EbmsConfig",
        "Environment",
        "IdentityConfig",
        "KrrConfig",
        "MaskinportenConfig",
    ),
    "sdp.dokumentpakke": (
        "AapnetPakke",
        "Fil",
        "Manifest",
        "ManifestDokument",
        "Pakkefakta",
        "PakketDokumentpakke",
        "Profile",
        "open_pakke",
        "pack",
        "pack_to",
        "read_asice",
    ),
    "sdp.domain": (
        "ALLOWED_MIME_TYPES",
        "Aapningskvittering",
        "Arrangement",
        "Arrangementsinfo",
        "Arrangementslenke",
        "Avsender",
        "Brev",
        "DigitalForsendelse",
        "DigitalPost",
        "Dokument",
        "Dokumentpakke",
        "EpostVarsel",
        "Feil",
        "Feiltype",
        "Formaal",
        "Forsendelse",
        "FysiskForsendelse",
        "FysiskPost",
        "Kvittering",
        "Kvitteringsreferanse",
        "Lenke",
        "Leveringskvittering",
        "LintFinding",
        "LintRule",
        "Moeteplass",
        "Mottaker",
        "Mottakskvittering",
        "NorskAdresse",
        "Postadresse",
        "Posthaandtering",
        "Posttype",
        "Printinstruksjon",
        "Prioritet",
        "Retur",
        "Returpostkvittering",
        "SendResultat",
        "Sikkerhetsnivaa",
        "SmsVarsel",
        "Spraaktekst",
        "Strekkode",
        "Strekkodetype",
        "TekniskMottaker",
        "Tidsrom",
        "UtenlandskAdresse",
        "Utskriftsfarge",
        "Varseltekster",
        "VarslingFeiletKvittering",
        "Varslingskanal",
        "lint",
        "sms_segments",
    ),
    "sdp.dpi": (
        "Forsendelsesstatus",
        "Statuskode",
    ),
    "sdp.errors": (
        "AlreadyReceivedError",
        "CertificateError",
        "CertificateProblem",
        "ConfigurationError",
        "DocumentError",
        "EbmsError",
        "Fault",
        "HttpStatusError",
        "IdentityError",
        "IdentityExpiredError",
        "IdentityNotYetValidError",
        "InvalidInputError",
        "KeyMismatchError",
        "KeyUnavailableError",
        "MissingKeyError",
        "NotSentError",
        "OutboxError",
        "OutboxSchemaError",
        "OutboxUnavailableError",
        "OwnCertificateError",
        "PackageError",
        "PackageTooLargeError",
        "PinLockedError",
        "Problem",
        "ProblemError",
        "RecipientUnreachableError",
        "RefusedError",
        "Retry",
        "SdpError",
        "SignatureError",
        "SoapFaultError",
        "TokenError",
        "UnauthorizedError",
        "UnknownOutcomeError",
        "UnreadableAnswerError",
        "UnreadablePackageError",
        "UnsupportedKeyError",
        "UnsupportedKeystoreError",
        "WireError",
        "WrongPasswordError",
    ),
    "sdp.krr": (
        "Digital",
        "DigitalPostkasse",
        "Grunn",
        "Kontaktadresse",
        "Oppslag",
        "OppslagFeil",
        "Person",
        "Print",
        "Printsertifikat",
        "Rute",
        "Status",
        "Unreachable",
    ),
    "sdp.krr.person": ("Endringer",),
    "sdp.outbox": (
        "AsyncOutbox",
        "Outbox",
        "OutboxSettings",
        "Tilstand",
    ),
    "sdp.pki": (
        "Decryptor",
        "Fetch",
        "FetchRequest",
        "Identity",
        "OaepHash",
        "Policy",
        "Revocation",
        "RevocationCheck",
        "RevocationLimits",
        "Signer",
        "TrustStore",
        "Usage",
        "organisasjonsnummer",
    ),
    "sdp.pki.keys.pkcs11": ("Pkcs11Identity",),
    "sdp.preflight": (
        "CheckReport",
        "DocumentCheck",
        "PriceStep",
        "check",
    ),
    "sdp.utskrift": ("Finding",),
    "sdp.wire": (
        "PendingMessage",
        "SetAside",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *_HOME_OF]  # noqa: PLE0604 - the names are text


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'sdp' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
