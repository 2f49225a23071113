"""Findings and remedies of the checks in Norwegian (bokmål).

A check writes English. Each sentence that it can write stands here with a slot, `{}`, for each
value in it, or `{+}` where the value has connecting words of its own. What errors of the library
say stands in `norsk_errors`. What the other side says stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from sdp.verify.norsk_errors import ERRORS

_FINDINGS: Final = {
    "organisation {}, issued by {}, until {}, in {} days": (
        "virksomhet {}, utstedt av {}, gyldig til {}, om {} dager"
    ),
    "organisation {}, issued by {}, until {}": "virksomhet {}, utstedt av {}, gyldig til {}",
    "anchors: {}, the first of which expires {}": "ankre: {}, det første utløper {}",
    "it holds no issuing CA, so no certificate of a mailbox provider or a receipt can be trusted"
    " and no letter can be sent": (
        "det har ingen utstedende CA, så ingen sertifikater fra postkasser eller kvitteringer er"
        " tiltrodd, og ingen brev kan sendes"
    ),
    "certificates in the chain: {}, up to {}, of which {} are sent": (
        "sertifikater i kjeden: {}, opp til {}; {} av dem sendes"
    ),
    "certificates in the chain: {}, up to {}": "sertifikater i kjeden: {}, opp til {}",
    "Revocation is not checked.": "Tilbakekalling kontrolleres ikke.",
    "the issuers answer over OCSP or CRL, and no certificate in the chain is revoked": (
        "utstederne svarer over OCSP eller CRL, og ingen sertifikater i kjeden er trukket tilbake"
    ),
    "the recipient of each digital letter is looked up first, over {}": (
        "mottakeren av hvert digitalt brev slås opp først, over {}"
    ),
    "No contact register is configured, so nothing stops a digital letter to somebody who has opted"
    " out (reservert, eForvaltningsforskriften § 15 a), nor a notice to somebody who may not be"
    " notified.": (
        "Det er ikke satt opp noe kontaktregister, så ingenting stopper et digitalt brev til en som"
        " er reservert (eForvaltningsforskriften § 15 a), eller et varsel til en som ikke kan"
        " varsles."
    ),
    "The proxy resolves names.": "Proxyen slår opp navn.",
    "not found in DNS: {}": "ikke funnet i DNS: {}",
    "found in DNS: {}": "funnet i DNS: {}",
    "{} is not configured.": "{} er ikke satt opp.",
    "{} answers over TLS, with HTTP status {}": "{} svarer over TLS, med HTTP-status {}",
    "The other side does not tell its time.": "Motparten oppgir ikke hva klokken er.",
    "{} s from the other side's": "{} s fra motpartens",
    "No answer came: {}.": "Det kom ikke noe svar: {}.",
    "The contact register is asked over SOAP, without a token.": (
        "Kontaktregisteret spørres over SOAP, uten token."
    ),
    "The ebMS wire needs no token.": "ebMS trenger ikke noe token.",
    "a token for {+}, good for {} s": "et token for {}, gyldig i {} s",
    "with key {} a token for {+}, good for {} s": (
        "med nøkkelen {} et token for {}, gyldig i {} s"
    ),
    "no token with key {}: {}": "ikke noe token med nøkkelen {}: {}",
    "when key {} was registered is not configured": (
        "det er ikke satt opp når nøkkelen {} ble registrert"
    ),
    "key {} is a year old since {}": "nøkkelen {} har vært over ett år gammel siden {}",
    "key {} is a year old {}, in {} days": "nøkkelen {} er ett år gammel {}, om {} dager",
    "No test persons were given.": "Ingen testpersoner er oppgitt.",
    "reached digitally {} of {}": "nådd digitalt: {} av {}",
    "of the others each {}": "de andre: {}",
    "the register gives no usable answer about all of them": (
        "registeret gir ikke brukbart svar om alle"
    ),
    "organisation {} prints, and its certificate holds": (
        "virksomhet {} skriver ut, og sertifikatet holder"
    ),
    "packed, encrypted, opened and verified: {} files": (
        "pakket, kryptert, åpnet og verifisert: {} filer"
    ),
    "accepted as {}, {} billable bytes, after {} s": (
        "tatt imot som {}, {} byte å betale for, etter {} s"
    ),
    "accepted as {}, {} billable bytes, but at first: {}": (
        "tatt imot som {}, {} byte å betale for, men først: {}"
    ),
    "accepted as {}, {} billable bytes": "tatt imot som {}, {} byte å betale for",
    "The test person may not be notified by {+}.": "Testpersonen kan ikke varsles på {}.",
    "No other organisation was given.": "Ingen annen virksomhet er oppgitt.",
    "No test person with a digital mailbox was given.": (
        "Ingen testperson med digital postkasse er oppgitt."
    ),
    "It needs check {+} to succeed.": "Kontrollen forutsetter at kontroll {} lykkes.",
    "The check itself failed, with {} in {}, line {}.": (
        "Selve kontrollen feilet, med {} i {}, linje {}."
    ),
    "No letter can be sent.": "Ingen brev kan sendes.",
    "No letter can be made.": "Ikke noe brev kan lages.",
    "the second was told apart, as it must be: {}": (
        "det andre ble kjent igjen, slik det skal: {}"
    ),
    "The same letter was accepted twice.": "Det samme brevet ble tatt imot to ganger.",
    "more than {} bytes were refused here, and nothing was sent": (
        "mer enn {} byte ble avvist her, og ingenting ble sendt"
    ),
    "A letter of more than {} bytes was sent.": "Et brev på mer enn {} byte ble sendt.",
    "No test person who has opted out of digital letters (reservert) was given.": (
        "Ingen testperson som er reservert, er oppgitt."
    ),
    "nothing was sent, because of {}": "ingenting ble sendt, på grunn av {}",
    "nothing was sent: {}": "ingenting ble sendt: {}",
    "A letter was sent to somebody who has opted out.": (
        "Et brev ble sendt til en som er reservert."
    ),
    "Only the ebMS wire has queues that are pulled.": "Bare ebMS har køer som det hentes fra.",
    "A receipt came from a queue that must be empty.": (
        "En kvittering kom fra en kø som skal være tom."
    ),
    "an empty queue is told as empty": "en tom kø oppgis som tom",
    "No contact register is asked.": "Ikke noe kontaktregister spørres.",
    "A letter was sent to another mailbox than the register tells.": (
        "Et brev ble sendt til en annen postkasse enn den registeret oppgir."
    ),
    "refused, as it must be: {}": "avvist, slik det skal: {}",
    "A letter in the name of an organisation that has not asked for it was accepted.": (
        "Et brev på vegne av en virksomhet som ikke har bedt om det, ble tatt imot."
    ),
    "No letter was sent.": "Ikke noe brev ble sendt.",
    "delivered {} of {} letters, every receipt verified and confirmed ({+})": (
        "levert {} av {} brev, alle kvitteringer verifisert og bekreftet ({})"
    ),
    "delivered {} of {} letters": "levert {} av {} brev",
    "one receipt: {}": "én kvittering: {}",
    "refused: {+}": "avvist: {}",
    "not heard of: check {}, within {} s ({+})": "ikke hørt om: kontroll {}, innen {} s ({})",
    "receipts that came twice: {}": "kvitteringer som kom to ganger: {}",
    "The outbox is not installed.": "Utboksen er ikke installert.",
    "None of the test persons has a digital mailbox.": (
        "Ingen av testpersonene har digital postkasse."
    ),
    "{} letters are stored in place of {}.": "{} brev er lagret, og ikke {}.",
    "Others on this machine may read the file of the outbox.": (
        "Andre på denne maskinen kan lese filen til utboksen."
    ),
    "stored {} letters, put twice, in a file that only you may read": (
        "{} brev lagret, lagt inn to ganger, i en fil som bare du kan lese"
    ),
    "The configuration cannot be given to another process, since a password is in it.": (
        "Konfigurasjonen kan ikke gis til en annen prosess, siden det står et passord i den."
    ),
    "{} of {} letters were not accepted: {}": "{} av {} brev ble ikke tatt imot: {}",
    "a worker was killed when {} of {} letters were sent, and the next one sent the rest, {} of"
    " them for the second time with the same ids": (
        "en arbeider ble drept da {} av {} brev var sendt, og den neste sendte resten, {} av dem"
        " for andre gang med de samme id-ene"
    ),
    "One receipt was set aside: {}": "Én kvittering ble lagt til side: {}",
    "A letter was delivered twice.": "Et brev ble levert to ganger.",
    "{} of {} letters are not delivered within {} s: {+}": (
        "{} av {} brev er ikke levert innen {} s: {}"
    ),
    "{} of {} letters delivered, each once, and every receipt stored": (
        "{} av {} brev levert, hvert én gang, og alle kvitteringer er lagret"
    ),
    "The number of the test person is still in the file.": (
        "Nummeret til testpersonen står fortsatt i filen."
    ),
    "purged {} letters and {} documents; nobody's number is in the file any more, and {} receipts"
    " are": (
        "slettet {} brev og {} dokumenter; ingens nummer står i filen lenger, men {} kvitteringer"
        " gjør det"
    ),
}
_DEFECT: Final = (
    "Meldingen er ikke som den må være, eller ble endret underveis: kontroller at ingen proxy"
    " skriver den om, og meld ellers en feil i dette biblioteket."
)
_REMEDIES: Final = {
    "Order a new certificate now.": "Bestill et nytt sertifikat nå.",
    "Put the issuing CA certificates of Buypass and Commfides in environment.trust too; `sdp trust"
    " fetch` gets them.": (
        "Legg CA-sertifikatene som Buypass og Commfides utsteder fra, i environment.trust også;"
        " `sdp trust fetch` henter dem."
    ),
    "See `sdp trust`; `sdp trust fetch` gets the published ones.": (
        "Se `sdp trust`; `sdp trust fetch` henter de publiserte."
    ),
    "Set environment.revocation to soft or hard to check it.": (
        "Sett environment.revocation til soft eller hard for å kontrollere den."
    ),
    "Set maskinporten.client_id for the register over REST, or krr.wire to soap. Otherwise you must"
    " check this yourself for each letter.": (
        "Sett maskinporten.client_id for registeret over REST, eller krr.wire til soap. Ellers må"
        " du kontrollere dette selv for hvert brev."
    ),
    "Set environment.trust; `sdp trust fetch` gets the published certificates.": (
        "Sett environment.trust; `sdp trust fetch` henter de publiserte sertifikatene."
    ),
    "Check the names in the configuration, and that this machine may ask DNS about them.": (
        "Kontroller navnene i konfigurasjonen, og at denne maskinen får spørre DNS om dem."
    ),
    "It may be down: try again later.": "Den kan være nede: prøv igjen senere.",
    "Check this clock by other means.": "Kontroller klokken på en annen måte.",
    "Synchronise the clock of this machine (NTP).": (
        "Synkroniser klokken på denne maskinen (NTP)."
    ),
    "Check firewall and proxy, and try later.": "Kontroller brannmur og proxy, og prøv senere.",
    "Set key_registered beside key_id, to be warned before the key is a year old.": (
        "Sett key_registered ved siden av key_id, for å bli varslet før nøkkelen er ett år."
    ),
    "Register a new key with Maskinporten at once, and remove {}.": (
        "Registrer en ny nøkkel i Maskinporten med en gang, og fjern {}."
    ),
    "Use a new key now: Maskinporten refuses one that is a year old.": (
        "Ta i bruk en ny nøkkel nå: Maskinporten avviser en som er ett år gammel."
    ),
    "Register a new key with Maskinporten, and set it as maskinporten.next_key.": (
        "Registrer en ny nøkkel i Maskinporten, og sett den som maskinporten.next_key."
    ),
    "Name some with --person.": "Oppgi noen med --person.",
    "Name one with --person.": "Oppgi en med --person.",
    "Name one with --person as well.": "Oppgi en med --person også.",
    "Name one with --person; Digdir has synthetic ones with mailboxes.": (
        "Oppgi en med --person; Digdir har syntetiske med postkasse."
    ),
    "Name one with --on-behalf-of.": "Oppgi en med --on-behalf-of.",
    "Name one who has.": "Oppgi en som har det.",
    "Name a test person with a digital mailbox.": "Oppgi en testperson med digital postkasse.",
    "Name a test person who has a digital mailbox, to try sending.": (
        "Oppgi en testperson som har digital postkasse, for å prøve sending."
    ),
    "Name first a test person with a fresh e-mail address and mobile number.": (
        "Oppgi først en testperson med oppdatert e-postadresse og mobilnummer."
    ),
    "Check that the numbers are of this environment's test persons.": (
        "Kontroller at numrene er til testpersoner i dette miljøet."
    ),
    "Check that environment.trust is the environment's own trust store.": (
        "Kontroller at environment.trust har miljøets egne tillitsankre."
    ),
    "Firewalls and proxies may cut connections that take so long; see to their limits.": (
        "Brannmurer og proxyer kan bryte forbindelser som varer så lenge; se på grensene deres."
    ),
    "Ask whether the operator knows that you send for this organisation.": (
        "Spør om operatøren vet at dere sender for denne virksomheten."
    ),
    "See to it that one of the checks 601 to 608 is.": (
        "Sørg for at en av kontrollene 601 til 608 blir kjørt."
    ),
    "The mailbox or printer did not take the letter: look the person up again, and ask why with the"
    " conversation ids above.": (
        "Postkassen eller skriveren tok ikke imot brevet: slå opp personen på nytt, og spør hvorfor"
        " med konversasjons-id-ene over."
    ),
    "Wait longer with --wait; if nothing comes, ask with the conversation ids above. A print letter"
    " has a mottak before its levering.": (
        "Vent lenger med --wait; kommer det ingenting, spør med konversasjons-id-ene over. Et"
        " utskriftsbrev har et mottak før leveringen."
    ),
    "Wait longer with --wait; if nothing comes, ask with the conversation ids.": (
        "Vent lenger med --wait; kommer det ingenting, spør med konversasjons-id-ene."
    ),
    "That is allowed, and your program must bear it: tell receipts apart by meldings_id.": (
        "Det er tillatt, og programmet må tåle det: skill kvitteringer på meldings_id."
    ),
    "Report it: a letter that is sent again could be delivered twice.": (
        "Meld det: et brev som sendes på nytt, kan bli levert to ganger."
    ),
    "Report it: anybody could send in anybody's name.": (
        "Meld det: hvem som helst kan sende i hvem som helsts navn."
    ),
    "Report it.": "Meld det.",
    "Report it as a defect of this library.": "Meld det som en feil i dette biblioteket.",
    "Configure one, as check 105 says.": "Sett opp et, som kontroll 105 sier.",
    "If you mean to use it: pip install 'sikker-digital-post[outbox]'": (
        "Hvis du skal bruke den: pip install 'sikker-digital-post[outbox]'"
    ),
    "This is a defect of this library: please report it, with this line.": (
        "Dette er en feil i dette biblioteket: meld den gjerne, med denne linjen."
    ),
    "This is a defect of this library: please report it, with this line and the version.": (
        "Dette er en feil i dette biblioteket: meld den gjerne, med denne linjen og versjonen."
    ),
    "Keep it on a file system that heeds the permissions of files.": (
        "Ha den på et filsystem som følger filenes rettigheter."
    ),
    "Name a password_file in its place.": "Oppgi en password_file i stedet.",
    "See what the reason says; a small letter by itself was accepted by check 601.": (
        "Se hva grunnen sier; et lite brev alene ble tatt imot i kontroll 601."
    ),
    "See check 801.": "Se kontroll 801.",
}
_ADVICE: Final = {
    "The message is not as it must be, or was changed on the way: check that no proxy rewrites it,"
    " and else report it as a defect of this library.": _DEFECT,
    "The operator does not know a value in the message, the sender among them; check that the"
    " organisation is registered there.": (
        "Operatøren kjenner ikke en verdi i meldingen, kanskje avsenderen; kontroller at"
        " virksomheten er registrert der."
    ),
    "The operator does not offer something that the message asks for: ask what it is.": (
        "Operatøren tilbyr ikke noe som meldingen ber om: spør hva det er."
    ),
    "Values contradict each other: check that the sender may send for the organisation that the"
    " letter is from.": (
        "Verdier motsier hverandre: kontroller at avsenderen kan sende for virksomheten som brevet"
        " er fra."
    ),
    "The operator could not reach somebody further on. Try again later; if it lasts, report it with"
    " the time of day.": (
        "Operatøren nådde ikke noen lenger fram. Prøv igjen senere; varer det, meld det med"
        " klokkeslett."
    ),
    "There is nothing in the queue, which is no error of a pull; ask why a letter is answered"
    " so.": (
        "Det er ingenting i køen, som ikke er noen feil når du henter; spør hvorfor et brev blir"
        " besvart slik."
    ),
    "The operator has agreed on something else with the organisation: check that it is registered"
    " for sending, and with which certificate.": (
        "Operatøren har avtalt noe annet med virksomheten: kontroller at den er registrert for"
        " sending, og med hvilket sertifikat."
    ),
    "The signature or the certificate was not accepted: check that the certificate is registered"
    " with the operator, and has not been renewed since.": (
        "Signaturen eller sertifikatet ble ikke godtatt: kontroller at sertifikatet er registrert"
        " hos operatøren, og ikke er fornyet siden."
    ),
    "Something could not be decrypted at the operator's, where no message is encrypted: check that"
    " the address is the broker's.": (
        "Noe kunne ikke dekrypteres hos operatøren, der ingen melding er kryptert: kontroller at"
        " adressen er meldingsformidlerens."
    ),
    "The security policy was not followed: check the clock and the certificate.": (
        "Sikkerhetsreglene ble ikke fulgt: kontroller klokken og sertifikatet."
    ),
    "The operator waits for a receipt in vain: confirm receipts when they are stored, and ask which"
    " one it is.": (
        "Operatøren venter forgjeves på en kvittering: bekreft kvitteringer når de er lagret, og"
        " spør hvilken det er."
    ),
    "The operator could not pass the message on, and nobody has it. Try again later; if it lasts,"
    " report it with the time of day.": (
        "Operatøren fikk ikke sendt meldingen videre, og ingen har den. Prøv igjen senere; varer"
        " det, meld det med klokkeslett."
    ),
    "The operator has seen no receipt for a message: confirm receipts when they are stored, and ask"
    " which one it is.": (
        "Operatøren har ikke sett noen kvittering for en melding: bekreft kvitteringer når de er"
        " lagret, og spør hvilken det er."
    ),
    "The operator has seen a receipt that is not right: check that no proxy rewrites it, and else"
    " report it as a defect of this library.": (
        "Operatøren har sett en kvittering som ikke er riktig: kontroller at ingen proxy skriver"
        " den om, og meld ellers en feil i dette biblioteket."
    ),
    "The other side failed. Try again later; if it lasts, report it with the time of day.": (
        "Motparten feilet. Prøv igjen senere; varer det, meld det med klokkeslett."
    ),
    "Whoever signed the answer is not whom it must come from, or the trust store is not that of the"
    " environment: check environment.trust and the address, and use nothing of the answer.": (
        "Den som signerte svaret, er ikke den det må komme fra, eller tillitsankrene er ikke"
        " miljøets: kontroller environment.trust og adressen, og bruk ingenting av svaret."
    ),
    "Check the address, and that no proxy answers in place of the other side; show the answer to"
    " the operator.": (
        "Kontroller adressen, og at ingen proxy svarer i stedet for motparten; vis svaret til"
        " operatøren."
    ),
    "Something on the way cut the connection or held it too long. Check the time limits and the"
    " largest body that proxy and firewall let through, and read_timeout here.": (
        "Noe på veien brøt forbindelsen eller holdt den for lenge. Kontroller tidsgrensene og den"
        " største meldingen som proxy og brannmur slipper gjennom, og read_timeout her."
    ),
    "Nothing is lost by trying again.": "Ingenting går tapt ved å prøve igjen.",
    "A proxy of your own asks who you are: let this machine through, or write name and password in"
    " proxy, as http://name:password@host:port.": (
        "En proxy hos dere selv spør hvem dere er: slipp denne maskinen gjennom, eller skriv navn"
        " og passord i proxy, som http://name:password@host:port."
    ),
    "A token just given is refused, and so is the next. Compare this machine's clock with the right"
    " time; if it is right, the other side refuses good tokens: show it the words of the"
    " refusal.": (
        "Et token som nettopp ble utstedt, blir avvist, og det neste også. Sammenlign klokken på"
        " denne maskinen med riktig tid; er den riktig, avviser motparten gode token: vis den"
        " ordene i avvisningen."
    ),
    "Let this machine reach the issuers' OCSP and CRL addresses, over HTTP.": (
        "La denne maskinen nå utstedernes OCSP- og CRL-adresser, over HTTP."
    ),
    "Correct what the message names, and run the check again.": (
        "Rett det meldingen nevner, og kjør kontrollen på nytt."
    ),
    "Report it, with the words above, as a defect of this library.": (
        "Meld det, med ordene over, som en feil i dette biblioteket."
    ),
    "Check address, firewall, proxy and TLS.": "Kontroller adresse, brannmur, proxy og TLS.",
    "Ask why, with the words of the refusal.": "Spør hvorfor, med ordene i avvisningen.",
}
_CONNECTIVES: Final = {
    "the letter of check": "brevet i kontroll",
    "e-mail": "e-post",
    "nothing": "ingenting",
    "and": "og",
    "is": "er",
    "for": "for",
}
_CONNECTIVE: Final = re.compile(rf"\b(?:{'|'.join(_CONNECTIVES)})\b")
_SLOT: Final = re.compile(r"(\{\+?\})")
_SENTENCE: Final = re.compile(r"\s.*[.?]$", re.DOTALL)
_JOINT: Final = re.compile(r"(; |(?<=\.) )")


def translate(english: str) -> str | None:
    """Write a finding, an error or a remedy in Norwegian; None where nothing here is like it.

    Several in a row are translated each by itself, and are Norwegian only if all of them are.
    """
    parts = _JOINT.split(english)
    for middle in range(1, len(parts), 2):
        first = _sentence("".join(parts[:middle]))
        rest = None if first is None else translate("".join(parts[middle + 1 :]))
        if first is not None and rest is not None:
            return f"{first}{parts[middle]}{rest}"
    return _sentence(english)


def _sentence(english: str) -> str | None:
    for pattern, kinds, norwegian in _patterns():
        if found := pattern.fullmatch(english):
            values = zip(kinds, found.groups(), strict=True)
            return norwegian.format(*(_joined(v) if k == "{+}" else _value(v) for k, v in values))
    return None


def _value(value: str) -> str:
    """Write an error that stands as a value in a finding; any other value is left as it is."""
    return (translate(value) if _SENTENCE.search(value) else None) or value


def _joined(value: str) -> str:
    return _CONNECTIVE.sub(lambda found: _CONNECTIVES[found[0]], value)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...]:
    # The one with most words of its own comes first, so that no shorter one takes its place.
    every = {**_FINDINGS, **_REMEDIES, **_ADVICE, **ERRORS}
    longest = sorted(every, key=lambda each: len(_SLOT.sub("", each)), reverse=True)
    return tuple((_pattern(each), tuple(_SLOT.findall(each)), every[each]) for each in longest)


def _pattern(template: str) -> re.Pattern[str]:
    parts = _SLOT.split(template)
    return re.compile(
        "".join("(.+?)" if _SLOT.match(p) else re.escape(p) for p in parts), re.DOTALL
    )
