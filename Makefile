# The two commands that matter: `make demo` and `make test`. Both set up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SENEX_PAGE_PORT ?= 8642
TEST_WORKERS ?= 3
# An old make cannot keep the output of jobs apart: there they follow one another.
JOBS := $(if $(filter output-sync,$(.FEATURES)),--jobs=3 --output-sync=target,--jobs=1)

.PHONY: help demo test proof setup lint floors desk format bench lock clean coverage-page

help:
	@echo "make demo    set up, then run both simulators and the bot; prints the page's address"
	@echo "make test    set up, then lint, types, import floors and all tests"
	@echo "make setup   .venv with the console scripts in .venv/bin"
	@echo "make lint    static checks only"
	@echo "make bench   timings, printed as ratios"
	@echo "make proof   at length: the order language's laws, the order and approval machine, the judge of alerts"

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

# Three jobs side by side, for most tests wait for something rather than compute. Each is shown when it has ended, and
# the first failure is the outcome of them all; `make lint floors desk` does the same in a row.
test: $(STAMP)
	@echo "linting; running the tests of the inner floors (with coverage) and all others (some minutes)"
	@$(MAKE) --no-print-directory $(JOBS) lint floors desk

floors: $(STAMP)
	@$(BIN)/python -c 'import pathlib; [p.unlink() for p in pathlib.Path(".").glob(".coverage*")]'
	$(BIN)/coverage run -m pytest tests/domain tests/blocks
	$(BIN)/coverage report

# A module stays on one worker: its tests may share a desk, and some build on what an earlier one did to it. Most wait
# for something, so there is a worker more than the two cores that are counted on. Databases that are thrown away lie
# in memory where there is room: a slow disk is none of the tests' business.
desk: $(STAMP)
	@place=$$($(BIN)/python -m tests.room) && trap 'rm -rf "$$place"' EXIT && \
	  TMPDIR="$$place" $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadscope --no-loadscope-reorder \
	  --ignore=tests/domain --ignore=tests/blocks

# What the simulators cover; a test tells when it is no longer true.
coverage-page: $(STAMP)
	$(BIN)/python -m tests.simcoverage

bench: $(STAMP)
	$(BIN)/python -m benchmarks

# What takes too long for every run: the language's laws a million times, and the order machine's whole model.
proof: $(STAMP)
	$(BIN)/python -m tests.domain.language.proof
	$(BIN)/python -m tests.domain.machine.proof
	JUDGE_SEEDS=10 $(BIN)/python -m pytest -q tests/alerts/test_judge.py

# Needs uv. The lock holds hashes and no addresses.
lock:
	uv pip compile --universal --generate-hashes --no-header --upgrade --extra build pyproject.toml -o requirements.txt
	uv pip compile --universal --generate-hashes --no-header --extra build --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
