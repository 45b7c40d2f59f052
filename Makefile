# One target for each thing a contributor does. `make` alone lists them.
#
# Needs python3 (3.11 or newer, with venv), git and make; tests also need npm. Everything else comes from hashed
# requirements files and a package lock.
#   PYTHON=python3.12   the Python to build the virtual environments with
#   ARGS="..."          more arguments for dev, test and bench

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
ARGS ?=

UV := .uv/bin/uv
BIN := .venv/bin
INSTALL_TOOL := --quiet --disable-pip-version-check --require-hashes --no-deps
INSTALL_SELF := --quiet --no-deps --no-build-isolation
LOCK := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
# A wrong decision, a forged signature or a broken cipher hides in the line that no test has run.
FULLY_COVERED := */strongroom/policy/*,*/strongroom/crypto/*,*/strongroom/authn/*

.PHONY: help setup dev console test check format bench lock upgrade clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: .venv/.stamp ## make .venv with the project and its tools; does nothing when it is up to date

dev: setup ## run a server with a demo account on http://127.0.0.1:4599
	@exec $(BIN)/strongroom dev $(ARGS)

console: ## build the pages of the web console into the package, as far as they are there (needs npm)
	cd console && npm ci --no-audit --no-fund && npm run build

test: setup tests/node/node_modules/.stamp ## run the tests and hold their coverage to its limits
	@rm -f .coverage .coverage.*
	$(BIN)/pytest --cov --cov-report=term $(ARGS)
	@echo 'Coverage of policy, crypto and authn:'
	@$(BIN)/coverage report --fail-under=100 --include='$(FULLY_COVERED)'

check: setup ## lint, format, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(UV) pip check --quiet --python $(BIN)/python

format: setup ## rewrite the code in the project's format
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: setup .venv-bench/.stamp ## measure the hot operations beside their peers (needs wrk)
	$(BIN)/python -m bench $(ARGS)

lock: .uv/.stamp ## remake requirements/ from pyproject.toml, keeping the versions that still fit
	$(UV) $(LOCK) $(LOCK_FLAGS) --group bootstrap --output-file requirements/uv.txt
	$(UV) $(LOCK) $(LOCK_FLAGS) pyproject.toml --output-file requirements/runtime.txt
	$(UV) $(LOCK) $(LOCK_FLAGS) pyproject.toml --constraint requirements/runtime.txt --group dev --output-file requirements/dev.txt
	$(UV) $(LOCK) $(LOCK_FLAGS) --group bench --output-file requirements/bench.txt

upgrade: LOCK_FLAGS := --upgrade
upgrade: lock ## the same, with the newest versions

clean: ## remove what was built or cached; keeps the data of `make dev`
	rm -rf .uv .venv .venv-bench .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf .coverage .coverage.* build dist tests/node/node_modules console/node_modules src/strongroom/console_files
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

.uv/.stamp: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv --clear .uv
	.uv/bin/python -m pip install $(INSTALL_TOOL) --requirement requirements/uv.txt
	@touch $@

.venv/.stamp: requirements/dev.txt pyproject.toml | .uv/.stamp
	@test -x $(BIN)/python || $(UV) venv --quiet --clear --python .uv/bin/python .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --python $(BIN)/python $(INSTALL_SELF) --editable .
	@touch $@

# The clients that AWS has for JavaScript, by which the server is tested too.
tests/node/node_modules/.stamp: tests/node/package-lock.json
	@command -v npm >/dev/null || { echo 'npm, of Node.js 18 or newer, is needed by the tests of AWS clients for JavaScript'; exit 1; }
	npm ci --prefix tests/node --no-audit --no-fund --silent
	@touch $@

.venv-bench/.stamp: requirements/bench.txt | .uv/.stamp
	@test -x .venv-bench/bin/python || $(UV) venv --quiet --clear --python .uv/bin/python .venv-bench
	$(UV) pip sync --quiet --python .venv-bench/bin/python --require-hashes requirements/bench.txt
	@touch $@
