# Needs Python 3.11 or later and nothing else; everything is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test demo check lint format soak bench requirements clean

run: .venv/run
	@$(BIN)/python -m bot sandbox

demo: .venv/run
	@$(BIN)/python -m bot demo

test: .venv/dev
	@$(BIN)/python -m pytest -n 2

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev
	@$(BIN)/python -m tests.bench

.venv/run: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/run

# Pins everything pyproject.toml names, with hashes and without any index's address.
requirements: .venv/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf .venv .countersign .bench .screens .mypy_cache .ruff_cache .pytest_cache
