# The house's commands; `make help` lists them. GNU make and Python 3.11–3.13 are all that is needed before `setup`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# The first of these that runs, is 3.11–3.13 and can make environments; PYTHON=… names another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)

PORT ?= 0
SERVE_PORT ?= 8001
SERVE ?= 1
# Every time that the sample run records is this instant (2026-11-16 10:00 in Shanghai): two runs give the same bytes.
SOURCE_DATE_EPOCH ?= 1794794400
EVAL ?= ../shared/eval
PHRASES ?= $(EVAL)/../domain/phrases.json
PAGES_OF_FUZZING ?= 10000
# Pages of the archives that `make bench` builds; 100000 takes an hour and 25 GB.
SIZES ?= 1000,10000
PARTS ?=
KEEP ?= 0

PIP_INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes

.PHONY: help setup run test test-all lint eval bench refresh fuzz lock debian

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PORT=… of the sample site, SERVE_PORT=… of Datasette (8001), SERVE=0: stop after the release"

$(BIN)/python:
	@[ -n "$(PYTHON)" ] && $(PYTHON) -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "yidi needs Python 3.11, 3.12 or 3.13 with its venv module (Debian: python3-venv);" \
		"$(if $(PYTHON),$(PYTHON) is not that,none found). Name one: make PYTHON=/path/to/python" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check -qq --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	$(PIP_INSTALL) -r requirements-test.lock
	@touch $@

setup: $(VENV)/.run $(VENV)/.test ## make .venv from the locks: what runs and what tests

run: $(VENV)/.run ## crawl the sample site, build, check, release, and serve the result
	@SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) $(BIN)/python scripts/run_sample.py \
		--port $(PORT) --serve-port $(SERVE_PORT) $(if $(filter 0 no false,$(SERVE)),--no-serve)

test: $(VENV)/.test ## the tests that need nothing but Python
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not browser"

test-all: $(VENV)/.test debian ## all tests, in full and in the browser too (installs Debian's packages where it may)
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not browser" --exhaustive
	$(BIN)/python -m pytest -m browser

lint: $(VENV)/.test ## ruff and strict mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

eval: $(VENV)/.test ## crawl, build and score the annotated pages (EVAL=… is their folder)
	@[ -f $(EVAL)/score.py ] || { echo "eval: no annotated pages at $(EVAL): nothing to score"; exit 0; }; \
	status=0; \
	$(BIN)/python benchmarks/eval_road.py $(EVAL) || status=1; \
	$(BIN)/python benchmarks/phrases.py $(PHRASES) || status=1; \
	$(BIN)/python benchmarks/quality.py $(EVAL) || status=1; \
	exit $$status

bench: $(VENV)/.test ## measure speed (PARTS="parsing scale", SIZES=1000,10000,100000, KEEP=1: into docs/PERFORMANCE.md)
	@$(BIN)/python benchmarks/bench.py $(PARTS) --kit $(EVAL) --sizes $(SIZES) $(if $(filter-out 0 no,$(KEEP)),--keep)

fuzz: $(VENV)/.test ## feed damaged pages to the parsers (PAGES_OF_FUZZING=10000)
	@$(BIN)/python scripts/fuzz.py --pages $(PAGES_OF_FUZZING)

refresh: $(VENV)/.run ## the weekly run on the real sources: crawl, build, check, release, report
	$(BIN)/yidi refresh

lock: ## resolve the dependencies again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		pyproject.toml --extra export --extra scale --group test --group bench --group browser -c requirements.lock -o requirements-test.lock

debian:
	@bash scripts/debian.sh chromium:chromium fonts-noto-cjk: nginx:nginx redis-server:redis-server systemd:systemd-analyze \
		gpg:gpg gpg-agent:gpg-agent zstd:zstd
