"""Letters, their parties and their receipts, as values that touch no network."""

from sdp.domain.aktorer import Avsender, Databehandler, Mottaker, TekniskMottaker
from sdp.domain.arrangement import (
    Arrangement,
    Arrangementsinfo,
    Arrangementslenke,
    Moeteplass,
    Strekkode,
    Strekkodetype,
    Tidsrom,
)
from sdp.domain.bevis import (
    AarligPeriode,
    Bevis,
    Bevisadresse,
    Bevisattributt,
    Bevisholder,
    Bevisinfo,
    Bevisperiode,
    Maanedstidspunkt,
)
from sdp.domain.brev import Brev
from sdp.domain.digital_post import DigitalPost, EpostVarsel, Sikkerhetsnivaa, SmsVarsel
from sdp.domain.dokumentpakke import Dokument, Dokumentpakke, Metadata, Pakkefil
from sdp.domain.filnavn import ALLOWED_MIME_TYPES, check_filnavn, collision_key
from sdp.domain.formaal import Formaal
from sdp.domain.forsendelse import (
    DigitalForsendelse,
    Forsendelse,
    FysiskForsendelse,
    Prioritet,
    SendResultat,
)
from sdp.domain.fysisk_post import (
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Posttype,
    Printinstruksjon,
    Retur,
    UtenlandskAdresse,
    Utskriftsfarge,
)
from sdp.domain.identifikatorer import (
    check_organisasjonsnummer,
    check_personidentifikator,
    is_synthetic,
)
from sdp.domain.kilde import BytesKilde, Kilde, PathKilde, StreamKilde
from sdp.domain.kvittering import (
    Aapningskvittering,
    Feil,
    Feiltype,
    Kvittering,
    Kvitteringsreferanse,
    Leveringskvittering,
    Mottakskvittering,
    Returpostkvittering,
    VarslingFeiletKvittering,
    Varslingskanal,
)
from sdp.domain.linting import LintFinding, LintRule, lint, sms_segments
from sdp.domain.metadata import Lenke
from sdp.domain.varsel import Spraaktekst, Varseltekster

__all__ = [
    "ALLOWED_MIME_TYPES",
    "Aapningskvittering",
    "AarligPeriode",
    "Arrangement",
    "Arrangementsinfo",
    "Arrangementslenke",
    "Avsender",
    "Bevis",
    "Bevisadresse",
    "Bevisattributt",
    "Bevisholder",
    "Bevisinfo",
    "Bevisperiode",
    "Brev",
    "BytesKilde",
    "Databehandler",
    "DigitalForsendelse",
    "DigitalPost",
    "Dokument",
    "Dokumentpakke",
    "EpostVarsel",
    "Feil",
    "Feiltype",
    "Formaal",
    "Forsendelse",
    "FysiskForsendelse",
    "FysiskPost",
    "Kilde",
    "Kvittering",
    "Kvitteringsreferanse",
    "Lenke",
    "Leveringskvittering",
    "LintFinding",
    "LintRule",
    "Maanedstidspunkt",
    "Metadata",
    "Moeteplass",
    "Mottaker",
    "Mottakskvittering",
    "NorskAdresse",
    "Pakkefil",
    "PathKilde",
    "Postadresse",
    "Posthaandtering",
    "Posttype",
    "Printinstruksjon",
    "Prioritet",
    "Retur",
    "Returpostkvittering",
    "SendResultat",
    "Sikkerhetsnivaa",
    "SmsVarsel",
    "Spraaktekst",
    "StreamKilde",
    "Strekkode",
    "Strekkodetype",
    "TekniskMottaker",
    "Tidsrom",
    "UtenlandskAdresse",
    "Utskriftsfarge",
    "Varseltekster",
    "VarslingFeiletKvittering",
    "Varslingskanal",
    "check_filnavn",
    "check_organisasjonsnummer",
    "check_personidentifikator",
    "collision_key",
    "is_synthetic",
    "lint",
    "sms_segments",
]
