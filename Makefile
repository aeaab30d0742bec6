# Two commands do all the set-up: `make demo` and `make test`. Python 3.11 or newer and make are all they need.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install demo test lint lock clean trials fuzz mutants

install: $(VENV)/run.stamp

demo: $(VENV)/run.stamp
	$(BIN)/latchkey demo $(ARGS)

test: lint
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# The long proofs: make trials ARGS="--size 0.1 kills" for a tenth of one of them.
trials: $(VENV)/dev.stamp
	$(BIN)/python -m tests.trials $(ARGS)

# Broken input fifty times as long as in `make test`, and longer lives of the model of control.
fuzz: $(VENV)/dev.stamp
	LATCHKEY_FUZZ=50 $(BIN)/python -m pytest tests/fuzz $(ARGS)
	LATCHKEY_STEPS=50 $(BIN)/python -m pytest tests/test_control_model.py $(ARGS)
	$(BIN)/python -m tests.trials poison --size 10

# Does a test notice every small fault in what decides whether a door opens? Half an hour on two cores; docs/mutation.md.
mutants: $(VENV)/mutation.stamp
	rm -rf mutants
	PYTHONHASHSEED=0 $(BIN)/mutmut run
	$(BIN)/python -m tests.trials.mutants

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/run.stamp: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(PIP) install --require-hashes -r requirements-dev.lock
	touch $@

$(VENV)/mutation.stamp: requirements-mutation.lock $(VENV)/dev.stamp
	$(PIP) install --require-hashes -r requirements-mutation.lock
	touch $@

# Needs uv. Hashes, no addresses: the lock files work with any index.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
BOT  := pyproject.toml --extra demo --group build
lock:
	$(LOCK) $(BOT) -o requirements.lock
	$(LOCK) $(BOT) --group dev -o requirements-dev.lock
	$(LOCK) --group mutation -c requirements-dev.lock -o requirements-mutation.lock

clean:
	rm -rf $(VENV) mutants build *.egg-info .mypy_cache .ruff_cache .pytest_cache
