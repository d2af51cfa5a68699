# Everything runs in .venv, which is made from the lock file at the first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
export PREMISE CHAPTERS GENRE TONE LANGUAGE STYLE SEED OUT

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  make story takes PREMISE="..." CHAPTERS=2..5 GENRE=... TONE=... LANGUAGE=de STYLE="..." SEED=... OUT=book.epub'

story: $(VENV)/ready ## write a story: PREMISE="A detective in 1920s Paris ..."
	@$(BIN)/fabula write $${PREMISE:+"$$PREMISE"} $${CHAPTERS:+--chapters "$$CHAPTERS"} $${GENRE:+--genre "$$GENRE"} \
	  $${TONE:+--tone "$$TONE"} $(if $(filter-out environment,$(origin LANGUAGE)),$${LANGUAGE:+--language "$$LANGUAGE"}) $${STYLE:+--prose-style "$$STYLE"} \
	  $${SEED:+--seed "$$SEED"} $${OUT:+--out "$$OUT"}

# A database of its own for each test is hundreds of files made and removed: where there is room, in memory.
IN_MEMORY = $(shell df --output=avail /dev/shm 2>/dev/null | awk 'NR > 1 && $$1 > 4000000 { print "TMPDIR=/dev/shm" }')

test: $(VENV)/ready-dev ## run every test
	@$(IN_MEMORY) $(BIN)/pytest -q -n auto --dist worksteal $(ARGS)

check: $(VENV)/ready-dev ## format, lint, types, import rule
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

fuzz: $(VENV)/ready-dev $(VENV)/fuzz/ready ## send the server whatever its OpenAPI document allows
	@FUZZING_SECONDS=$${FUZZING_SECONDS:-700} $(BIN)/pytest -q tests/e2e/langgraph/test_schema.py

rows: $(VENV)/ready-dev ## which requirement rows are proven, by which tests
	@$(IN_MEMORY) $(BIN)/pytest -q -n auto --rows

studio: $(VENV)/ready-dev ## serve the graphs with `langgraph dev`, for LangGraph Studio
	@$(BIN)/langgraph dev --no-browser --port $${PORT:-8123}

bench: $(VENV)/ready-dev ## measure speed and size
	@$(BIN)/python -m bench

format: $(VENV)/ready-dev ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## renew the lock files (needs uv)
	@uv pip compile pyproject.toml --extra espeak --group dev --group build $(UV_LOCK) -o requirements-dev.lock
	@uv pip compile pyproject.toml --extra espeak --group build -c requirements-dev.lock $(UV_LOCK) -o requirements.lock
	@uv pip compile tests/schemathesis/requirements.in $(UV_LOCK) -o tests/schemathesis/requirements.lock

clean: ## remove the environment
	@rm -rf $(VENV)

UV_LOCK := --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Fabula needs Python 3.11 or newer; name one with PYTHON=/path/to/python3")'
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)

# Compiled once: where Python may not write bytecode, each process would compile them anew.
SOURCES := books domain evaluation graphs nodes prompts providers server

$(VENV)/ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q $(SOURCES)
	@touch $@

NODE_TESTS := tests/aimock tests/e2e/clients

$(VENV)/ready-dev: requirements-dev.lock $(NODE_TESTS:=/package-lock.json) $(VENV)/ready
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@if command -v npm >/dev/null; then for folder in $(NODE_TESTS); do \
	  npm ci --silent --no-audit --no-fund --prefix $$folder \
	  || echo "npm could not install $$folder: the tests that need it are skipped"; done; fi
	@touch $@

# schemathesis cannot be installed beside langgraph-api, which `langgraph dev` runs on.
$(VENV)/fuzz/ready: tests/schemathesis/requirements.lock | $(VENV)/bin/python
	@$(PYTHON) -m venv $(VENV)/fuzz
	@$(VENV)/fuzz/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.PHONY: help story test check fuzz rows studio bench format lock clean
