# What one can do here; the work itself is in tools/, tests/ and bench/.
PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/ready
SAM := .local/venvs/sam/bin
JS := clients/js/node_modules/.package-lock.json
TSC := clients/js/node_modules/.bin/tsc
PRETTIER := clients/js/node_modules/.bin/prettier --config clients/js/package.json
PAGES := "functions/viewer/page/**/*.js" "tools/verifier_page/page/*.js"
SECONDS := 120

.DEFAULT_GOAL := help
.PHONY: help demo demo-clients up down invoke unit test independent pythons layer simulate fuzz lint \
  format bench bench-compare load faults drill deploy clean clients packages

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: $(READY) ## Send the reference request through the local stack and verify the chain
	@$(PY) -m tools.local.demo

demo-clients: $(READY) $(JS) ## Kill applications of both clients while they record; find each event once
	@$(PY) -m tools.local.demo_clients

up: $(READY) ## Start the local stack, or bring it up to date
	@$(PY) -m tools.local.up

down: $(READY) ## Stop the local stack; its data stays
	@$(PY) -m tools.local.down

invoke: $(READY) ## Run FUNCTION once with EVENT against the local stack, as your files are
	@$(PY) -m tools.local.invoke "$(FUNCTION)" "$(EVENT)"

unit: $(READY) ## Run the unit tests but the slow ones, quickly; VERSION=3.13 on another Python
	@PYTHONDONTWRITEBYTECODE= $(PY) -m $(if $(VERSION),tools.pythons $(VERSION) --,pytest) \
	  tests/unit -m "not slow" -n auto -p no:schemathesis --hypothesis-profile=quick

clients: $(READY) $(JS) ## Check both clients: types, tests, also on Python 3.9, and packed sizes
	@cd clients/python && ../../$(PY) -m mypy src recipes
	@cd clients/js && npm run --silent lint && npm test --silent
	@$(PY) -m pytest clients/python/tests -n auto -p no:schemathesis
	@$(PY) -m tools.pythons 3.9 -- clients/python/tests -n auto
	@$(PY) -m tools.packages

packages: $(READY) $(JS) ## Build what a release has, in dist/: both clients, and verify.html
	@$(PY) -m tools.packages

test: lint $(JS) ## Run every check: lint, types, unit, integration, simulation, conformance, end to end
	@$(PY) -m pytest tests/simulation tests/fuzz -n auto
	@$(PY) -m pytest tests/unit tests/integration -n auto --dist loadfile
	@$(PY) -m pytest tests/browser -n auto --dist loadfile
	$(PY) -m tools.local.during pytest tests/conformance tests/e2e \
	  -n 3 --dist loadfile --no-loadscope-reorder

independent: $(READY) ## Have other people's programs check logs, proofs, witnesses; ALL=yes with Debian's
	@$(PY) -m pytest tests/independent $(if $(ALL),,-m "not from_debian") -p no:schemathesis

pythons: $(READY) ## Run the unit and integration tests on Python 3.13 and 3.14
	@$(PY) -m tools.pythons 3.13 3.14 -- tests/unit tests/integration -n auto -p no:schemathesis

layer: $(READY) ## Build layer and functions for python3.13 on arm64, and check their files
	@$(PY) -m tools.pythons.layer

simulate: $(READY) ## Run 2,000 seeds of the fault simulator, or SEED=… with a trace
	@PYTHONPATH=tests $(PY) -m simulation $(if $(SEED),--seed $(SEED))

fuzz: $(READY) ## Fuzz requests, export files, forgeries, proofs, stored bytes; SECONDS each (default 120)
	@PYTHONPATH=tests $(PY) -m fuzz ingest --seconds $(SECONDS)
	@PYTHONPATH=tests $(PY) -m fuzz export --seconds $(SECONDS)
	@PYTHONPATH=tests $(PY) -m fuzz forgery --seconds $(SECONDS)
	@PYTHONPATH=tests $(PY) -m fuzz proof --seconds $(SECONDS)
	@PYTHONPATH=tests $(PY) -m fuzz stored --seconds $(SECONDS)

lint: $(READY) $(JS) ## Check style, types and template
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports --no-cache
	MYPYPATH=tests $(PY) -m mypy layers/common/indelible tools tests bench load drills
	MYPYPATH=functions/ingest $(PY) -m mypy functions/ingest
	MYPYPATH=functions/writer $(PY) -m mypy functions/writer
	MYPYPATH=functions/exports $(PY) -m mypy functions/exports
	MYPYPATH=functions/exporter $(PY) -m mypy functions/exporter
	MYPYPATH=functions/query $(PY) -m mypy functions/query
	MYPYPATH=functions/indexer $(PY) -m mypy functions/indexer
	MYPYPATH=functions/checkpoint $(PY) -m mypy functions/checkpoint
	MYPYPATH=functions/watcher $(PY) -m mypy functions/watcher
	MYPYPATH=functions/proofs $(PY) -m mypy functions/proofs
	MYPYPATH=functions/viewer $(PY) -m mypy functions/viewer
	$(TSC) -p functions/viewer/page/tsconfig.json
	$(TSC) -p tools/verifier_page/tsconfig.json
	$(PRETTIER) --check --log-level warn $(PAGES)
	@$(PY) -m tools.local.venvs sam
	SAM_CLI_TELEMETRY=0 $(SAM)/sam validate --lint --region us-east-1
	$(SAM)/cfn-lint template.yaml

format: $(READY) $(JS) ## Bring the code into shape, and make verify.html anew
	$(PY) -m ruff format --quiet .
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PRETTIER) --write --log-level warn $(PAGES)
	@$(PY) -m tools.verifier_page

bench: $(READY) ## Measure speed and cost; also writes .local/bench.json
	@$(PY) -m bench --out .local/bench.json

bench-compare: $(READY) ## Compare with what one would build instead; QUICK=yes counts, and times nothing
	@PYTHONPATH=clients/python/tests $(PY) -m bench.compare \
	  $(if $(QUICK),--quick,--out .local/bench-compare.json)

load: $(READY) ## Load the local stack for SECONDS, and prove that no event is lost or doubled
	@$(PY) -m tools.local.during load --seconds $(SECONDS)

faults: $(READY) ## Load the local stack while processes are killed and the stack restarts
	@$(PY) -m tools.local.during load --faults --seconds $(SECONDS) --out .local/faults.json

drill: $(READY) $(JS) ## Rehearse an operations drill (NAME, or all) on the local stack
	@PYTHONPATH=tests $(PY) -m tools.local.during drills $(NAME)

deploy: $(READY) ## Deploy to AWS (ALARM_TOPIC, LOCK_DAYS, RUNTIME, ARCHITECTURE, STACK, PARAMETERS choose)
	@RUNTIME="$(RUNTIME)" ARCHITECTURE="$(ARCHITECTURE)" STACK="$(STACK)" PARAMETERS="$(PARAMETERS)" \
	  ALARM_TOPIC="$(ALARM_TOPIC)" LOCK_DAYS="$(LOCK_DAYS)" $(PY) -m tools.deploy

clean: $(READY) ## Stop the local stack and remove everything that was built
	@$(PY) -m tools.local.down --clean
	@rm -rf .local .venv .aws-sam .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(JS): clients/js/package-lock.json
	@echo "Installing the packages of the JavaScript client …"
	@cd clients/js && npm ci --silent --no-audit --no-fund
	@touch $(JS)

$(READY): pyproject.toml requirements/dev.txt requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Indelible needs Python 3.11 or later as $(PYTHON); another one can be named: make PYTHON=python3.13 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Making the virtual environment .venv …"
	@$(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install -qqq --disable-pip-version-check --only-binary :all: --require-hashes \
	  --requirement requirements/uv.txt || echo "uv cannot be installed here; pip is used, and takes a minute longer."
	@$(PY) -m tools.install $(PY) --requirement requirements/dev.txt
	@$(PY) -m tools.install $(PY) --no-deps --no-build-isolation --editable . --editable clients/python
	@touch $(READY)
