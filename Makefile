# Everything a newcomer needs. `make help` prints the targets from the comments behind them.
.DEFAULT_GOAL := help
.PHONY: help setup run demo demo-lab test coverage fuzz lint fmt bench migrate schema docs sbom audit lock \
        clean checks \
        check-format check-ruff check-types check-imports check-rules check-cypher check-docs

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --no-input
LINT_NODE := tools/node_modules/.package-lock.json

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environment: each step leaves a stamp, so it runs again only when what it depends on changed

$(VENV)/.created:
	@python=""; for each in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    python=$$each; break; fi; done; \
	if [ -z "$$python" ]; then \
	  echo "make: Python 3.11 or newer is needed (name it: make PYTHON=/path/to/python3.11)" >&2; \
	  exit 1; fi; \
	test -x $(BIN)/python || $$python -m venv $(VENV) || { \
	  rm -rf $(VENV); \
	  echo "make: $$python can't create environments; on Debian: apt install python3-venv" >&2; \
	  exit 1; }
	@touch $@

# What is installed is exactly the lock: --no-deps, since pip with hashes still resolves, and refuses
# an extra (coverage[toml]) as soon as a newer version of its package is out. `pip check` then says
# whether the lock was complete. What builds the one source distribution comes first, by hash too.
INSTALL_LOCK := $(PIP) --no-deps --require-hashes --no-build-isolation --use-pep517

$(VENV)/.runtime: requirements-build.lock requirements.lock $(VENV)/.created
	@$(INSTALL_LOCK) --quiet -r requirements-build.lock
	$(INSTALL_LOCK) $(if $(wildcard $@),--quiet) -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check check
	@touch $@

$(VENV)/.package: pyproject.toml $(VENV)/.runtime
	@PYTHONWARNINGS=ignore $(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.package
	@echo "installing the tools to test and lint with"
	@$(INSTALL_LOCK) --quiet -r requirements-dev.lock
	@$(BIN)/python -m pip --disable-pip-version-check check
	@touch $@

$(LINT_NODE): tools/package.json tools/package-lock.json
	@command -v npm >/dev/null && node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' || { \
	  echo "make: the Cypher lint needs Node 20 or newer with npm; install them, or run the other" \
	       "checks one by one: make check-format check-ruff check-types check-imports check-rules" >&2; \
	  exit 1; }
	cd tools && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

setup: $(VENV)/.dev ## Create .venv with the product and the tools to work on it

run: $(VENV)/.package ## Start the whole stack in the foreground (Ctrl-C ends it)
	$(BIN)/labo up

demo: $(VENV)/.package ## Start the stack, diagnose the bundled real incident, print the answer
	@$(BIN)/labo demo

demo-lab: $(VENV)/.package ## Find, prove and learn a fault on a simulated system, know it on another
	@$(BIN)/labo demo-lab

migrate: $(VENV)/.package ## Apply the migrations to the graph at LABO_NEO4J__URI
	$(BIN)/labo migrate

# --- checks

# Three processes on two cores: for a third of their time tests wait for servers and for kills.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.dev ## Run all tests; the last line is pytest's own count
	$(PYTEST) $(ARGS)

coverage: $(VENV)/.dev ## The same with branch coverage, which doubles what Python takes; 90 % or it fails
	@rm -f .coverage .coverage.*
	$(PYTEST) --cov --cov-config=pyproject.toml $(ARGS)

fuzz: $(VENV)/.dev ## Let strange inputs in by every door; ARGS="--inputs 1000000" for more
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: $(VENV)/.dev $(LINT_NODE) ## Check format, types, imports, house rules and Cypher
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target checks
	@echo "lint: all checks passed"

checks: check-types check-cypher check-format check-ruff check-imports check-rules check-docs

check-format: $(VENV)/.dev
	$(BIN)/ruff format --check .

check-ruff: $(VENV)/.dev
	$(BIN)/ruff check .

check-types: $(VENV)/.dev
	$(BIN)/mypy

check-imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-logo

check-rules: $(VENV)/.dev
	$(BIN)/python -m tools.lint

check-cypher: $(VENV)/.dev $(LINT_NODE)
	$(BIN)/python -m tools.ontology | node tools/lint_cypher.mjs cypher migrations

check-docs: $(VENV)/.dev
	$(BIN)/python -m tools.docs --check

fmt: $(VENV)/.dev ## Format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Score what lacks a result of this code, write the page; ARGS=--help tells more
	$(BIN)/python -m benchmarks $(ARGS)

schema: $(VENV)/.dev ## Write the GraphQL schema's text and the JSON Schemas of descriptions and templates anew
	$(BIN)/python -m api.graphql.schema > api/graphql/schema.graphql.new
	mv api/graphql/schema.graphql.new api/graphql/schema.graphql
	$(BIN)/python -m engine.description.schema > engine/schema.json.new
	mv engine/schema.json.new engine/schema.json
	$(BIN)/python -m tools.template_schemas

docs: $(VENV)/.dev ## Rewrite the pages that are made from code, and check every link between pages
	$(BIN)/python -m tools.docs

# --- supply chain

sbom: $(VENV)/.dev ## Write the bill of materials (CycloneDX) to build/labo.cdx.json
	$(BIN)/python -m tools.supply_chain.sbom

audit: $(VENV)/.dev ## Fail on a known hole in what the product consists of; ARGS=--help tells more
	$(BIN)/python -m tools.supply_chain.advisories $(ARGS)

# --- maintenance

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --strip-extras --no-annotate --no-header $(UPGRADE)

# Needs uv alone: what pyproject.toml asks for is not in the locks yet, so `pip check` would refuse.
$(BIN)/uv: $(VENV)/.created
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.lock >$(VENV)/uv.lock
	@$(PIP) --quiet --no-deps --require-hashes -r $(VENV)/uv.lock
	@touch $@

lock: $(BIN)/uv ## Write the lock files anew (UPGRADE=--upgrade takes newer versions)
	$(LOCK) tools/build-requirements.in -o requirements-build.lock
	$(LOCK) --extra postgres --constraint requirements-build.lock \
	  pyproject.toml tools/build-requirements.in -o requirements.lock
	$(LOCK) --extra postgres --extra dev --constraint requirements.lock \
	  pyproject.toml tools/build-requirements.in -o requirements-dev.lock

clean: ## Remove the environment, caches and build results (the data folder stays)
	rm -rf $(VENV) tools/node_modules build dist htmlcov *.egg-info .coverage .coverage.* \
	  .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
