#!/usr/bin/env bash
# Runs what leans most on Python and its libraries, and the demo, with each Python after the oldest that can be found:
# on the path, or kept by pyenv.
set -euo pipefail
cd "$(dirname "$0")/.."

found() { # the interpreter of a version, if there is one that starts
    local candidate
    for candidate in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        if [ -n "$candidate" ] && "$candidate" -c '' 2>/dev/null; then echo "$candidate"; return; fi
    done
}

for version in 3.12 3.13 3.14; do
    python=$(found "$version")
    if [ -z "$python" ]; then
        echo "Python $version is not installed here: not tested with it."
        continue
    fi
    venv=.venv-$version
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    echo "Python $version:"
    "$venv/bin/python" -m pytest --numprocesses auto --dist worksteal --quiet \
        tests/unit/gate tests/unit/jose tests/unit/pki tests/unit/transport tests/unit/xmlsec tests/unit/test_pickling.py
    "$venv/bin/sdp" demo
done
