# make run starts the demo, make test runs every test. Both make ready whatever is missing.
PORT ?= 8000
PEOPLE ?= 2000
PYTHON ?= python3
PY := .venv/bin/python
export PYTHON

.PHONY: help setup dev run test torture bench screenshots inspect-report lint clean-demo db-stop
.DEFAULT_GOAL := help

help:
	@echo "make run              the app with five demo shops [PORT=8000] [PEOPLE=2000]"
	@echo "make test             every test"
	@echo "make setup            environment, database, first login  make lint         format, rules, types, layers"
	@echo "make torture          the long tests                      make bench        speed, side by side"
	@echo "make screenshots      var/screenshots/                    make db-stop      stop the embedded database"
	@echo "make inspect-report    drafts of real shops, measured"
	@echo "make clean-demo       start over: removes the embedded database and everything in it"

setup:
	@scripts/setup.sh run

run:
	@scripts/setup.sh demo
	@exec $(PY) scripts/run.py --port $(PORT) --people $(PEOPLE)

dev:
	@scripts/setup.sh dev

# Whatever ARGS names a path for is too little for two processes. A file stays whole, for what its tests share is made once.
TWO := -n 2 --dist loadfile --no-loadscope-reorder
test: dev
	@$(PY) -m pytest $(if $(findstring tests/,$(ARGS)),,$(TWO)) $(ARGS)

torture: dev
	@$(PY) -m pytest -m torture $(ARGS)

bench: dev
	@$(PY) scripts/bench.py

# How well inspect_source drafts real shops; ARGS="--misses wordpress" names what one missed, ARGS=--write fills the docs.
inspect-report: dev
	@$(PY) scripts/inspect_report.py $(ARGS)

screenshots: dev
	@$(PY) -m pytest tests/browser $(ARGS)
	@echo "The screenshots are in var/screenshots/."

lint: dev
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports

clean-demo:
	@python3 scripts/database.py remove

db-stop:
	@python3 scripts/database.py stop
