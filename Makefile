# Two commands do all the set-up: `make demo` and `make test`. Python 3.11 or newer and make are all they need.
VENV   ?= .venv
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
PYTHON ?= $(or $(shell for each in $(CANDIDATES); do $$each $(NEW_ENOUGH) 2>/dev/null && echo $$each && break; done),python3)
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# A venv stops working when its Python is upgraded away or the folder came from another machine: it is made anew.
ifneq ($(shell $(BIN)/python $(NEW_ENOUGH) 2>/dev/null && echo works),works)
$(shell rm -f $(VENV)/*.stamp)
CLEAR := --clear
endif

.PHONY: install demo test lint lock clean trials fuzz mutants bench

install: $(VENV)/run.stamp

demo: $(VENV)/demo.stamp
	$(BIN)/latchkey demo $(ARGS)

# One worker more than there are cores, since some tests wait for sockets and processes.
test: lint
	$(BIN)/python -m pytest -n $$(($$($(BIN)/python -c 'import os; print(os.cpu_count())') + 1)) --dist worksteal $(ARGS)

# The long proofs: make trials ARGS="--size 0.1 kills" for a tenth of one of them.
trials: $(VENV)/dev.stamp
	$(BIN)/python -m tests.trials $(ARGS)

# Broken input fifty times as long as in `make test`, and longer lives of the model of control.
fuzz: $(VENV)/dev.stamp
	LATCHKEY_FUZZ=50 $(BIN)/python -m pytest tests/fuzz $(ARGS)
	LATCHKEY_STEPS=50 $(BIN)/python -m pytest tests/control/test_model.py tests/control/test_codes_model.py tests/control/test_counters.py tests/test_clock_doubts.py $(ARGS)
	$(BIN)/python -m tests.trials poison --size 10

# Does a test notice every small fault in what decides whether a door opens? Half an hour on two cores; docs/mutation.md.
mutants: $(VENV)/mutation.stamp
	rm -rf mutants
	PYTHONHASHSEED=0 $(BIN)/mutmut run
	$(BIN)/python -m tests.trials.mutants

# What a command costs beside a bare python-telegram-bot handler, in four minutes.
bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.trials.cost $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/run.stamp: requirements.lock pyproject.toml
	@$(PYTHON) $(NEW_ENOUGH) || { echo "Latchkey needs Python 3.11 or newer (make PYTHON=/path/to/python names one)"; exit 1; }
	$(PYTHON) -m venv $(CLEAR) $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/demo.stamp: requirements-demo.lock $(VENV)/run.stamp
	$(PIP) install --require-hashes -r requirements-demo.lock
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(PIP) install --require-hashes -r requirements-dev.lock
	touch $@

$(VENV)/mutation.stamp: requirements-mutation.lock $(VENV)/dev.stamp
	$(PIP) install --require-hashes -r requirements-mutation.lock
	touch $@

# Needs uv. Hashes, no addresses: the lock files work with any index.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
BOT  := pyproject.toml --group build
lock:
	$(LOCK) $(BOT) -o requirements.lock
	$(LOCK) $(BOT) --extra demo -c requirements.lock -o requirements-demo.lock
	$(LOCK) $(BOT) --extra demo --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group mutation -c requirements-dev.lock -o requirements-mutation.lock

clean:
	rm -rf $(VENV) mutants build *.egg-info .mypy_cache .ruff_cache .pytest_cache
