# The words of this project: make run, make test, make check, make install.
# Needs Python 3.11 to 3.13 with its venv module, and make. Nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
PY   := $(VENV)/bin/python
PIP  := $(PY) -m pip --disable-pip-version-check --quiet
ARGS ?=
STORE ?= embedded

# The first Python that this project runs on; PYTHON=… overrides it.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo "$$p"; break; }; done)

.PHONY: help run test cover soak bench check format lock install reference pictures clean

help: ## show these words
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run ## start the bot (without Slack tokens: in the playground); options in ARGS="…"
	@exec $(VENV)/bin/milepost run $(ARGS)

install: $(VENV)/.dev ## make .venv with everything, tests included

test: $(VENV)/.dev ## run all tests; options in ARGS="…"
	@$(PY) -m pytest -n 3 --dist loadfile $(ARGS)

soak: $(VENV)/.dev ## let everything go wrong for some minutes: nothing lost, nothing twice; ARGS="--minutes 20 --tasks 300", STORE=postgres: three replicas
	@$(PY) -m tests.faults.soak --store $(STORE) $(ARGS)

bench: $(VENV)/.dev $(VENV)/.bench ## measure everything in under ten minutes, onto benchmarks/RESULTS.md; ARGS="--quick" tries it out
	@MILEPOST_BENCH_VENDORS=$(CURDIR)/$(VENV)/bench/bin/python $(PY) -m benchmarks $(ARGS)

cover: $(VENV)/.dev ## every branch of the core and of the clouds is tested, or this fails
	@$(PY) -m pytest -n 3 --dist loadfile -q --cov --cov-branch --cov-report=term-missing tests/core tests/providers $(ARGS)

check: $(VENV)/.dev ## ruff (lint and format), mypy, import contracts
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache

format: $(VENV)/.dev ## let ruff put the code in order
	@$(VENV)/bin/ruff check --fix-only .
	@$(VENV)/bin/ruff format .

reference: $(VENV)/.dev ## write docs/configuration.md anew from the settings
	@$(PY) -c "from bot.settings import reference; from providers.registry import ACCOUNT_TYPES; print(reference(ACCOUNT_TYPES), end='')" >docs/configuration.md

pictures: $(VENV)/.dev ## take the pictures of the documentation anew (needs Chromium)
	@$(PY) docs/pictures.py

# One lock for all supported Pythons, with hashes and without any registry's address.
lock: $(VENV)/.dev ## renew the lock files (needs the package uv; only maintainers run this)
	@$(VENV)/bin/uv --version >/dev/null 2>&1 || $(PIP) install uv
	@for f in build run postgres dev; do \
	  case $$f in build) from="requirements/build.in";; run) from="pyproject.toml";; *) from="pyproject.toml --extra $$f";; esac; \
	  $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links $$from --output-file requirements/$$f.lock; done

# The SDKs of the vendors, to measure beside them: in an environment of their own, and left out where they cannot be had.
$(VENV)/.bench: benchmarks/requirements.lock | $(VENV)/bin/python
	@echo "Installing what is measured beside Milepost …"
	@{ $(PY) -m venv $(VENV)/bench && $(VENV)/bench/bin/python -m pip --disable-pip-version-check --quiet install \
	  setuptools wheel && $(VENV)/bench/bin/python -m pip --disable-pip-version-check --quiet install \
	  --no-build-isolation --require-hashes -r benchmarks/requirements.lock; } \
	  || { rm -rf $(VENV)/bench; echo "It cannot be installed here; those rows are skipped."; }
	@touch $@

clean: ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Milepost needs Python 3.11, 3.12 or 3.13. Install one, or name it: make PYTHON=/path/to/python3.12 …"; exit 1; }
	@echo "Making $(VENV) with $(PYTHON) (once) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

# Build tools first: sqlitedict ships as source, and a build in isolation would fetch tools that no hash pins.
$(VENV)/.build: requirements/build.lock | $(VENV)/bin/python
	@$(PIP) install --require-hashes -r requirements/build.lock
	@touch $@

$(VENV)/.run: requirements/run.lock pyproject.toml $(VENV)/.build
	@echo "Installing the locked packages …"
	@$(PIP) install --require-hashes --no-build-isolation -r requirements/run.lock
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock pyproject.toml $(VENV)/.build
	@echo "Installing the locked packages, tests included …"
	@$(PIP) install --require-hashes --no-build-isolation -r requirements/dev.lock
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@ $(VENV)/.run
