# make serve: run it.  make test: check it.  Both do all the set-up.
# make bench: how fast it is.  make fuzz: new hostile input for every parser.
# make storm: five minutes of a site that breaks in every way, and workers that die.
VENV := .venv
PYTHON ?= python3
STORM ?= --seconds 300
FUZZ ?= 60
# Judges in a real browser who can use the pages; its test is skipped where npm is absent.
AXE := axe-core@4.14.1

serve: $(VENV)/.serve
	$(VENV)/bin/feedproxy serve

# Three processes, as tests often wait for what they started; files in their order, since xdist begins
# with those of many tests, and the few long ones would be left for the end.
test: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder

storm: $(VENV)/.dev
	$(VENV)/bin/python -m tests.storm $(STORM)

bench: $(VENV)/.dev
	$(VENV)/bin/python -m benchmarks

fuzz: $(VENV)/.dev
	$(VENV)/bin/python -m tests.fuzz --seconds $(FUZZ)

$(VENV)/.serve: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.serve
	$(VENV)/bin/pip install -q -c constraints.txt -e '.[dev,postgres,granian]'
	-timeout 120 npm install --prefix $(VENV)/axe --no-save --no-audit --no-fund --silent $(AXE)
	touch $@

.PHONY: serve test storm bench fuzz
