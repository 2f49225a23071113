"""Checks of the agency's own key and trust store. Nothing is sent but questions of revocation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography.x509.oid import NameOID

from sdp.pki import Policy
from sdp.pki.revocation.policy import revocation_flow
from sdp.verify.check import Check, Outcome, Whom, failed, ok, skipped, warning

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

    from sdp.verify.context import Context

_SOON: Final = timedelta(days=90)


def _identity(context: Context) -> Outcome:
    certificate = context.identity.certificate
    left = certificate.not_valid_after_utc - context.clock()
    found = (
        f"organisation {context.identity.organisasjonsnummer}, issued by"
        f" {_common_name(certificate.issuer)}, until {certificate.not_valid_after_utc:%Y-%m-%d}"
    )
    if left < _SOON:
        return warning(f"{found}, in {left.days} days", "Order a new certificate now.")
    return ok(found)


def _trust(context: Context) -> Outcome:
    ends = min(anchor.not_valid_after_utc for anchor in context.trust.anchors)
    found = f"anchors: {len(context.trust.anchors)}, the first of which expires {ends:%Y-%m-%d}"
    if not context.trust.intermediates:
        return failed(
            f"{found}; it holds no issuing CA, so no certificate of a mailbox provider or a"
            " receipt can be trusted and no letter can be sent",
            "Put the issuing CA certificates of Buypass and Commfides in environment.trust too;"
            " `sdp trust fetch` gets them.",
        )
    if ends - context.clock() < _SOON:
        return warning(found, "See `sdp trust`; `sdp trust fetch` gets the published ones.")
    return ok(found)


def _chain(context: Context) -> Outcome:
    signer = context.signer
    chain = _validated(context)
    anchor = _common_name(chain[-1].subject)
    sent = "" if len(signer.chain) == len(chain) else f", of which {len(signer.chain)} are sent"
    return ok(f"certificates in the chain: {len(chain)}, up to {anchor}{sent}")


def _revocation(context: Context) -> Outcome:
    if context.config.environment.revocation == Policy.OFF.value:
        return skipped(
            "Revocation is not checked.", "Set environment.revocation to soft or hard to check it."
        )
    hard = context.config.revocation(Policy.HARD, clock=context.clock)
    trust = context.anchors.with_revocation(hard)
    chain = _validated(context)
    context.driver.run(revocation_flow(trust.revocation, chain, moment=context.clock()))
    return ok("the issuers answer over OCSP or CRL, and no certificate in the chain is revoked")


def _register(context: Context) -> Outcome:
    if context.config.has_register:
        asked = context.config.krr.wire.upper()
        return ok(f"the recipient of each digital letter is looked up first, over {asked}")
    return warning(
        "No contact register is configured, so nothing stops a digital letter to somebody who has"
        " opted out (reservert, eForvaltningsforskriften § 15 a), nor a notice to somebody who may"
        " not be notified.",
        "Set maskinporten.client_id for the register over REST, or krr.wire to soap. Otherwise you"
        " must check this yourself for each letter.",
    )


def _validated(context: Context) -> tuple[Certificate, ...]:
    return context.identity.with_chain_from(context.anchors, moment=context.clock()).chain


def _common_name(name: Name) -> str:
    names = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else name.rfc4514_string()


CHECKS: Final = (
    Check(
        101,
        "own certificate",
        "Opens the key, and looks at its certificate.",
        Whom.ISSUER,
        _identity,
    ),
    Check(102, "trust store", "Reads the trust anchors.", Whom.SELF, _trust),
    Check(
        103,
        "own chain",
        "Validates the own certificate against the trust store.",
        Whom.ISSUER,
        _chain,
        needs=(101, 102),
    ),
    Check(
        104,
        "revocation",
        "Asks the issuers' OCSP responders or lists about the own chain.",
        Whom.ISSUER,
        _revocation,
        needs=(103,),
    ),
    Check(
        105,
        "contact register",
        "Sees whether there is a register to ask who has opted out of digital letters.",
        Whom.SELF,
        _register,
    ),
)
