"""An OCSP responder and revocation lists for the test CA, which go wrong on demand."""

from __future__ import annotations

import asyncio
import base64
import binascii
from datetime import timedelta
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sdp.testmiljo.ca import Issued, Revoked, TestCA
from sdp.testmiljo.faults.kinds import RevocationFault, Traffic, befalls_crl, befalls_ocsp
from sdp.testmiljo.faults.serving import GONE
from sdp.testmiljo.world.keys import CRL, OCSP
from sdp.testmiljo.world.state import Nowhere

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sdp.testmiljo.faults.serving import Faults
    from sdp.testmiljo.world.state import Records


_LIFETIME = timedelta(hours=1)
_LONG_AGO = timedelta(days=30)


class RevocationService:
    """Tells what a test CA has revoked. The root answers for itself.

    Attributes:
        slow_seconds: how late a slow answer comes.

    Args:
        ca: whose certificates they are.
        clock: tells the time; aware.
        records: where is kept what was revoked, by serial number.
    """

    def __init__(
        self,
        ca: TestCA,
        *,
        clock: Callable[[], datetime],
        records: Records[Revoked] | None = None,
    ) -> None:
        self._ca = ca
        self._records = records or Nowhere()
        ca.revoked.update((int(serial), revoked) for serial, revoked in self._records.all())
        self._clock = clock
        self.slow_seconds: float = 3.0

    @cached_property
    def responder(self) -> Issued:
        """The signer of OCSP responses about leaves, appointed by the issuing CA.

        `ca.issuing` itself may be put in its place.
        """
        return self._ca.issue_responder(moment=self._clock())

    def revoke(
        self,
        certificate: x509.Certificate,
        reason: x509.ReasonFlags = x509.ReasonFlags.unspecified,
    ) -> None:
        """Revoke a certificate of the CA from now on: a leaf, or that of the issuing CA.

        Whoever has asked about it lately has an answer to keep, for an hour at most.
        """
        serial = certificate.serial_number
        with self._records.lock:
            self._ca.revoke(serial, self._clock(), reason)
            self._records.put(str(serial), self._ca.revoked[serial])

    def response(self, request: bytes, fault: RevocationFault | None = None) -> bytes:
        """Answer an OCSP request with an OCSP response, both in DER.

        Args:
            request: the request.
            fault: what is wrong with this answer, if anything.
        """
        if fault is RevocationFault.TRY_LATER:
            return _refusal(ocsp.OCSPResponseStatus.TRY_LATER)
        try:
            asked = ocsp.load_der_ocsp_request(request)
            issuer = self._issuer(asked)
        except ValueError:
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if issuer is None:
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        return self._damaged(self._signed(asked, self._signer(issuer, fault), fault), fault)

    def revocation_list(self, name: str, fault: RevocationFault | None = None) -> bytes | None:
        """Return the list `root` or `issuing` in DER; None for another name.

        Args:
            name: which list.
            fault: what is wrong with this answer, if anything.
        """
        issuers = {"root": self._ca.root, "issuing": self._ca.issuing}
        if name not in issuers:
            return None
        signer = issuers[name]
        if fault is RevocationFault.STRANGER:
            signer = self._stranger.root if name == "root" else self._stranger.issuing
        return self._damaged(self._list(signer, fault), fault)

    @cached_property
    def _stranger(self) -> TestCA:
        return TestCA.create(self._clock())

    def _issuer(self, asked: ocsp.OCSPRequest) -> Issued | None:
        for issuer in (self._ca.root, self._ca.issuing):
            ours = (
                ocsp.OCSPRequestBuilder()
                .add_certificate(issuer.certificate, issuer.certificate, asked.hash_algorithm)
                .build()
            )
            if ours.issuer_key_hash == asked.issuer_key_hash:
                return issuer
        return None

    def _signer(self, issuer: Issued, fault: RevocationFault | None) -> Issued:
        if fault is RevocationFault.STRANGER:
            return self._stranger.issue_responder(moment=self._clock())
        return self.responder if issuer is self._ca.issuing else issuer

    def _window(self, fault: RevocationFault | None) -> tuple[datetime, datetime]:
        start = self._clock() - (_LONG_AGO if fault is RevocationFault.STALE else timedelta())
        return start, start + _LIFETIME

    def _signed(
        self, asked: ocsp.OCSPRequest, signer: Issued, fault: RevocationFault | None
    ) -> bytes:
        this_update, next_update = self._window(fault)
        serial = asked.serial_number
        revoked = self._ca.revoked.get(serial)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=serial + (fault is RevocationFault.WRONG_SERIAL),
                algorithm=asked.hash_algorithm,
                cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
                this_update=this_update,
                next_update=next_update,
                revocation_time=revoked.since if revoked else None,
                revocation_reason=revoked.reason if revoked else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
            .certificates([signer.certificate])
        )
        for extension in asked.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _list(self, signer: Issued, fault: RevocationFault | None) -> bytes:
        this_update, next_update = self._window(fault)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(signer.certificate.subject)
            .last_update(this_update)
            .next_update(next_update)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
                critical=False,
            )
            .add_extension(x509.CRLNumber(int(self._clock().timestamp())), critical=False)
        )
        for serial, revoked in sorted(self._ca.revoked.copy().items()):
            entry = (
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(revoked.since)
                .add_extension(x509.CRLReason(revoked.reason), critical=False)
            )
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    @staticmethod
    def _damaged(answer: bytes, fault: RevocationFault | None) -> bytes:
        return answer[: len(answer) // 2] if fault is RevocationFault.MALFORMED else answer


def routes(service: RevocationService, faults: Faults) -> list[Route]:
    """Serve OCSP by POST and GET (RFC 6960, appendix A), and the lists, over HTTP.

    Args:
        service: answers.
        faults: what is to go wrong.
    """

    async def respond(
        make: Callable[[], bytes | None], fault: RevocationFault | None, media_type: str
    ) -> Response:
        if fault is RevocationFault.DOWN:
            return Response(status_code=503)
        if fault is RevocationFault.SLOW:
            await asyncio.sleep(service.slow_seconds)
        answer = await run_in_threadpool(make)
        if answer is None:
            return Response(status_code=404)
        return Response(answer, media_type=media_type)

    async def by_post(request: Request) -> Response:
        return await answered(await request.body())

    async def by_get(request: Request) -> Response:
        try:
            asked = base64.b64decode(request.path_params["asked"], validate=True)
        except binascii.Error:
            return Response(status_code=400)
        return await answered(asked)

    async def answered(asked: bytes) -> Response:
        taken = faults.take(Traffic.REVOCATION, befalls_ocsp)
        fault = taken.how if taken else None
        return await respond(
            lambda: service.response(asked, fault), fault, "application/ocsp-response"
        )

    async def lists(request: Request) -> Response:
        name: str = request.path_params["name"]
        taken = faults.take(Traffic.REVOCATION, befalls_crl)
        fault = taken.how if taken else None
        return await respond(
            lambda: service.revocation_list(name, fault), fault, "application/pkix-crl"
        )

    return [
        Route(OCSP, by_post, methods=["POST"]),
        Route(f"{OCSP}/{{asked:path}}", by_get, methods=["GET"]),
        Route(f"{CRL}/{{name}}.crl", lists, methods=["GET"]),
    ]


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


_METHODS = ("GET", "POST", "PUT", "DELETE")


def with_plain(app: ASGIApp, service: RevocationService, faults: Faults) -> ASGIApp:
    """Serve revocation to connections without TLS, and an application to all others."""
    plain = Starlette(
        routes=[*routes(service, faults), Route("/{path:path}", _elsewhere, methods=_METHODS)],
        exception_handlers=GONE,
    )

    async def by_scheme(scope: Scope, receive: Receive, send: Send) -> None:
        await (plain if scope["scheme"] == "http" else app)(scope, receive, send)

    return by_scheme


def _elsewhere(request: Request) -> Response:
    if request.method in ("GET", "HEAD"):
        _, port = request.scope["server"]
        return RedirectResponse(f"https://localhost:{port}{request.url.path}")
    return PlainTextResponse("This is served over https alone.", HTTPStatus.BAD_REQUEST)
