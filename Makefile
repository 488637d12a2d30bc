# papermode: `make demo` and `make test` are all that a fresh machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

.PHONY: demo test check deep bench lock clean

$(BIN)/papermode: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.test: $(BIN)/papermode requirements-test.lock
	$(BIN)/pip install --quiet --requirement requirements-test.lock
	sh tools/system_packages.sh
	sh tools/fhir_server.sh
	touch $@

demo: $(BIN)/papermode          ## print, fill, scan and read the example wards
	rm -rf out/demo
	$(BIN)/papermode demo --out out/demo
	@echo "The packets are in out/demo/packets, the scans in out/demo/scans."

test: $(VENV)/.test             ## every test but the long campaigns
	$(BIN)/python -m pytest -n $(JOBS) -m "not deep"

check: $(VENV)/.test            ## format, lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/papermode forms lint forms

deep: $(VENV)/.test             ## the long campaigns: fuzzing, full grids
	$(BIN)/python -m pytest -n $(JOBS) -m deep

bench: $(VENV)/.test            ## measure against typst, WeasyPrint and platypus
	$(BIN)/pip install --quiet --requirement requirements-bench.lock
	$(BIN)/python -m benchmarks

lock:                           ## write the lock files anew (for maintainers)
	sh tools/lock.sh

clean:
	rm -rf $(VENV) out
