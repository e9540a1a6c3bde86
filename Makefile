# Two commands on a fresh machine (python3 ≥ 3.11, make, PyPI): `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ENGINE ?= auto
TESTS  ?= tests
# torch is pinned here, not in a range: every set-up of one checkout then gets the same build.
TORCH  := torch==2.13.0

.PHONY: demo test run setup bench fix clean

demo: $(VENV)/demo.stamp $(if $(filter ltx%,$(ENGINE)),$(VENV)/ltx.stamp)
	$(BIN)/twohander demo --engine $(ENGINE)

setup: $(VENV)/base.stamp

run: $(VENV)/base.stamp
	$(BIN)/twohander run --config config.toml

# Three workers for two cores: a third of the time, tests wait for other processes.
test: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/pytest -n 3 $(TESTS)

bench: $(VENV)/ltx.stamp
	$(BIN)/python -m renderer.bench

fix: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .cache demo

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Twohander needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/demo.stamp: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	touch $@

$(VENV)/ltx.stamp: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH) -e '.[ltx]'
	touch $@

$(VENV)/dev.stamp: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH) -e '.[demo,ltx,dev]'
	touch $@ $(VENV)/demo.stamp $(VENV)/ltx.stamp $(VENV)/base.stamp
