# Both `make refresh` and `make test` do everything on a fresh clone: create the environment, install, run.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help refresh test test-long lint check install clean
help:  ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

refresh: $(VENV)/installed  ## Measure what is missing or stale, write it into the documents, commit
	$(BIN)/doctool refresh --all $(REFRESH_FLAGS)

test: $(VENV)/installed-dev  ## Run the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_FLAGS)

test-long: $(VENV)/installed-dev  ## Run the tests with thousands of generated documents and kills
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n 2 --dist loadfile -m "long or not long" $(PYTEST_FLAGS)

lint: $(VENV)/installed-dev  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: $(VENV)/installed  ## Check that the documents are true to their records and to the code
	$(BIN)/doctool check --all

install: $(VENV)/installed  ## Create the environment and install doctool into it

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/it" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@touch $@

clean:  ## Remove the environment and everything built
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
