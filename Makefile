# Everything runs in .venv, which `setup` makes from python3 (3.11 or newer, with venv). Nothing else
# is needed on the machine than python3, git and make.

PYTHON ?= python3
BIN := .venv/bin
SPECS := spec
SCHEMA := codegen/schema/spec.schema.json
CHECKED := codegen runtime generated tests

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup lock demo demo-dask test check lint format types drift generate bench nightly clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## Make .venv and install the project into it (again only when what it needs changes)

# --prefer-binary: a fresh machine has no compiler.
PIP := $(BIN)/python -m pip --disable-pip-version-check --retries 10 --timeout 60
INSTALL := $(PIP) install --quiet --prefer-binary

# Where a version that was tested can't be had, for another Python say, one within the bounds of
# pyproject.toml is taken.
.venv/.ready: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (about a minute the first time)"
	@$(INSTALL) --constraint constraints.txt -e '.[test]' \
		|| { echo "trying again, with other versions than those of constraints.txt"; \
			$(INSTALL) -e '.[test]'; }
	@touch $@

lock: ## Install the newest versions of everything and note them in constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(INSTALL) --upgrade --upgrade-strategy eager -e '.[test]'
	@$(PIP) freeze --exclude-editable > constraints.new && mv constraints.new constraints.txt
	@touch .venv/.ready

demo: setup ## Download a few hundred files with a generated machine, under a minute
	@$(BIN)/lawful check spec/downloader
	@$(BIN)/lawful generate spec/downloader
	@$(BIN)/lawful graph spec/downloader
	@$(BIN)/python -m lawful.runtime.demo

demo-dask: setup ## Compute on a dask cluster whose workers run a generated machine, under a minute
	@$(BIN)/lawful check --allow-bind --figures spec/worker
	@$(BIN)/python -m lawful.runtime.dask.demo

test: setup ## Run the tests
	@$(BIN)/pytest -n 2 --dist loadgroup

check: lint types drift ## Lint, types and drift

lint: setup ## Look for mistakes and for code that is not formatted
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup ## Check the types, with mypy --strict and with pyright
	@$(BIN)/mypy $(CHECKED)
	@$(BIN)/pyright

drift: setup ## Compare what is generated with what is checked in
	@$(BIN)/lawful generate --check --allow-bind $(SPECS)
	@$(BIN)/lawful schema | diff -u $(SCHEMA) - \
		|| { echo "$(SCHEMA) has drifted; run: make generate"; exit 1; }

generate: setup ## Write everything that is generated
	@$(BIN)/lawful generate --allow-bind $(SPECS)
	@$(BIN)/lawful schema > $(SCHEMA).new && mv $(SCHEMA).new $(SCHEMA)

bench: setup ## Measure machines, the worker and the explorer beside others; print the ratios
	@$(BIN)/python -m tests.benchmarks
	@$(BIN)/python -m tests.benchmarks.worker
	@$(BIN)/python -m tests.benchmarks.explorer
	@$(BIN)/python -m tests.benchmarks.coverage
	@$(BIN)/python -m tests.benchmarks.recording

nightly: setup ## Run the long profiles and write tests/nightly/summary.md
	@$(INSTALL) --constraint constraints.txt -e '.[test,fuzz]' \
		|| echo "atheris has no wheel for this Python: that part will be left out"
	@$(BIN)/python -m tests.nightly.run

clean: ## Remove .venv and every cache
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist demo-data
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
