# Everything here starts from a fresh clone with Python 3.11 or newer, git and make.
#
#   make demo     derive, prove and explain the backward pass of a 3-2-1 network
#   make test     every check: style, types, import order, tests, tests on the oldest NumPy
#   make bench    clearprop's written code beside hand-written NumPy and its peers
#   make lock     choose the newest dependencies again and write them to uv.lock
#   make clean    remove what these made
#
# The first run of each sets up an environment, pinned by uv.lock; later runs reuse it.
# Choose another Python with `make test PYTHON=python3.12`, your own uv with `make UV=uv`.

PYTHON ?= python3
UV ?= .venv-uv/bin/uv
UV_VERSION := 0.13.9

export UV_PYTHON = $(PYTHON)
export UV_PYTHON_DOWNLOADS = never
export UV_PYTHON_PREFERENCE = only-system
export PYTHONDONTWRITEBYTECODE =
unexport VIRTUAL_ENV

SYNC := $(UV) sync --quiet --frozen
PINS := pyproject.toml uv.lock Makefile

.DELETE_ON_ERROR:
.PHONY: demo test style types imports tests tests-oldest bench lock clean

demo: .venv/.demo
	.venv/bin/clearprop derive examples/tutorial.py
	.venv/bin/clearprop explain examples/tutorial.py

# One check after the other, the quick ones first.
test:
	@$(MAKE) --no-print-directory style
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory imports
	@$(MAKE) --no-print-directory tests
	@$(MAKE) --no-print-directory tests-oldest

style: .venv/.dev
	.venv/bin/ruff check --output-format concise .
	.venv/bin/ruff format --check .

types: .venv/.dev
	.venv/bin/mypy

imports: .venv/.dev
	.venv/bin/lint-imports --no-logo

tests: .venv/.dev
	.venv/bin/python -m pytest -n auto --dist worksteal

tests-oldest: .venv-oldest/.ready
	.venv-oldest/bin/python -m pytest -n auto --dist worksteal -m "not any_numpy"

bench: .venv-bench/.ready
	.venv-bench/bin/python benchmarks/derive.py
	.venv-bench/bin/python benchmarks/train.py

lock: $(UV)
	$(UV) lock --upgrade --default-index https://pypi.org/simple

clean:
	rm -rf .venv .venv-uv .venv-oldest .venv-bench build dist
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests examples benchmarks -name __pycache__ -prune -exec rm -rf {} +

# --- Environments ---------------------------------------------------------------------

# The tool that reads the lock file. It comes from PyPI, into an environment of its own.
.venv-uv/bin/uv:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and \
	    'clearprop needs Python 3.11 or newer: make PYTHON=python3.12')"
	@$(PYTHON) -c "import ensurepip" || { echo "This Python cannot make virtual \
	environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv-uv
	.venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# clearprop and NumPy: what a user has. --inexact leaves the tools of `make test` alone.
.venv/.demo: $(PINS) | $(UV)
	$(SYNC) --no-default-groups --inexact
	@touch $@

# ... and the tools that check it.
.venv/.dev: $(PINS) | $(UV)
	$(SYNC)
	@touch $@ .venv/.demo

# The oldest NumPy that this Python has a wheel of: 1.26.0, or 2.1.0 on Python 3.13.
.venv-oldest/.ready: $(PINS) | $(UV)
	UV_PROJECT_ENVIRONMENT=.venv-oldest $(SYNC) --no-default-groups --group test \
	    --no-install-package numpy
	VIRTUAL_ENV=.venv-oldest UV_PYTHON= $(UV) pip install --quiet \
	    --resolution lowest --only-binary numpy 'numpy>=1.26'
	@touch $@

.venv-bench/.ready: $(PINS) | $(UV)
	UV_PROJECT_ENVIRONMENT=.venv-bench $(SYNC) --no-default-groups --group bench
	# Its CPU build, where pip finds one; a benchmark says what it couldn't compare with.
	-.venv-bench/bin/python -m ensurepip && .venv-bench/bin/python -m pip install \
	    --quiet --disable-pip-version-check torch==2.13.0
	@touch $@
