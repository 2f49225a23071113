# The one interpreter that is asked of the machine; everything else lives in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := requirements/dev.txt

# Tests start hundreds of processes, and each would compile the library anew.
unexport PYTHONDONTWRITEBYTECODE

CORES := $(shell $(PYTHON) -c 'import os; print(os.cpu_count())')
# Two for each core, since many tests wait for another process or for an answer; work is stolen, since files differ much.
WORKERS := $(shell $(PYTHON) -c 'import os; print(2 * os.cpu_count())')

# The tests of both wires, from their formats to the whole way over HTTPS.
BOTH_WIRES := tests/wire tests/unit/dpi tests/unit/ebms tests/unit/jose tests/unit/xmlsec tests/unit/krr_soap \
	tests/e2e/client/test_sending.py tests/e2e/client/test_receipts.py tests/e2e/test_dpi.py tests/e2e/test_dpi_receipts.py

.DEFAULT_GOAL := help
.PHONY: help setup demo check unit style types test test-lowest test-pythons lint format bench bench-java soak fuzz interop audit sbom docs dist lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv, with the versions in the lock file and the sdp command

$(READY): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "sdp needs Python 3.11 or newer, and '$(PYTHON)' is not. Name one that is: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
		exit 1; }
	@echo "Making $(VENV) ..." >&2
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv --clear $(VENV); \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then $(PYTHON) -m venv --clear --without-pip $(VENV); \
	else echo "'$(PYTHON)' comes without pip. Install it first, on Debian: apt-get install python3-venv" >&2; exit 1; fi
	@if [ -x $(BIN)/pip ]; then pip="$(BIN)/python -m pip"; else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	set -e; \
	echo "Fetching $$(grep -c == $(LOCK)) packages, a minute or so on a fresh machine:" >&2; \
	{ $$pip install --progress-bar off --disable-pip-version-check --require-hashes -r $(LOCK) && touch $(VENV)/.fetched; } | \
	while read -r word name _; do case $$word in \
		Collecting) printf ' %s' "$${name%%[=;]*}" ;; \
		Installing) printf '\nPutting them in place ...\n' ;; \
	esac; done >&2; \
	test -e $(VENV)/.fetched; \
	echo "Adding sdp itself ..." >&2; \
	$$pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
	@echo "Ready: $(BIN)/sdp" >&2

demo: setup ## send a digital and a print letter to a test environment on this machine
	@$(BIN)/sdp demo

check: setup ## the fast tier: style, types and the unit tests that are not slow, in under 90 seconds on two cores
	@$(MAKE) --no-print-directory --jobs 3 style types unit

unit: setup
	$(BIN)/python -m pytest tests/unit -m 'not slow' --hypothesis-profile quick --numprocesses $(CORES) --dist worksteal --quiet

test: setup ## run every test
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

test-pythons: ## what leans most on Python and its libraries, and the demo, with each later Python that is installed here
	@tools/pythons.sh

test-lowest: ## the tests of both wires and the demo, with the lowest versions that pyproject.toml allows
	$(PYTHON) -m venv --clear .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/lowest.txt
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	.venv-lowest/bin/python -m pytest --numprocesses $(WORKERS) --dist worksteal --quiet $(BOTH_WIRES)
	.venv-lowest/bin/sdp demo

lint: style types ## check style, formatting and types

style: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup
	$(BIN)/mypy
	$(BIN)/python tools/type_completeness.py

format: setup ## mend style and formatting where that can be done by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: setup ## measure beside openssl and others, some minutes; writes benchmarks/ and docs/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	$(BIN)/python -m benchmarks

bench-java: setup ## measure beside Difi's Java client; needs Java 17 and Maven
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	$(BIN)/python -m benchmarks.java

soak: setup ## let 10 000 letters through faults, kills and outages on both databases and wires, half an hour; LETTERS=1000 for less
	$(BIN)/python -m benchmarks.outbox_faults --letters $(or $(LETTERS),10000)

fuzz: setup ## fuzz every parser, one minute each, and try many examples of each property; SECONDS=600 for longer
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60)
	$(BIN)/python -m pytest tests/unit tests/wire -m hypothesis --hypothesis-profile thorough --numprocesses $(CORES) --quiet

interop: setup ## let Difi's Java client, WSS4J, DSS and phase4 judge us; needs Java 17 and Maven
	SDP_INTEROP_REQUIRED=1 $(BIN)/python -m pytest tests/interop

audit: setup ## look the locked packages up among known vulnerabilities
	$(BIN)/python tools/audit.py $(filter-out requirements/lowest.txt,$(wildcard requirements/*.txt))

sbom: setup ## write the bill of materials to dist/sdp.cdx.json
	@mkdir -p dist
	$(BIN)/python tools/sbom.py $(LOCK) > dist/sdp.cdx.json

docs: setup ## build the documentation site in site/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/docs.txt
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

dist: setup ## build wheel and source archive twice, compare and check them, and try the wheel elsewhere
	$(BIN)/python tools/dist.py

lock: ## write the lock files anew from pyproject.toml; needs uv
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header -o $(LOCK)
	uv pip compile pyproject.toml --all-extras --group dev --group bench --universal --python-version 3.11 \
		--constraint $(LOCK) --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements/bench.txt
	uv pip compile pyproject.toml --group docs --universal --python-version 3.11 \
		--constraint $(LOCK) --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements/docs.txt
	uv pip compile pyproject.toml --all-extras --python-version 3.11 --resolution lowest-direct --no-annotate --no-header -o $(VENV)/lowest-direct.txt
	uv pip compile pyproject.toml --all-extras --group dev --python-version 3.11 --constraint $(VENV)/lowest-direct.txt \
		--generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements/lowest.txt

clean: ## remove everything that was made
	rm -rf $(VENV) .venv-lowest build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
