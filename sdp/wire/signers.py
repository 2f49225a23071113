"""Decision on who may have signed a receipt, the same for both wires; closed when it does not know.

Whoever may sign a receipt can say that a letter was delivered, and the agency will believe it. A
trusted certificate is not enough: each of the thousands of organisations that has one could say so
of anybody's letter.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.errors import CertificateError, CertificateProblem
from sdp.gate import canonical_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

MAILBOX_PROVIDERS: Final = frozenset({"984661185", "922020175"})
"""Digipost (Posten Bring AS) and e-Boks."""

_MOST: Final = 100_000


class SentTo:
    """Conversations and the organisations their letters went to; the oldest are forgotten first.

    A conversation may hold several letters, say a digital one that failed and then a printed one.
    Safe to share between threads.

    Args:
        told: knows more: returns the organisation that the letter of a konversasjons_id was sent
            to, or None. It is asked with the canonical form of the id. A store of one's own
            remembers longer than this does.
        most: how many conversations are remembered.
    """

    def __init__(
        self, told: Callable[[str], str | None] | None = None, *, most: int = _MOST
    ) -> None:
        self._told = told
        self._most = most
        self._sent: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def note(self, konversasjons_id: str, organisasjonsnummer: str) -> None:
        """Remember a letter that is about to be sent.

        Raises:
            ValueError: konversasjons_id is not a UUID in its plain form.
        """
        key = canonical_uuid(konversasjons_id)
        with self._lock:
            known = self._sent.pop(key, frozenset())
            self._sent[key] = known | {organisasjonsnummer}
            if len(self._sent) > self._most:
                del self._sent[next(iter(self._sent))]

    def remembered(self, konversasjons_id: str) -> frozenset[str]:
        """Return to whom this process has sent letters of a conversation, and ask nobody.

        Raises:
            ValueError: konversasjons_id is not a UUID in its plain form.
        """
        with self._lock:
            return self._sent.get(canonical_uuid(konversasjons_id), frozenset())

    def find(self, konversasjons_id: str) -> frozenset[str]:
        """Return to whom the letters of a conversation were sent; nobody if that is not known.

        Raises:
            ValueError: konversasjons_id is not a UUID in its plain form.
        """
        key = canonical_uuid(konversasjons_id)
        known = self.remembered(key)
        told = None if self._told is None else self._told(key)
        return known if told is None else known | {told}


def _nobody(_konversasjons_id: str) -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Signers:
    """The rules for whose signature on a receipt counts.

    Attributes:
        senders: whose receipts count where it is not known to whom the letter was sent.
        suppliers: for an organisation, who else may sign in its place.
        sent: tells for a konversasjons_id the organisations its letters were sent to; none where
            that is not known.
        section: the section of the settings that the first two are read from.
        remembered: tells part of what `sent` tells, at no cost, and is asked first: `sent` may
            have to read a database.
    """

    senders: Collection[str]
    suppliers: Mapping[str, Collection[str]]
    sent: Callable[[str], Collection[str]]
    section: str
    remembered: Callable[[str], Collection[str]] = _nobody

    def check(self, signer: str, sender: str, konversasjons_id: str) -> None:
        """Refuse a signature that does not count.

        Args:
            signer: the organisation in the certificate that has signed, already validated.
            sender: the organisation that the receipt says it is from.
            konversasjons_id: the conversation it belongs to, in canonical form.

        Raises:
            CertificateError: with `CertificateProblem.ORGANISATION`.
        """
        # 1. It is signed by the organisation that it says it is from, or by one that may for that.
        if not self._may_sign(signer, sender):
            raise self._of_another(signer, f"says it is from organisation {sender}")
        # 2. Where the letter is remembered: by one of those that it was sent to.
        if self._may_sign_for_any(signer, self.remembered(konversasjons_id)):
            return
        mottakere = self.sent(konversasjons_id)
        if mottakere and not self._may_sign_for_any(signer, mottakere):
            listed = " and ".join(sorted(mottakere))
            raise self._of_another(signer, f"is about a letter sent to organisation {listed}")
        # 3. Where it is not: by a known mailbox or printer.
        if not mottakere and not self._may_sign_for_any(signer, self.senders):
            raise self._not_remembered(signer)

    def _may_sign_for_any(self, signer: str, organisations: Collection[str]) -> bool:
        return any(self._may_sign(signer, each) for each in organisations)

    def _may_sign(self, signer: str, organisation: str) -> bool:
        return signer == organisation or signer in self.suppliers.get(organisation, ())

    def _of_another(self, signer: str, relation: str) -> CertificateError:
        return CertificateError(
            CertificateProblem.ORGANISATION,
            f"The receipt {relation}, and {signer} has signed it.",
            remedy="If that organisation lets the other sign for it, say so in "
            f"{self.section}.receipt_suppliers.",
        )

    def _not_remembered(self, signer: str) -> CertificateError:
        return CertificateError(
            CertificateProblem.ORGANISATION,
            f"The receipt is about a letter that is not remembered here, and {signer} has signed "
            "it, which is not known as a mailbox or printer.",
            remedy=f"If it is one, name {signer} in {self.section}.receipt_senders. Better, give "
            "the client a `sent` that tells to whom each letter was sent.",
        )
