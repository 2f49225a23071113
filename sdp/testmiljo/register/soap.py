"""The contact register over SOAP (Oppslagstjenesten): answers signed, and then encrypted."""

from __future__ import annotations

import base64
from collections import deque
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from starlette.responses import Response
from starlette.routing import Route

from sdp.testmiljo.faults.kinds import (
    FailSoapLookup,
    RefuseLookup,
    SoapDefect,
    Traffic,
    befalls_soap,
)
from sdp.testmiljo.faults.serving import answered
from sdp.testmiljo.register.question import Question, QuestionProblem, read_question
from sdp.testmiljo.signing import encrypt_body, sign_envelope
from sdp.testmiljo.validators.names import BASE64, DS, ENV, PREFIXES, WSSE, WSU, X509_TYPE
from sdp.testmiljo.world.journal import concerns_people
from sdp.testmiljo.world.keys import KRR_SOAP as ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from cryptography import x509
    from starlette.requests import Request

    from sdp.testmiljo.faults.serving import Faults
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.world.register import Innbygger, Kontakt, KrrActors, Register


SERVICE: Final = "http://kontaktinfo.difi.no/xsd/oppslagstjeneste/16-02"
BEGREP: Final = "http://begrep.difi.no"
_DECLARED: Final = f'xmlns:ns2="{BEGREP}" xmlns:ns3="{SERVICE}"'


def personer(people: Iterable[Innbygger], wanted: Collection[str]) -> str:
    """Write the answer of HentPersoner, with as much about each as was wanted."""
    written = "".join(_person(person, wanted) for person in people)
    return f"<ns3:HentPersonerRespons {_DECLARED}>{written}</ns3:HentPersonerRespons>"


def endringer(
    people: Iterable[Innbygger], wanted: Collection[str], *, start: int, told: int, last: int
) -> str:
    """Write the answer of HentEndringer."""
    written = "".join(_person(person, wanted) for person in people)
    return (
        f'<ns3:HentEndringerRespons fraEndringsNummer="{start}" tilEndringsNummer="{told}"'
        f' senesteEndringsNummer="{last}" {_DECLARED}>{written}</ns3:HentEndringerRespons>'
    )


def print_certificate(printer: Actor) -> str:
    """Write the answer of HentPrintSertifikat."""
    return (
        f'<ns3:HentPrintSertifikatRespons xmlns:ns3="{SERVICE}">'
        f"<ns3:postkasseleverandoerAdresse>{printer.organisasjonsnummer}"
        "</ns3:postkasseleverandoerAdresse>"
        f"<ns3:X509Sertifikat>{printer.base64_certificate}</ns3:X509Sertifikat>"
        "</ns3:HentPrintSertifikatRespons>"
    )


def _person(person: Innbygger, wanted: Collection[str]) -> str:
    parts = [_element("personidentifikator", person.personidentifikator)]
    if "Person" in wanted:
        parts.append(_element("reservasjon", person.reservasjon))
        parts.append(_element("status", person.status))
    if "VarslingsStatus" in wanted:
        parts.append(_element("varslingsstatus", person.varslingsstatus))
    if "Kontaktinfo" in wanted and (person.mobil or person.epost):
        contact = _kontakt("Mobiltelefonnummer", person.mobil) + _kontakt(
            "Epostadresse", person.epost
        )
        parts.append(f"<ns2:Kontaktinformasjon>{contact}</ns2:Kontaktinformasjon>")
    if "SikkerDigitalPost" in wanted and person.postkasseadresse and person.leverandoer:
        mailbox = _element("postkasseadresse", person.postkasseadresse) + _element(
            "postkasseleverandoerAdresse", person.leverandoer
        )
        parts.append(f"<ns2:SikkerDigitalPostAdresse>{mailbox}</ns2:SikkerDigitalPostAdresse>")
    if "Sertifikat" in wanted and person.sertifikat is not None:
        parts.append(_element("X509Sertifikat", _base64(person.sertifikat)))
    return f"<ns2:Person>{''.join(parts)}</ns2:Person>"


def _kontakt(name: str, kontakt: Kontakt | None) -> str:
    if kontakt is None:
        return ""
    told = f' sistOppdatert="{kontakt.oppdatert.isoformat(timespec="milliseconds")}"'
    if kontakt.sist_verifisert is not None:
        told += f' sistVerifisert="{kontakt.sist_verifisert.isoformat(timespec="milliseconds")}"'
    return f"<ns2:{name}{told}>{escape(kontakt.adresse)}</ns2:{name}>"


def _element(name: str, value: str | None) -> str:
    return "" if value is None else f"<ns2:{name}>{escape(value)}</ns2:{name}>"


def _base64(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


_SOAP: Final = "application/soap+xml; charset=utf-8"
_WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
_LIFETIME = timedelta(seconds=60)
_MOST = 1000
_KEPT_QUESTIONS = 10
_MOST_REFUSALS = 100


class KrrSoap:
    """Answers signed questions, rightly or with a defect.

    Attributes:
        requests: how many questions have been answered.
        questions: the last of those that held, oldest first; a few.
        refusals: why questions were refused, oldest first; the latest hundred.
    """

    def __init__(
        self,
        register: Register,
        actors: KrrActors,
        *,
        trust: Trust,
        clock: Callable[[], datetime],
    ) -> None:
        self.requests: int = 0
        self.questions: deque[Question] = deque(maxlen=_KEPT_QUESTIONS)
        self.refusals: list[str] = []
        self._register = register
        self._trust = trust
        self._clock = clock
        self._actors = actors

    def answer(self, content: bytes, defect: SoapDefect | None = None) -> Response:
        """Answer a question, with a defect where one is given."""
        self.requests += 1
        try:
            question = read_question(content, trust=self._trust, moment=self._clock())
            self.questions.append(question)
            if defect is SoapDefect.FAULT:
                return _fault("Receiver", "refused on demand")
            body = self._body(question)
        except QuestionProblem as problem:
            self.refusals.append(str(problem))
            del self.refusals[:-_MOST_REFUSALS]
            return _fault("Sender", str(problem))
        root = self._envelope(question, body, defect)
        written = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        if defect is SoapDefect.TRUNCATED:
            written = written[: len(written) // 2]
        return Response(written, media_type=_SOAP)

    def _body(self, question: Question) -> str:
        match question.operation:
            case "HentPersonerForespoersel":
                numbers = question.texts("personidentifikator")
                if not 1 <= len(numbers) <= _MOST:
                    raise QuestionProblem("a question is about 1 to 1000 people")
                concerns_people(numbers)
                found = [self._register.find(number) for number in numbers]
                return personer(found, question.texts("informasjonsbehov"))
            case "HentEndringerForespoersel":
                start = int(question.content.get("fraEndringsNummer", "0"))
                people, told, last = self._register.changes(start, _MOST)
                wanted = question.texts("informasjonsbehov")
                return endringer(people, wanted, start=start, told=told, last=last)
            case "HentPrintSertifikatForespoersel":
                return print_certificate(self._actors.printer)
            case other:
                raise QuestionProblem(f"there is no operation {other}")

    def _envelope(self, question: Question, body: str, defect: SoapDefect | None) -> etree._Element:
        signer = self._signer_for(defect)
        confirmed = "AAAA" if defect is SoapDefect.REPLAYED else question.signature_value
        created = self._clock() - (
            timedelta(hours=1) if defect is SoapDefect.STALE else timedelta()
        )
        root = etree.fromstring(_unsigned(signer, body, confirmed, created))
        if defect is not SoapDefect.UNSIGNED:
            security = _one(root, "wsse:Security")
            parts = {
                "TS-1": _one(root, "wsu:Timestamp"),
                "SC-1": _one(root, "wsse11:SignatureConfirmation"),
                "Body-1": _one(root, "env:Body"),
            }
            _name_parts(security, sign_envelope(security, parts, signer, "X509-1"))
        if defect is SoapDefect.WRAPPED:
            _wrap(root)
        if defect is not SoapDefect.NOT_ENCRYPTED:
            other = defect is SoapDefect.RE_ENCRYPTED
            encrypt_body(root, self._actors.printer.certificate if other else question.certificate)
        return root

    def _signer_for(self, defect: SoapDefect | None) -> Actor:
        match defect:
            case SoapDefect.OTHER_ORGANISATION:
                return self._actors.other
            case SoapDefect.STRANGER:
                return self._actors.stranger()
            case _:
                return self._actors.register


def routes(krr: KrrSoap, faults: Faults) -> list[Route]:
    """Return the address that the register answers at.

    Args:
        krr: answers what reaches it.
        faults: what is to go wrong.
    """

    async def ask(request: Request) -> Response:
        content = await request.body()
        match faults.take(Traffic.LOOKUP, befalls_soap):
            case RefuseLookup(status) as refusal:
                return Response(status_code=status, headers=refusal.headers)
            case FailSoapLookup(how):
                return krr.answer(content, how)
            case fault:
                return await answered(lambda: krr.answer(content), fault)

    return [Route(ROOT, ask, methods=["POST"])]


def _unsigned(signer: Actor, body: str, confirmed: str, created: datetime) -> str:
    expires = created + _LIFETIME
    return (
        f'<env:Envelope xmlns:env="{ENV}"><env:Header>'
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" env:mustUnderstand="true">'
        f'<wsse:BinarySecurityToken wsu:Id="X509-1" EncodingType="{BASE64}"'
        f' ValueType="{X509_TYPE}">{signer.base64_certificate}</wsse:BinarySecurityToken>'
        f"<wsu:Timestamp><wsu:Created>{created.isoformat(timespec='milliseconds')}</wsu:Created>"
        f"<wsu:Expires>{expires.isoformat(timespec='milliseconds')}</wsu:Expires></wsu:Timestamp>"
        f'<wsse11:SignatureConfirmation xmlns:wsse11="{_WSSE11}" Value="{confirmed}"/>'
        f"</wsse:Security></env:Header><env:Body>{body}</env:Body></env:Envelope>"
    )


def _name_parts(security: etree._Element, signature: etree._Element) -> None:
    """Put the signature where the register has it, and give it the ids it has there."""
    security.insert(1, signature)
    signature.set("Id", "SIG-1")
    key_info = _one(signature, "ds:KeyInfo")
    key_info.set("Id", "KI-1")
    key_info[0].set(f"{{{WSU}}}Id", "STR-1")


def _wrap(root: etree._Element) -> None:
    """Hide the signed body in the header, and put another without its id in its place."""
    signed = _one(root, "env:Body")
    forged = etree.fromstring(etree.tostring(signed))
    forged.attrib.clear()
    for reservation in forged.iter("{*}reservasjon"):
        reservation.text = "NEI"
    parent = signed.getparent()
    if parent is not None:
        parent.replace(signed, forged)
    etree.SubElement(_one(root, "env:Header"), f"{{{DS}}}Object").append(signed)


def _one(root: etree._Element, path: str) -> Any:
    (found,) = root.findall(f".//{path}", {**PREFIXES, "wsse11": _WSSE11})
    return found


def _fault(code: str, reason: str) -> Response:
    root = etree.Element(f"{{{ENV}}}Envelope", nsmap={"env": ENV})
    fault = etree.SubElement(etree.SubElement(root, f"{{{ENV}}}Body"), f"{{{ENV}}}Fault")
    value = etree.SubElement(etree.SubElement(fault, f"{{{ENV}}}Code"), f"{{{ENV}}}Value")
    value.text = f"env:{code}"
    text = etree.SubElement(etree.SubElement(fault, f"{{{ENV}}}Reason"), f"{{{ENV}}}Text")
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    text.text = reason
    return Response(etree.tostring(root), 500, media_type=_SOAP)
