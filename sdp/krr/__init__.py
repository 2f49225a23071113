"""The contact and reservation register, and how a letter reaches a person."""

from sdp.krr.cache import CachedRegister
from sdp.krr.person import (
    DigitalPostkasse,
    Kontaktadresse,
    Oppslag,
    OppslagFeil,
    Person,
    Printsertifikat,
    Status,
)
from sdp.krr.register import Kontaktregister
from sdp.krr.routing import CertificateCheck, Digital, Grunn, Print, Rute, Unreachable, route
from sdp.krr.settings import KrrSettings

__all__ = [
    "CachedRegister",
    "CertificateCheck",
    "Digital",
    "DigitalPostkasse",
    "Grunn",
    "Kontaktadresse",
    "Kontaktregister",
    "KrrSettings",
    "Oppslag",
    "OppslagFeil",
    "Person",
    "Print",
    "Printsertifikat",
    "Rute",
    "Status",
    "Unreachable",
    "route",
]
