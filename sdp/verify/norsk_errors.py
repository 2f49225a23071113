"""Errors that a set-up runs into, in Norwegian (bokmål): what the library says of them, and advice.

Templates are those of `norsk`. What the other side says itself, and errors that only a defect of
the library or an attack brings about, stay in English.
"""

from __future__ import annotations

from typing import Final

_SETTINGS: Final = {
    "{} is wrong: {}.": "{} er feil: {}.",
    "Correct what is named; help(sdp.{}) tells of every setting.": (
        "Rett det som er nevnt; help(sdp.{}) beskriver hver innstilling."
    ),
    "environment.{} is needed for this, and is not configured.": (
        "environment.{} trengs til dette, og er ikke satt."
    ),
    "Set environment.{}; a known environment name sets it too.": (
        "Sett environment.{}; et kjent miljønavn setter den også."
    ),
    "No identity is configured.": "Det er ikke satt opp noen identitet.",
    "Set identity.pkcs12, or give a Signer.": "Sett identity.pkcs12, eller gi en Signer.",
    "identity must name certificate and key together.": (
        "identity må nevne sertifikat og nøkkel sammen."
    ),
    "The variable {} is no setting.": "Variabelen {} er ingen innstilling.",
    "Did you mean {}?": "Mente du {}?",
    "Check the path, and that this user may read the file.": (
        "Kontroller stien, og at denne brukeren kan lese filen."
    ),
    "No contact register is configured.": "Det er ikke satt opp noe kontaktregister.",
    "Set maskinporten.client_id for the register over REST, or krr.wire to soap.": (
        "Sett maskinporten.client_id for registeret over REST, eller krr.wire til soap."
    ),
    "DPI needs tokens from Maskinporten.": "DPI trenger token fra Maskinporten.",
    "Set maskinporten.client_id.": "Sett maskinporten.client_id.",
    "No trust store is configured, so no recipient and no receipt can be trusted.": (
        "Det er ikke satt opp noe tillitslager, så ingen mottaker og ingen kvittering er tiltrodd."
    ),
    "Set environment.trust to a folder or bundle of the CA certificates.": (
        "Sett environment.trust til en mappe eller fil med CA-sertifikatene."
    ),
    "The trust store {} cannot be read: {}.": "Tillitslageret {} kan ikke leses: {}.",
    "Check environment.trust, and the permissions of the file or folder.": (
        "Kontroller environment.trust, og rettighetene til filen eller mappen."
    ),
    "The trust store {} holds no trust anchor.": "Tillitslageret {} har ingen ankre.",
    "Put the self-signed root certificates of Buypass and Commfides in it; sdp trust fetch gets"
    " them.": (
        "Legg de selvsignerte rotsertifikatene til Buypass og Commfides i det; sdp trust fetch"
        " henter dem."
    ),
    "The trust store mixes test and production: {} is of test, {} of production.": (
        "Tillitslageret blander test og produksjon: {} hører til test, {} til produksjon."
    ),
    "Keep a folder for each environment, with only its own CA certificates.": (
        "Ha en mappe for hvert miljø, med bare dets egne CA-sertifikater."
    ),
    "The trust store is for {}, since it holds {}, and the environment is {}.": (
        "Tillitslageret er for {}, siden det har {}, og miljøet er {}."
    ),
    "Point environment.trust at the CA certificates of {}; sdp trust fetch --environment {} gets"
    " them.": (
        "La environment.trust peke på CA-sertifikatene for {}; sdp trust fetch --environment {}"
        " henter dem."
    ),
}
_IDENTITY: Final = {
    "{} could not be opened with the password given.": (
        "{} kunne ikke åpnes med passordet som ble gitt."
    ),
    "Check the password; if it is right, the file is damaged.": (
        "Kontroller passordet; er det riktig, er filen skadet."
    ),
    "The private key {} is encrypted and no password was given.": (
        "Den private nøkkelen {} er kryptert, og det ble ikke gitt noe passord."
    ),
    "Configure the password of the key.": "Sett opp passordet til nøkkelen.",
    "{} is not a PKCS#12 file.": "{} er ingen PKCS#12-fil.",
    "Configure certificate and key if they are PEM files.": (
        "Sett opp certificate og key hvis det er PEM-filer."
    ),
    "{} is a Java key store ({}), which only Java reads.": (
        "{} er et Java-nøkkellager ({}), som bare Java leser."
    ),
    "The certificate{} expired {}.": "Sertifikatet{} utløp {}.",
    "Renew it with its issuer, and configure the new one.": (
        "Forny det hos utstederen, og sett opp det nye."
    ),
    "The certificate{} is not valid before {}.": "Sertifikatet{} er ikke gyldig før {}.",
    "Check the clock of this machine, or wait.": (
        "Kontroller klokken på denne maskinen, eller vent."
    ),
    "The private key does not belong to the certificate{}.": (
        "Den private nøkkelen hører ikke til sertifikatet{}."
    ),
    "Use the key that the certificate was ordered with.": (
        "Bruk nøkkelen som sertifikatet ble bestilt med."
    ),
    "The certificate{} has no RSA key, and the wires sign with RSA alone.": (
        "Sertifikatet{} har ingen RSA-nøkkel, og det signeres bare med RSA."
    ),
    "Order a virksomhetssertifikat with an RSA key.": (
        "Bestill et virksomhetssertifikat med en RSA-nøkkel."
    ),
    "Use a virksomhetssertifikat from Buypass or Commfides.": (
        "Bruk et virksomhetssertifikat fra Buypass eller Commfides."
    ),
    "There is no token labelled {}.": "Det finnes ikke noe token med navnet {}.",
    "The token {} does not accept the PIN.": "Tokenet {} godtar ikke PIN-koden.",
    "Check it before you try again: a token locks after a few wrong ones.": (
        "Kontroller den før du prøver igjen: et token låses etter noen få feil."
    ),
    "The token {} does not answer: {}.": "Tokenet {} svarer ikke: {}.",
}
_CERTIFICATES: Final = {
    "The certificate {} does not chain to a configured trust anchor. It was issued by {}.": (
        "Sertifikatet {} fører ikke til noe tiltrodd anker. Det er utstedt av {}."
    ),
    "Check that the trust store is the one of this environment and is current.": (
        "Kontroller at tillitslageret hører til dette miljøet og er oppdatert."
    ),
    "The CA certificate {}, which issued {}, expired {}.": (
        "CA-sertifikatet {}, som utstedte {}, utløp {}."
    ),
    "Put the issuer's current CA certificate in the trust store, if there is one.": (
        "Legg utstederens nåværende CA-sertifikat i tillitslageret, hvis det finnes et."
    ),
    "Fetch the current certificate of that organisation.": (
        "Hent det nåværende sertifikatet til den virksomheten."
    ),
    "Check the clock of this machine.": "Kontroller klokken på denne maskinen.",
    "The certificate {} is issued under {}, and that is not accepted.": (
        "Sertifikatet {} er utstedt under {}, og det godtas ikke."
    ),
    "Check environment.certificate_policies.": "Kontroller environment.certificate_policies.",
    "The certificate belongs to organisation {}, and {} was expected.": (
        "Sertifikatet tilhører virksomhet {}, og {} var ventet."
    ),
    "The certificate {} was revoked {} by its issuer: {}.": (
        "Sertifikatet {} ble trukket tilbake {} av utstederen: {}."
    ),
    "Do not use it; fetch the current certificate of that organisation.": (
        "Bruk det ikke; hent det nåværende sertifikatet til den virksomheten."
    ),
    "Whether the certificate {} is revoked was answered, but not in a way that can be trusted."
    " {}.": (
        "Det kom svar på om sertifikatet {} er trukket tilbake, men ikke et som kan stoles på. {}."
    ),
    "Check the clock of this machine, and whether a proxy changes answers on their way; if neither,"
    " tell the issuer.": (
        "Kontroller klokken på denne maskinen, og om en proxy endrer svar underveis; hvis ingen av"
        " delene, si fra til utstederen."
    ),
    "Nobody answers whether the certificate {} is revoked: {}.": (
        "Ingen svarer på om sertifikatet {} er trukket tilbake: {}."
    ),
}
_TOKENS: Final = {
    "Maskinporten refused to issue a token: {}.": "Maskinporten nektet å utstede et token: {}.",
    "Check maskinporten.client_id, and that the client is registered in the environment that"
    " environment.maskinporten_url names: test and production have clients of their own.": (
        "Kontroller maskinporten.client_id, og at klienten er registrert i miljøet som"
        " environment.maskinporten_url nevner: test og produksjon har hver sine klienter."
    ),
    "Synchronise the clock of this machine (NTP); a grant may be 10 seconds off.": (
        "Synkroniser klokken på denne maskinen (NTP); en forespørsel kan være 10 sekunder feil."
    ),
    "Check that the signer holds the certificate's own key or the one that maskinporten.key_id"
    " names, and that the certificate is valid and of this environment, test or production.": (
        "Kontroller at det signeres med sertifikatets egen nøkkel eller den som maskinporten.key_id"
        " nevner, og at sertifikatet er gyldig og hører til dette miljøet, test eller produksjon."
    ),
    "Have the organisation that consumer_org names delegate the scope to yours in Altinn. A"
    " delegation in production does not count in test.": (
        "La virksomheten som consumer_org nevner, delegere scopet til deres i Altinn. En delegering"
        " i produksjon gjelder ikke i test."
    ),
    "Leave consumer_org out: it names the organisation that owns the client.": (
        "Utelat consumer_org: den nevner virksomheten som eier klienten."
    ),
    "Ask the owner of the API to grant the scope to the organisation; if it was delegated to yours,"
    " name the organisation that did so as consumer_org.": (
        "Be eieren av API-et gi virksomheten scopet; ble det delegert til deres, nevn virksomheten"
        " som gjorde det, som consumer_org."
    ),
    "Add the scope to the client in Maskinporten.": "Legg scopet til på klienten i Maskinporten.",
    "Register a client of the integration type maskinporten for this scope.": (
        "Registrer en klient av integrasjonstypen maskinporten for dette scopet."
    ),
    "Register the key on the client anew, or a new one: a key is good for a year.": (
        "Registrer nøkkelen på klienten på nytt, eller en ny: en nøkkel er god i ett år."
    ),
    "Use a virksomhetssertifikat that is valid and not revoked; a test certificate in test, and a"
    " production certificate in production.": (
        "Bruk et virksomhetssertifikat som er gyldig og ikke trukket tilbake; et testsertifikat i"
        " test, og et produksjonssertifikat i produksjon."
    ),
    "Ask the owner of the API to grant the scope to the organisation.": (
        "Be eieren av API-et gi virksomheten scopet."
    ),
    "Check maskinporten.client_id and the scopes; if they are right, report this as a defect.": (
        "Kontroller maskinporten.client_id og scopene; er de riktige, meld det som en feil."
    ),
    "Check maskinporten.resource against what the API asks for.": (
        "Kontroller maskinporten.resource mot det API-et ber om."
    ),
    "Ask the owner of the scope to grant it to the organisation, and add it to the client in"
    " Maskinporten.": (
        "Be eieren av scopet gi det til virksomheten, og legg det til på klienten i Maskinporten."
    ),
    "Look the code up in Digdir's documentation of Maskinporten.": (
        "Slå opp koden i Digdirs dokumentasjon av Maskinporten."
    ),
    "Check environment.maskinporten_url, and any proxy on the way to it.": (
        "Kontroller environment.maskinporten_url, og en eventuell proxy på veien dit."
    ),
    "The contact register does not accept the token.": "Kontaktregisteret godtar ikke tokenet.",
}
_WAY: Final = {
    "{} could not be reached: {}.": "{} kunne ikke nås: {}.",
    "No answer came from {}: {}.": "Det kom ikke noe svar fra {}: {}.",
    "Try again; nothing is lost.": "Prøv igjen; ingenting er tapt.",
    "Try again later.": "Prøv igjen senere.",
    "Correct the addresses of the environment.": "Rett adressene til miljøet.",
    "The private CA {} (environment.tls_ca) cannot be read as a PEM file.": (
        "Den private CA-en {} (environment.tls_ca) kan ikke leses som en PEM-fil."
    ),
    "Point environment.tls_ca at a PEM file with the CA certificate.": (
        "La environment.tls_ca peke på en PEM-fil med CA-sertifikatet."
    ),
    "The answer was HTTP status {}, without an explanation.": (
        "Svaret var HTTP-status {}, uten noen forklaring."
    ),
    "Refused with HTTP status {}: {}.": "Avvist med HTTP-status {}: {}.",
    "The broker refused the message: {}.": "Meldingsformidleren avviste meldingen: {}.",
    "The message was refused with a SOAP fault ({}), HTTP {}.": (
        "Meldingen ble avvist med en SOAP-feil ({}), HTTP {}."
    ),
    "Something on the way, or the address, leads elsewhere, and redirects are not followed: check"
    " the addresses of the environment, and that no proxy wants a login.": (
        "Noe på veien, eller adressen, fører et annet sted, og omdirigeringer følges ikke:"
        " kontroller adressene til miljøet, og at ingen proxy vil ha innlogging."
    ),
    "A gateway on the way does not reach the service: try again later, and tell its operator if it"
    " goes on.": (
        "En gateway på veien når ikke tjenesten: prøv igjen senere, og si fra til den som drifter"
        " den, hvis det fortsetter."
    ),
    "Check that the organisation and its certificate are registered there.": (
        "Kontroller at virksomheten og sertifikatet er registrert der."
    ),
    "Check the addresses of the environment.": "Kontroller adressene til miljøet.",
    "Ask less often.": "Spør sjeldnere.",
    "It is busy or closed for a while: try again later.": (
        "Den er opptatt eller stengt en stund: prøv igjen senere."
    ),
    "The access point answered with HTTP status {}, which its interface does not know here.": (
        "Aksesspunktet svarte med HTTP-status {}, som grensesnittet ikke kjenner her."
    ),
    "The answer of the contact register is not a JSON object.": (
        "Svaret fra kontaktregisteret er ikke et JSON-objekt."
    ),
    "The answer cannot be decrypted, or its signature does not hold.": (
        "Svaret kan ikke dekrypteres, eller signaturen holder ikke."
    ),
    "Check that the certificate registered with the contact register is the one that answers are"
    " decrypted with.": (
        "Kontroller at sertifikatet som er registrert hos kontaktregisteret, er det som svarene"
        " dekrypteres med."
    ),
}

ERRORS: Final = {**_SETTINGS, **_IDENTITY, **_CERTIFICATES, **_TOKENS, **_WAY}
"""Each sentence with its Norwegian one."""
