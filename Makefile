# Two commands matter: `make demo` plays the story, `make test` is what CI runs. Both set up all they need on a fresh
# clone; a machine has to bring Python 3.11+ with venv, Go 1.26+, make and git.

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.ready
TYPED  := $(wildcard canary lab policies tests)

# A second make job would only fight the builds for the same cores, and mix their output.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup tools demo test test-unit test-e2e simulate faults soak lint types contracts lab-up lab-down lock clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(READY) ## make .venv from the lock files

$(READY): requirements.lock requirements-bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("$(PYTHON) is " + sys.version.split()[0] + ": Python 3.11 or newer is needed. Say which with PYTHON=python3.12.")'
	@echo "setup: $(VENV) from the lock files"
	@test -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV) || \
		{ echo "setup: '$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@$(VENV)/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements.lock
	@touch $@

tools: $(READY) ## build the lab's programs, or find them in the cache
	@$(PY) -m lab.toolchain

demo: tools ## the whole story on a real cluster; SPEED=real for the walk-through's own intervals
	@$(PY) -m lab.demo

test: lint types contracts test-unit test-e2e ## all that CI checks

test-unit: $(READY) ## the tests that need no cluster
	$(PY) -m pytest -q -m "not e2e" tests

# Groups and the short fault scenarios join when they have passed on a quiet machine: `make faults`, pytest tests/e2e/test_group.py.
test-e2e: tools ## the tests on a running lab
	$(PY) -m pytest -v -m "e2e and not faults" --ignore=tests/e2e/test_group.py tests

faults: tools ## all fault scenarios on a running lab, and a table of them (FAULTS_RESULTS=FILE: as JSON, too)
	$(PY) -m pytest -v -m faults tests/faults

soak: tools ## releases with random faults: SOAK_RELEASES (default 50), SOAK_SEED (default: a new one, which is printed)
	$(PY) -m pytest -v -s -m soak tests/faults

simulate: $(READY) ## 100,000 random releases in hostile worlds; RELEASES=N for another number
	@$(PY) bench/releases.py $(RELEASES)

lint: $(READY) ## ruff
	$(PY) -m ruff check .

types: $(READY) ## mypy --strict
	$(PY) -m mypy $(TYPED)

contracts: $(READY) ## which package may import which
	$(VENV)/bin/lint-imports --no-cache

lab-up: tools ## start the cluster
	@$(PY) -m lab up

lab-down: $(READY) ## stop the cluster
	@$(PY) -m lab down

lock: $(READY) ## resolve the Python dependencies anew
	echo uv | $(VENV)/bin/uv pip compile - --quiet --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 -o requirements-bootstrap.lock
	$(VENV)/bin/uv pip compile pyproject.toml --quiet --all-extras --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 -o requirements.lock

clean: ## remove the environment and the checkers' caches; the tools' cache stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
