# `make run` shows the example workspace in a browser; `make test` checks everything. Both need Python 3.11 or later only.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed

export GX_ANALYTICS_ENABLED := false
# Every worker and every command of the tests imports the same modules: compiled once, not by each of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lint types arrows unit browser sample bench clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(INSTALLED): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

run: $(INSTALLED) ## the example workspace: load it, then the dashboard on 127.0.0.1:8501 (PORT=8502 for another)
	$(PY) -m pipelines demo $(if $(PORT),--port $(PORT))

test: lint types arrows unit ## lint, types, the arrows between the rooms, all tests

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(INSTALLED)
	$(VENV)/bin/mypy

arrows: $(INSTALLED)
	$(VENV)/bin/lint-imports

unit: $(INSTALLED)
	# As many workers as keep all cores busy (tests/conftest.py), so one thread in each.
	POLARS_MAX_THREADS=1 $(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder

sample: $(INSTALLED) ## make the example workspace's files again (they must come out byte for byte)
	$(PY) -m sample_data.generator

bench: $(INSTALLED) ## speed and memory, as ratios to DuckDB's bare read (LARGE=1 adds 50 million contacts)
	$(PY) -m tests.bench $(if $(LARGE),--large)
	$(PY) -m tests.bench.ledger

clean: ## remove the environment and everything the program made
	rm -rf $(VENV) sample_data/state sample_data/secrets .pytest_cache .mypy_cache .ruff_cache .hypothesis
