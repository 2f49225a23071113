"""A client that uploads a large letter to a test environment, or only gets ready to.

It goes over ebMS, since an access point takes no package of this size.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.inputs import MIB
from sdp import (
    Avsender,
    Client,
    ClientConfig,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    Mottaker,
    TekniskMottaker,
)


def main(folder: Path, document: Path | None) -> None:
    """Make a client, and send the document if there is one."""
    import tomllib

    from cryptography.x509 import load_pem_x509_certificate

    config = ClientConfig.from_toml(folder / "sdp-ebms.toml")
    environment = config.environment.model_copy(update={"size_limit_bytes": 1024 * MIB})
    config = config.model_copy(update={"environment": environment, "read_timeout": 300.0})
    person = tomllib.loads((folder / "innbygger.toml").read_text(encoding="utf-8"))
    with Client(config) as client:
        if document is None:
            next(iter(client.receipts()), None)
            return
        client.send(
            Forsendelse.digital(
                avsender=Avsender(organisasjonsnummer="991825827"),
                mottaker=Mottaker(
                    personidentifikator=person["personidentifikator"],
                    postkasseadresse=person["postkasseadresse"],
                    postkasse=TekniskMottaker(
                        organisasjonsnummer=person["postkasse"],
                        sertifikat=load_pem_x509_certificate(person["sertifikat"].encode()),
                    ),
                ),
                digital_post=DigitalPost(ikke_sensitiv_tittel="Stort brev"),
                dokumentpakke=Dokumentpakke(
                    hoveddokument=Dokument.from_path(
                        document, mime_type="application/octet-stream", tittel="Stort"
                    )
                ),
            )
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
