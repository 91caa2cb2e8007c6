# make serve: run it.  make test: check it.  Both do all the set-up.
# make storm: five minutes of a site that breaks in every way, and workers that die.
VENV := .venv
PYTHON ?= python3
STORM ?= --seconds 300

serve: $(VENV)/.serve
	$(VENV)/bin/feedproxy serve

test: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest

storm: $(VENV)/.dev
	$(VENV)/bin/python -m tests.storm $(STORM)

$(VENV)/.serve: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.serve
	$(VENV)/bin/pip install -q -c constraints.txt -e '.[dev,postgres]'
	touch $@

.PHONY: serve test storm
