"""A configuration whose key store holds the sender's certificate without those of its issuers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sdp.testmiljo import Testmiljo


def without_issuers(config: Path, miljo: Testmiljo) -> None:
    """Take the issuers out of the key store that `Testmiljo.write_config` wrote."""
    alone = replace(miljo.avsender, chain=miljo.avsender.chain[:1])
    [password] = config.parent.glob("*.password")
    [store] = config.parent.glob("*.p12")
    store.write_bytes(alone.pkcs12(password.read_text(encoding="utf-8")))
