"""Who may sign which receipts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.errors import CertificateError, CertificateProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True, slots=True)
class Signers:
    """The rules for whose signature counts.

    Attributes:
        senders: whose receipts count where it is not known to whom the letter was sent.
        suppliers: for an organisation, who else may sign in its place.
        sent: tells for a konversasjons_id the organisations its letters were sent to; none where
            that is not known.
    """

    senders: Collection[str]
    suppliers: Mapping[str, Collection[str]]
    sent: Callable[[str], Collection[str]]

    def check(self, signer: str, sender: str, konversasjons_id: str) -> None:
        """Refuse a signature that does not count.

        Args:
            signer: the organisation in the certificate that has signed.
            sender: the organisation that the receipt says it is from.
            konversasjons_id: the conversation it belongs to.

        Raises:
            CertificateError: with `CertificateProblem.ORGANISATION`.
        """
        if not self._may_sign(signer, sender):
            raise _refused(signer, f"says it is from organisation {sender}")
        mottakere = self.sent(konversasjons_id)
        if not mottakere and not any(self._may_sign(signer, known) for known in self.senders):
            raise CertificateError(
                CertificateProblem.ORGANISATION,
                f"The receipt is about a letter that is not remembered here, and {signer} has"
                " signed it, which is not known as a mailbox or printer.",
                remedy=f"If it is one, name {signer} in dpi.receipt_senders. Better, give the "
                "client a `sent` that tells to whom each letter was sent.",
            )
        if mottakere and not any(self._may_sign(signer, mottaker) for mottaker in mottakere):
            listed = " and ".join(sorted(mottakere))
            raise _refused(signer, f"is about a letter that was sent to organisation {listed}")

    def _may_sign(self, signer: str, organisation: str) -> bool:
        return signer == organisation or signer in self.suppliers.get(organisation, ())


def _refused(signer: str, relation: str) -> CertificateError:
    return CertificateError(
        CertificateProblem.ORGANISATION,
        f"The receipt {relation}, and {signer} has signed it.",
        remedy="If that organisation lets the other sign for it, say so in dpi.receipt_suppliers.",
    )
