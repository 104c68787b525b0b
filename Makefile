# Needs Python 3.11 or newer (with venv), git and make. The environment is in .venv/, run-time files are in var/.
#   make demo   the site with the demo season, its worker and its beat; Ctrl-C stops all of them
#   make test   the tests, on SQLite and then on PostgreSQL (test-sqlite, test-postgres: one of them)
#   make e2e    the tests that drive a browser
#   make bench  the performance figures, as ratios to ceilings measured in the same run (SCENARIOS="drain" for some)
#   make faults parts that break while they work, and what is left of the work (FAULTS="smtp-down --rounds 5" for some)
#   make check  every gate that changes nothing: style, types, imports, migrations, deployment
#   make fix    mend what the style gate can mend itself
#   make lock   compile pyproject.toml into the hash-checked requirements

.DEFAULT_GOAL := demo
.PHONY: demo test test-sqlite test-postgres e2e bench faults fix lock environment environment-dev \
	check check-style check-imports check-migrations check-deployment check-types
.NOTPARALLEL:

PORT ?= 8000
TEST_PROCESSES ?= 2
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
RECENT := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

# PYTHON may name the interpreter; otherwise the first that is recent enough and can make an environment
ifndef PYTHON
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	$$p -c '$(RECENT)' >/dev/null 2>&1 && echo $$p && break; done)
endif

demo: environment
	@$(MANAGE) serve --check-port --port "$(PORT)"
	@$(MANAGE) migrate --verbosity 0
	@PAR_SITE_URL="$${PAR_SITE_URL:-http://127.0.0.1:$(PORT)}" $(MANAGE) seed_demo --if-empty
	@exec $(MANAGE) serve --port "$(PORT)"

test: test-sqlite test-postgres

test-sqlite: environment-dev
	PAR_TEST_DATABASE=sqlite $(BIN)/pytest -n $(TEST_PROCESSES) --dist worksteal -m "not e2e"

test-postgres: environment-dev
	$(BIN)/python -m tests.postgres $(BIN)/pytest -n $(TEST_PROCESSES) --dist worksteal -m "not e2e"

e2e: environment-dev
	PAR_TEST_DATABASE=sqlite-file $(BIN)/python -m tests.browser $(BIN)/pytest -m e2e tests/e2e

bench: environment-dev
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench $(SCENARIOS)

faults: environment-dev
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.faults $(FAULTS)

check: check-style check-imports check-migrations check-deployment check-types

check-style: environment-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-imports: environment-dev
	$(BIN)/lint-imports

check-migrations: environment-dev
	DJANGO_SETTINGS_MODULE=config.settings.test $(MANAGE) makemigrations --check --dry-run

# production settings with values that name nothing: no server is asked
check-deployment: environment-dev
	PAR_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	PAR_ALLOWED_HOSTS=site.example PAR_SITE_URL=https://site.example PAR_SOURCE_URL=https://source.example/ \
	PAR_DATABASE_URL=postgresql:///none PAR_SMTP_HOST=mail.example PAR_MAIL_FROM=site@site.example \
	PAR_BROKER_URL=amqp://broker.example DJANGO_SETTINGS_MODULE=config.settings.production \
	$(MANAGE) check --deploy --fail-level WARNING

check-types: environment-dev
	$(BIN)/mypy

fix: environment-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml
lock: $(BIN)/python
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	@PATH="$$PATH:$(CURDIR)/$(BIN)"; for p in production dev; do \
		uv pip $(COMPILE) $$(test $$p = dev && echo --extra dev) --output-file requirements/$$p.txt || exit 1; done

environment: $(BIN)/python
	@$(call install,production)

environment-dev: $(BIN)/python
	@$(call install,dev)

# A copy of the lock that was installed lies in the environment: nothing is done while it equals the lock
define install
cmp -s requirements/$(1).txt .venv/installed-$(1).txt || { \
	echo "Installing requirements/$(1).txt (once, a minute or two)"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1).txt && \
	cp requirements/$(1).txt .venv/installed-$(1).txt || \
	{ echo "The requirements could not be installed: the lines above say why." >&2; exit 1; }; }
endef

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed (Debian: apt install python3-venv); set PYTHON=/path/to/python to name one." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "$(PYTHON) is not Python 3.11 or newer: set PYTHON=/path/to/python to name another." >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module: install it (Debian: apt install python3-venv)." >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear .venv || { rm -rf .venv; echo "$(PYTHON) could not make the environment .venv: the lines above say why." >&2; exit 1; }
