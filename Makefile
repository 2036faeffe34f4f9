# Every target makes .venv and installs what it needs by itself. `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/.installed
DEMO_ARGS ?=
TEST_ARGS ?=
EVAL_ARGS ?=
SOAK_ARGS ?=

.PHONY: help demo serve test test-long soak check eval heads reader bench screenshots format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(INSTALLED): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[postgres,evals,dev]'
	@touch $(INSTALLED)

demo: $(INSTALLED) ## index the sample help centre, run the sample inbox, then serve (DEMO_ARGS=--no-serve ends instead)
	$(BIN)/proofdesk demo $(DEMO_ARGS)

serve: $(INSTALLED) ## API and console on http://127.0.0.1:8000
	$(BIN)/proofdesk serve

# Browser tests need Debian's Chromium. Root gets it by itself; without it they are skipped aloud (in CI they fail).
.PHONY: browser
browser:
	@test -x /usr/bin/chromium || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || echo "no /usr/bin/chromium: browser tests will be skipped"

test: $(INSTALLED) browser ## all tests: no network, no key
	$(BIN)/python -m pytest $(TEST_ARGS)

# Connections of native code are seen by strace alone; the same goes for it.
.PHONY: strace
strace:
	@command -v strace >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq strace >/dev/null; } \
	  || echo "no strace: the test of connections will be skipped"

test-long: $(INSTALLED) strace ## what takes minutes: the suite twice with equal figures, hostile answers, schemathesis, four drills, a small soak
	$(BIN)/python -m pytest tests/long --durations=0 $(TEST_ARGS)

soak: $(INSTALLED) ## 300 mails through servers that are killed 30 times, on SQLite, then on PostgreSQL (SOAK_ARGS="--mails 30 --kills 4")
	$(BIN)/python -m ops.soak.run $(SOAK_ARGS)

check: $(INSTALLED) ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

eval: $(INSTALLED) ## the eval suite, offline, with its gate
	$(BIN)/proofdesk eval run $(EVAL_ARGS)

reader: $(INSTALLED) ## teach the readers of support, of answers and of noise from the rows in the tree, measure them on trades left out, and ship them
	$(BIN)/python -m ops.training.support
	$(BIN)/python -m ops.training.answers
	$(BIN)/python -m ops.training.noise

heads: $(INSTALLED) ## fit what the shipped prompts teach, and put it into the checkout
	$(BIN)/python -m ops.heads

bench: $(INSTALLED) ## speed beside the bare encoder, and 200 clients beside a bare application
	$(BIN)/python -m ops.benches.whole_path
	$(BIN)/python -m ops.benches.clients

screenshots: $(INSTALLED) ## pictures of the console in ops/screenshots (needs chromium)
	$(BIN)/python -m ops.screenshots

format: $(INSTALLED) ## rewrite the code as ruff would
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the environment and the data directory
	rm -rf .venv var
