# Thin over the command line: everything here can be typed by hand.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo dashboard test test-slow mutate proof lint build bench docs lock clean

setup: .venv/.installed ## the environment, from the lock file

.venv/.installed: requirements.lock pyproject.toml scripts/setup_environment.py
	@$(PYTHON) scripts/setup_environment.py .venv
	@touch $@

demo: setup ## a simulated company, from nothing to its key numbers
	@$(BIN)/productpulse run

dashboard: setup ## what is built, in the browser
	@$(BIN)/productpulse dashboard

test: setup ## the tests that run before every change
	@$(BIN)/pytest -m "not slow" --numprocesses auto --junit-xml .pulse/proof/fast.xml

test-slow: setup ## the tests that take minutes each; every night
	@$(BIN)/pytest -m slow --numprocesses auto --junit-xml .pulse/proof/slow.xml

mutate: setup ## changes the models one thing at a time: do the tests notice? MODEL=fct_x for one
	@PYTHONPATH=scripts:tests/python $(BIN)/python -m mutate $(MODEL)

lint: setup ## style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint models tests/dbt analyses --disable-progress-bar --processes 0

proof: setup ## all of the above, and what they show, in docs/generated/proof.md; hours
	-@$(MAKE) test
	-@$(MAKE) test-slow
	-@$(MAKE) mutate MODEL=
	@$(BIN)/python scripts/proof.py

build: setup ## one dbt build of what is loaded
	@$(BIN)/productpulse build

bench: setup ## speed, as ratios within one run; an hour and more
	@$(BIN)/python scripts/bench/simulator.py
	@$(BIN)/python scripts/bench/activity.py
	@$(BIN)/python scripts/bench/growth.py
	@$(BIN)/python scripts/bench/revenue.py
	@$(BIN)/python scripts/bench/build.py
	@$(BIN)/python scripts/bench/scale.py
	@$(BIN)/python scripts/bench/dashboard.py

docs: setup ## the dbt documentation as one page, target/static_index.html
	@mkdir -p .pulse/profiles && cp profiles.example.yml .pulse/profiles/profiles.yml
	@PULSE_DATABASE_URL="$$($(BIN)/productpulse db url)" \
		$(BIN)/dbt docs generate --static --profiles-dir .pulse/profiles

lock: setup ## choose new versions
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-strip-extras --upgrade \
		--python-version 3.11 --extra duckdb --group install --group dev pyproject.toml --output-file requirements.lock

clean: ## remove what can be made again; loaded data stay (productpulse db remove takes those too)
	rm -rf .venv target logs .pulse/target .pulse/logs .pulse/profiles .pytest_cache .mypy_cache .ruff_cache .hypothesis
