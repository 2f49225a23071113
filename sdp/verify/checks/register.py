"""Checks of Maskinporten and the contact register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.dpi.settings import SCOPE as DPI_SCOPE
from sdp.krr import Digital, Grunn, OppslagFeil
from sdp.krr.rest.wire import SCOPES as KRR_SCOPES
from sdp.maskinporten import Maskinporten, MaskinportenSettings, TokenRequest
from sdp.pki import Usage, validating
from sdp.verify.check import Check, Outcome, Whom, failed, ok, skipped

if TYPE_CHECKING:
    from sdp.verify.context import Context


def _token(context: Context, scope: str, *, resource: str | None = None) -> Outcome:
    config = context.config
    if config.maskinporten is None:
        return skipped("maskinporten.client_id is not configured.")
    settings = MaskinportenSettings(
        issuer=config.environment.address("maskinporten_url"),
        client_id=config.maskinporten.client_id,
        key_id=config.maskinporten.key_id,
    )
    maskinporten = Maskinporten(settings, signer=context.signer, clock=context.clock)
    token = context.driver.run(maskinporten.token(TokenRequest(scope, None, resource)))
    lives = token.expires - context.clock()
    return ok(f"a token for {scope}, good for {lives.total_seconds():.0f} s")


def _register_token(context: Context) -> Outcome:
    if context.config.krr.wire == "soap":
        return skipped("The contact register is asked over SOAP, without a token.")
    return _token(context, " ".join(KRR_SCOPES))


def _wire_token(context: Context) -> Outcome:
    config = context.config
    if config.environment.wire != "dpi":
        return skipped("The ebMS wire needs no token.")
    return _token(
        context,
        DPI_SCOPE,
        resource=config.maskinporten.resource if config.maskinporten else None,
    )


def _lookup(context: Context) -> Outcome:
    if not context.people:
        return skipped("No test persons were given.", "Name some with --person.")
    for number, answer in zip(context.people, context.client.lookup(context.people), strict=True):
        if not isinstance(answer, OppslagFeil):
            context.routes[number] = context.client.route(answer, has_postal_address=True)
    others = [rute for rute in context.routes.values() if not isinstance(rute, Digital)]
    digital = len(context.routes) - len(others)
    reasons = ", ".join(sorted({rute.grunn.value for rute in others}))
    found = f"reached digitally {digital} of {len(set(context.people))}"
    found += f"; of the others each {reasons}" if reasons else ""
    if len(context.routes) < len(set(context.people)):
        return failed(
            f"{found}; the register gives no usable answer about all of them",
            "Check that the numbers are of this environment's test persons.",
        )
    if any(rute.grunn is Grunn.SERTIFIKAT_AVVIST for rute in others):
        return failed(found, "Check that environment.trust is the environment's own trust store.")
    if not digital:
        return failed(found, "Name a test person who has a digital mailbox, to try sending.")
    return ok(found)


def _printer(context: Context) -> Outcome:
    printer = context.client.print_certificate()
    context.driver.run(
        validating(
            context.trust,
            lambda trust: trust.validate(
                printer.sertifikat,
                moment=context.clock(),
                usage=Usage.ENCRYPTION,
                organisasjonsnummer=printer.leverandoer,
            ),
        )
    )
    return ok(f"organisation {printer.leverandoer} prints, and its certificate holds")


CHECKS: Final = (
    Check(
        301,
        "token for the register",
        "Asks Maskinporten for a token with the scopes of the contact register.",
        Whom.DIGDIR,
        _register_token,
        needs=(101,),
    ),
    Check(
        302,
        "token for the wire",
        "Asks Maskinporten for a token with the scope of the DPI wire.",
        Whom.DIGDIR,
        _wire_token,
        needs=(101,),
    ),
    Check(
        401,
        "test persons",
        "Looks the test persons up, and decides how each is reached.",
        Whom.DIGDIR,
        _lookup,
        needs=(101, 102),
    ),
    Check(
        402,
        "print certificate",
        "Asks who prints, and validates the certificate.",
        Whom.DIGDIR,
        _printer,
        needs=(101, 102),
    ),
)
