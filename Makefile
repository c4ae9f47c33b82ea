# The two commands that matter: `make demo` and `make test`. Both set up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SENEX_PAGE_PORT ?= 8642

.PHONY: help demo test setup lint format bench proof lock clean

help:
	@echo "make demo    set up, then run both simulators and the bot; prints the page's address"
	@echo "make test    set up, then lint, types, import floors and all tests"
	@echo "make setup   .venv with the console scripts in .venv/bin"
	@echo "make lint    static checks only"
	@echo "make bench   timings, printed as ratios"
	@echo "make proof   the laws of the order language, at length (about 10 minutes)"

$(STAMP): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "senexbot needs Python 3.11 or later; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "could not make a virtual environment: on Debian, apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

setup: $(STAMP)

demo: $(STAMP)
	@$(BIN)/senexsim demo --port $(SENEX_PAGE_PORT)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: lint
	@$(BIN)/python -c 'import pathlib; [p.unlink() for p in pathlib.Path(".").glob(".coverage*")]'
	$(BIN)/coverage run -m pytest tests/domain tests/blocks
	$(BIN)/coverage report
	$(BIN)/python -m pytest -n 2 --ignore=tests/domain --ignore=tests/blocks

bench: $(STAMP)
	$(BIN)/python -m benchmarks

proof: $(STAMP)
	$(BIN)/python -m tests.domain.language.proof

# Needs uv. The lock holds hashes and no addresses.
lock:
	uv pip compile --universal --generate-hashes --no-header --upgrade --extra build pyproject.toml -o requirements.txt
	uv pip compile --universal --generate-hashes --no-header --extra build --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
