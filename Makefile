# Zhanggui. `make run` is all a fresh machine needs; `make` alone tells the rest.
# The work is done by tools/bootstrap.py (installs) and .venv/bin/zhanggui (everything after that).

PYTHON ?= python3
BOOTSTRAP := $(PYTHON) tools/bootstrap.py
DESK := .venv/bin
RASA := .venv-rasa/bin
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export RASA_TELEMETRY_ENABLED := false

# tests that need Rasa's own environment (tests/conftest.py keeps the two apart)
RASA_CODE := bot actions $(wildcard tests/actions tests/bot tests/dialogue tests/understanding)
DESK_TESTS := $(filter-out tests/__pycache__ tests/actions tests/bot tests/dialogue tests/understanding,\
	$(patsubst %/,%,$(wildcard tests/*/)))

.DEFAULT_GOAL := help
.PHONY: help install run train web fmt lint types rasa-data test test-all bench evaluate lock clean check

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## install both Pythons' packages and build the web pages (does nothing when nothing changed)
	@$(BOOTSTRAP)

run: install ## install, train, seed and start everything on http://127.0.0.1:8080
	@exec $(DESK)/zhanggui run

train: install ## train the bot's model, when its data changed
	@$(DESK)/zhanggui train

web: install ## build widget, agent desk and demo page
	@$(BOOTSTRAP) npm run build

fmt: install ## put the Python code into shape
	@$(DESK)/ruff check --fix --exit-zero --quiet .
	@$(DESK)/ruff format .

lint: install ## ruff, mypy for both Pythons, import rules, Rasa's data check, TypeScript
	$(DESK)/ruff check .
	$(DESK)/ruff format --check .
	$(DESK)/python tools/check_files.py
	$(MAKE) --no-print-directory types
	$(DESK)/lint-imports
	$(MAKE) --no-print-directory rasa-data
	$(BOOTSTRAP) npm run check

types:
	$(DESK)/mypy desk tools bench $(wildcard tests/*.py) $(DESK_TESTS)
	$(DESK)/mypy --python-version 3.10 --python-executable $(RASA)/python --cache-dir .mypy_cache/rasa \
		$(RASA_CODE)

rasa-data:
	$(RASA)/python -W ignore -m bot data validate --fail-on-warnings

test: train ## all tests that need no extra service, in both Pythons, and the web tests
	$(BOOTSTRAP) npm test
	$(RASA)/python -m pytest
	$(DESK)/python -m pytest

test-all: ## as CI: `make check`, then the tests that need PostgreSQL and a browser
	@bash .ci/run

bench: train ## a whole turn beside a stock Rasa bot, on this machine (a few minutes)
	@$(DESK)/python -m bench.turn

evaluate: train ## understanding against its test sets, per intent and language
	$(RASA)/python -m pytest tests/understanding -q -rA

check: lint test ## what a change must pass

lock: install ## write requirements/*.txt anew from pyproject.toml and requirements/*.in
	@$(BOOTSTRAP) lock

clean: ## remove what was installed and built; keeps var/ (your data) and models/
	rm -rf .venv .venv-rasa .tools web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis .rasa *.egg-info
