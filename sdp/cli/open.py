"""`sdp open`: decrypt a package, check it, and show or extract what is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, masked_person, table
from sdp.cli.files import read_password
from sdp.cli.parameters import FILE, FOLDER
from sdp.dokumentpakke import open_pakke
from sdp.pki import Identity, TrustStore, organisasjonsnummer

if TYPE_CHECKING:
    from pathlib import Path
