PYTHON ?= python3
VENV := .venv

.PHONY: demo test coverage bench torture fuzz docs dist completions clean

# Plays a whole conversation between Alice and Bob, with a server in between, in a throw-away keyring.
demo: $(VENV)/installed
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python tests/demo.py

# Everything that CI runs.
test: $(VENV)/installed-dev tests/interop/node_modules
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -n auto

# How much of the package the tests reach. Apart from `make test`, because tracing takes many times as long.
coverage: $(VENV)/installed-dev tests/interop/node_modules
	$(VENV)/bin/pytest -n auto --cov --cov-report=term-missing:skip-covered --cov-fail-under=95

# How fast it is, against the bare primitives and other programs: make bench BENCH="--rows start --json"
bench: $(VENV)/installed-dev tests/interop/node_modules
	@$(VENV)/bin/python -m tests.bench $(BENCH)

# Every fault at every change of every command, crowds on one keyring, secrets, full disks: takes long.
torture: $(VENV)/installed-dev
	$(VENV)/bin/pytest tests/torture tests/scenes/test_concurrent_calls.py \
		tests/unit/operations/test_imports_damage.py --torture -n auto

# Every parser that a stranger can reach, under a fuzzer for TIME seconds each; TARGETS names some of them.
fuzz: $(VENV)/installed-fuzz
	$(VENV)/bin/python -m tests.fuzz --time $(or $(TIME),60) $(TARGETS)

$(VENV)/installed-fuzz: pyproject.toml | $(VENV)/installed-dev
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	@touch $@

# What the program makes itself: pages of the manual, completions, and the picture in README.
docs: completions
	$(VENV)/bin/python man/pages.py
	$(VENV)/bin/python man/picture.py

# The wheel and the source distribution, built twice: they must be the same, whole, and fit to be published.
dist: export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct)
dist: $(VENV)/installed-dist
	rm -rf dist build/again
	$(VENV)/bin/python -m build --outdir dist
	$(VENV)/bin/python -m build --outdir build/again
	cd dist && for file in *; do cmp "$$file" "../build/again/$$file" || exit 1; done
	rm -rf build/again
	$(VENV)/bin/twine check --strict dist/*
	$(VENV)/bin/python -m tests.distributions dist

$(VENV)/installed-dist: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dist]'
	@touch $@ $(VENV)/installed

completions: $(VENV)/installed
	$(VENV)/bin/e2e completion bash > completions/e2e.bash
	$(VENV)/bin/e2e completion zsh > completions/_e2e
	$(VENV)/bin/e2e completion fish > completions/e2e.fish

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	$(VENV)/bin/python -m compileall -q e2ecli
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(VENV)/bin/python -m compileall -q e2ecli
	@touch $@ $(VENV)/installed

# Another implementation to exchange messages with; the tests that need it say so where npm is missing.
tests/interop/node_modules: tests/interop/package.json
	@if command -v npm > /dev/null; then \
		cd tests/interop && npm install --silent --no-audit --no-fund --no-package-lock && touch node_modules; \
	else echo "npm is not installed: tests/interop will be skipped"; fi

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .fuzz
