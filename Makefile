# One command each; CI calls the same. Every target makes .venv anew when the requirement files changed.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
RUN_STAMP := $(VENV)/.runners-installed
DEV_STAMP := $(VENV)/.dev-installed
export GRADIO_ANALYTICS_ENABLED := False

.DEFAULT_GOAL := help
.PHONY: help setup run demo tasks fleet test lint types bench faults hub carriers clean

help: ## say what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

$(PY):
	@echo "== Making a virtual environment in $(VENV) with $(PYTHON)"
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Starwatt needs Python 3.11 or newer; $(PYTHON) is older. Say which: make setup PYTHON=python3.12"; exit 2; }
	@"$(PYTHON)" -m venv $(VENV)

$(RUN_STAMP): requirements.txt runners/requirements.txt | $(PY)
	@echo "== Installing the Space and the runner (PyTorch included: some minutes the first time)"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r runners/requirements.txt
	@touch $@

$(DEV_STAMP): $(RUN_STAMP) requirements-dev.txt
	@echo "== Installing what the tests need"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

setup: $(DEV_STAMP) ## install everything into .venv
	@echo "== Ready: make run · make demo · make test"

run: $(RUN_STAMP) ## the Space on http://127.0.0.1:7860 with a worker for this machine beside it
	@$(PY) -m submissions serve

demo: $(RUN_STAMP) carriers ## a model goes in, a star comes out, on this machine, without a network
	@$(PY) -m tests.demo

tasks: $(RUN_STAMP) carriers ## a run of every task and variant, on a simulated H100
	@$(PY) -m tests.demo.tasks $(ARGS)

fleet: $(RUN_STAMP) carriers ## a Space, two workers and a Slurm with a simulated H100 and T4; twelve submissions
	@$(PY) -m tests.demo.fleet

hub: $(RUN_STAMP) carriers ## a loopback Hugging Face Hub with small models and data sets
	@$(PY) -m tests.fakes.hub

carriers: $(RUN_STAMP)
	@$(PY) -m tests.fakes.hub.carriers
	@$(PY) -m tests.fakes.hub.data_carriers

lint: $(DEV_STAMP) ## ruff and mypy
	@echo "== ruff"
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	@echo "== mypy"
	@$(VENV)/bin/mypy

test: $(DEV_STAMP) carriers lint ## lint, types and every test that needs no GPU
	@echo "== domain and rating: their own tests reach every line"
	@OMP_NUM_THREADS=1 $(PY) -m pytest -q tests/domain tests/rating --cov --cov-report=term
	@echo "== pytest"
	@OMP_NUM_THREADS=1 $(PY) -m pytest -m "not gpu" $(ARGS)

bench: $(DEV_STAMP) ## measure ourselves against peers and bare limits
	@for script in bench/*.py; do echo "== $$script"; $(PY) $$script || exit 1; done

faults: $(DEV_STAMP) ## kill, cut and fill everything at full size; ends with a report
	@FAULT_ROUNDS=$${FAULT_ROUNDS:-full} OMP_NUM_THREADS=1 $(PY) -m pytest tests/faults -m "not gpu" $(ARGS)

clean: ## forget the virtual environment and the caches
	rm -rf $(VENV) .carriers .carriers-data .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
