"""The organisation number in a certificate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cryptography.x509.oid import NameOID
from stdnum.no import orgnr

from sdp.errors import CertificateError, CertificateProblem

if TYPE_CHECKING:
    from cryptography import x509

# In the order they are looked for: SEID 2, Buypass before SEID 2, Commfides before SEID 2.
_FORMS = (
    (NameOID.ORGANIZATION_IDENTIFIER, re.compile(r"NTRNO-([0-9]{9})")),
    (NameOID.SERIAL_NUMBER, re.compile(r"([0-9]{9})")),
    (NameOID.COMMON_NAME, re.compile(r"([0-9]{9})(?![0-9]).*", re.DOTALL)),
)


def organisasjonsnummer(certificate: x509.Certificate) -> str:
    """Read the organisation number from the subject of a business certificate.

    Source: the three forms of virksomhetssertifikat; the number must pass its MOD-11 check. Where
    there is an organizationIdentifier, that alone decides.

    Raises:
        CertificateError: with `CertificateProblem.ORGANISATION`, if no form is there.
    """
    for attribute, form in _FORMS:
        named = certificate.subject.get_attributes_for_oid(attribute)
        for found in named:
            match = form.fullmatch(str(found.value))
            if match and orgnr.is_valid(match[1]):
                return match[1]
        if named and attribute == NameOID.ORGANIZATION_IDENTIFIER:
            break  # of another register, or another country's
    raise CertificateError(
        CertificateProblem.ORGANISATION,
        "The certificate names no organisation number: neither organizationIdentifier NTRNO-…, "
        "nor serialNumber, nor a common name that starts with nine digits.",
        remedy="Use a virksomhetssertifikat from Buypass or Commfides.",
    )
