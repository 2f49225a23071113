"""Looks the locked packages up among known vulnerabilities: `python tools/audit.py LOCK...`.

Exits with 1 where something is known against a package, or where only some could be looked up;
with 2 where pip-audit fails; and with 0 where nothing is known, or nobody could be asked, which it
then says.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

_NO_NETWORK = re.compile(
    r"requests\.exceptions\.(?:ConnectionError|ProxyError|ConnectTimeout|ReadTimeout)"
    r"|Could not connect to|ServiceError"
)
_COMMAND = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
_OPTIONS = ["--format", "json", "--desc", "off", "--progress-spinner", "off"]


def main(locks: list[str]) -> int:
    """Audit each lock file, and return the exit status."""
    return max((_audit(lock) for lock in locks), default=0)


def _audit(lock: str) -> int:
    ran = subprocess.run(  # noqa: S603 - the command is written above
        [*_COMMAND, *_OPTIONS, "-r", lock], capture_output=True, text=True, check=False
    )
    if ran.returncode not in {0, 1} or (ran.returncode == 1 and not ran.stdout):
        return _failed(lock, ran.stderr)
    told = json.loads(ran.stdout) if ran.stdout else {"dependencies": []}
    return _report(lock, told["dependencies"])


def _failed(lock: str, stderr: str) -> int:
    if _NO_NETWORK.search(stderr):
        print(f"{lock}: COULD NOT LOOK for known vulnerabilities: nobody can be asked from here.")
        return 0
    print(f"{lock}: pip-audit failed.\n{stderr}", file=sys.stderr)
    return 2


def _report(lock: str, found: list[dict[str, Any]]) -> int:
    skipped = [one for one in found if "skip_reason" in one]
    known = [one for one in found if one.get("vulns")]
    if skipped and len(skipped) == len(found):
        print(f"{lock}: COULD NOT LOOK for known vulnerabilities: nobody here knows any package.")
        return 0
    for one in known:
        ids = ", ".join(vulnerability["id"] for vulnerability in one["vulns"])
        print(f"{lock}: {one['name']} {one['version']} has known vulnerabilities: {ids}")
    for one in skipped:
        print(f"{lock}: {one['name']} could not be looked up: {one['skip_reason']}")
    if not known and not skipped:
        print(f"{lock}: nothing is known against any of its packages.")
    return 1 if known or skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
