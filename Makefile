# Needs Python 3.11 or later and nothing else; everything is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test demo check lint format cards soak bench screens sbom audit-deps requirements clean

run: .venv/run
	@$(BIN)/python -m bot sandbox

demo: .venv/run
	@$(BIN)/python -m bot demo

test: .venv/dev
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not soak"

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Everything the bot can draw, rendered by the sandbox's page in Chromium, on one sheet to look at.
cards: .venv/dev
	@$(BIN)/python -m tests.contact_sheet

bench: .venv/bench
	@$(BIN)/python -m tests.bench

soak: .venv/dev
	@$(BIN)/python -m tests.soak --at-once 2
	@$(BIN)/python -m pytest -m soak
	@COUNTERSIGN_DIALOGS=socket $(BIN)/python -m pytest -n 3 --dist worksteal -m "not soak" tests/dialogs
	@COUNTERSIGN_DIALOGS=renewed $(BIN)/python -m pytest -n 3 --dist worksteal -m "not soak" tests/dialogs

# The stories on the sandbox's page, in Chromium, with a picture of each scene in .screens.
screens: .venv/dev
	@COUNTERSIGN_SCREENS=.screens $(BIN)/python -m pytest tests/browser

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

.venv/bench: requirements-bench.txt .venv/dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

# What is installed to run, as a CycloneDX bill of materials, and what is known to be wrong with it. Both look at the
# pinned list alone; their own tools go into .venv, and what they find into .bench.
sbom: .venv/run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8'
	@mkdir -p .bench
	@$(BIN)/cyclonedx-py requirements requirements.txt --output-reproducible --of JSON -o .bench/sbom.json
	@echo "Written to .bench/sbom.json"

audit-deps: .venv/run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.9,<3'
	@mkdir -p .bench
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.txt --format json -o .bench/audit-deps.json

# Pins everything pyproject.toml names, with hashes and without any index's address.
requirements: .venv/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra dev --extra bench pyproject.toml -o requirements-bench.txt

clean:
	rm -rf .venv .countersign .bench .screens .mypy_cache .ruff_cache .pytest_cache
