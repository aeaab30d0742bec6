# Two commands do all the set-up: `make demo` and `make test`. Python 3.11 or newer and make are all they need.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install demo test lint lock clean trials fuzz

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

# Needs uv. Hashes, no addresses: the lock files work with any index.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra demo
lock:
	$(LOCK) --group build -o requirements.lock
	$(LOCK) --group build --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
