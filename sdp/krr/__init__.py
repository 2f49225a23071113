"""The contact and reservation register, and the routing of letters by it."""

from sdp.krr.person import (
    DigitalPostkasse,
    Kontaktadresse,
    Oppslag,
    OppslagFeil,
    Person,
    Printsertifikat,
    Status,
)
from sdp.krr.register import CachedRegister, Kontaktregister
from sdp.krr.rest.wire import KrrSettings
from sdp.krr.routing import CertificateCheck, route
from sdp.krr.rute import Digital, Grunn, Print, Rute, Unreachable

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
