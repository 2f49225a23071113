"""Send one letter and handle its receipts: send_brev.py CONFIG.toml RECIPIENT.toml LETTER.pdf."""

import sys
import tomllib
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificate

import sdp

config, recipient, letter = map(Path, sys.argv[1:])
person = tomllib.loads(recipient.read_text(encoding="utf-8"))
forsendelse = sdp.Forsendelse.digital(
    avsender=sdp.Avsender(organisasjonsnummer="991825827"),
    mottaker=sdp.Mottaker(
        personidentifikator=person["personidentifikator"],
        postkasseadresse=person["postkasseadresse"],
        postkasse=sdp.TekniskMottaker(
            organisasjonsnummer=person["postkasse"],
            sertifikat=load_pem_x509_certificate(person["sertifikat"].encode()),
        ),
    ),
    digital_post=sdp.DigitalPost(ikke_sensitiv_tittel="Svar på søknaden din"),
    dokumentpakke=sdp.Dokumentpakke(hoveddokument=sdp.Dokument.from_path(letter, tittel="Svar")),
)
with sdp.Client(sdp.ClientConfig.from_toml(config)) as client:
    try:
        resultat = client.send(forsendelse)
    except sdp.UnknownOutcomeError as error:
        # It may have arrived. This sends the very same message, which is delivered only once.
        resultat = client.resend(error.pending)
    print("Accepted:", resultat.konversasjons_id, resultat.billable_bytes, "billable bytes")

    for kvittering in client.receipts():
        print(type(kvittering).__name__, kvittering.konversasjons_id, kvittering.tidspunkt)
        # Store it here. It is confirmed when this block has ended without an error.
