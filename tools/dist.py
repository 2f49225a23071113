"""Builds the distributions twice, compares and checks them, and tries the wheel elsewhere.

`python tools/dist.py` leaves the wheel, the source archive and their SHA-256 digests in `dist/`.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from packaging.metadata import Metadata

_ROOT = Path(__file__).parents[1]
_DIST = _ROOT / "dist"
_LOCK = _ROOT / "requirements" / "dev.txt"


def main() -> int:
    """Build, check and try; return the exit status."""
    with tempfile.TemporaryDirectory() as scratch:
        first, second = _built(_DIST), _built(Path(scratch) / "again")
        for one, other in zip(first, second, strict=True):
            if _digest(one) != _digest(other):
                print(f"{one.name} is not the same when it is built again", file=sys.stderr)
                return 1
        (wheel,) = (file for file in first if file.suffix == ".whl")
        version = _checked(wheel)
        _tried(wheel, Path(scratch))
    lines = [f"{_digest(file)}  {file.name}\n" for file in first]
    (_DIST / "SHA256SUMS").write_text("".join(lines), encoding="ascii")
    print(f"Version {version} is in dist/, the same when built again, and its demo works:")
    print("".join(lines), end="")
    return 0


def _built(folder: Path) -> list[Path]:
    for old in (*folder.glob("*.whl"), *folder.glob("*.tar.gz")):
        old.unlink()
    print(f"Building in {folder} ...")
    _run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), cwd=_ROOT)
    return sorted([*folder.glob("*.whl"), *folder.glob("*.tar.gz")])


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _checked(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(archive.read(name), validate=True)
    return str(metadata.version)


def _tried(wheel: Path, scratch: Path) -> None:
    """Install the wheel by itself, away from the clone, and run the demo and an example from it."""
    print("Installing the wheel in a clean environment, with the locked dependencies ...")
    _run(sys.executable, "-m", "venv", str(scratch / "venv"), cwd=scratch)
    python = str(scratch / "venv" / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run(*pip, "--require-hashes", "-r", str(_LOCK), cwd=scratch)
    _run(*pip, "--no-deps", str(wheel), cwd=scratch)
    _run(python, "-c", _IS_INSTALLED, str(_ROOT), cwd=scratch)
    _run(str(scratch / "venv" / "bin" / "sdp"), "demo", cwd=scratch)
    _run(python, "-c", _RUNS_THE_EXAMPLE, str(_ROOT / "examples" / "send_brev.py"), cwd=scratch)


_IS_INSTALLED = """
import sys, sdp
assert not sdp.__file__.startswith(sys.argv[1]), sdp.__file__
"""

_RUNS_THE_EXAMPLE = """
import subprocess, sys
from pathlib import Path
from sdp.cli.testmiljo import write_files
from sdp.testmiljo import Testmiljo

with Testmiljo.start() as miljo:
    write_files(miljo, Path("testmiljo"))
    files = ["testmiljo/sdp.toml", "testmiljo/innbygger.toml", "testmiljo/brev.pdf"]
    subprocess.run([sys.executable, sys.argv[1], *files], check=True)
"""


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True)  # noqa: S603 - the commands are written above


if __name__ == "__main__":
    sys.exit(main())
