#!/usr/bin/env bash
# dbt-core 1.12.6 (metricflow 0.213.0) with dbt-duckdb 1.11.1: the osi_document.json that each parse writes.
# A good guess: the Open Semantic Interchange document says what the semantic layer says, or dbt tells what it leaves out, as it
# does for conversion and cumulative metrics.
# Seen: a balance that may not be summed over time (`non_additive_dimension`) becomes plain SUM, without a warning. For two days
# with 100 and 110, dbt's own metric gives 110, and the expression in the document 210.
# For our users: exchange metrics by `productpulse metric export --format ossie`, whose expressions are null over several days.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# dbt-core's parser in Rust is left out: its source package downloads a binary while it is built, and nothing here needs it
"$folder/venv/bin/pip" install -qq uv==0.9.18
printf 'dbt-core-experimental-parser; python_version < "3"\n' > "$folder/overrides.txt"
"$folder/venv/bin/uv" pip install -q --python "$folder/venv/bin/python" --overrides "$folder/overrides.txt" \
    dbt-core==1.12.6 metricflow==0.213.0 dbt-duckdb==1.11.1
mkdir -p "$folder/project/models"
cd "$folder/project"
printf 'name: finding\nversion: "1.0.0"\nprofile: finding\n' > dbt_project.yml
cat > profiles.yml <<YML
finding: {target: dev, outputs: {dev: {type: duckdb, path: "$folder/finding.duckdb"}}}
YML
echo "select date '2024-01-01' as held_on, 100 as amount union all select date '2024-01-02', 110" > models/balances.sql
cat > models/balances.yml <<'YML'
models:
  - name: balances
    time_spine: {standard_granularity_column: held_on}
    columns: [{name: held_on, granularity: day}]
semantic_models:
  - name: balances
    model: ref('balances')
    defaults: {agg_time_dimension: held_on}
    primary_entity: balance
    dimensions: [{name: held_on, type: time, type_params: {time_granularity: day}}]
    measures:
      - {name: balance, agg: sum, expr: amount, non_additive_dimension: {name: held_on, window_choice: max}}
metrics:
  - {name: balance, label: Balance, type: simple, type_params: {measure: balance}}
YML
export DBT_SEND_ANONYMOUS_USAGE_STATS=0
"$folder/venv/bin/dbt" --warn-error run > run.txt 2>&1 || { cat run.txt; exit 1; }
cat > ask.py <<'PY'
import json
from pathlib import Path

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup


class OnDuckDB:
    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


manifest = parse_manifest_from_dbt_generated_manifest(Path("target/semantic_manifest.json").read_text())
engine = MetricFlowEngine(SemanticManifestLookup(manifest), OnDuckDB())
request = MetricFlowQueryRequest.create(metric_names=["balance"])
sql = engine.explain(request).sql_statement.without_descriptions.sql
(model,) = json.loads(Path("target/osi_document.json").read_text())["semantic_model"]
(metric,) = model["metrics"]
expression = metric["expression"]["dialects"][0]["expression"]
with duckdb.connect("../finding.duckdb") as database:
    ((asked,),) = database.execute(sql).fetchall()
    ((exchanged,),) = database.execute(f"select {expression} from balances").fetchall()
print(f"semantic layer: {asked}\ndocument: {exchanged} by {expression}")
PY
found=$("$folder/venv/bin/python" ask.py)
echo "$found"
if [[ $found != $'semantic layer: 110\ndocument: 210 by SUM(balances.amount)' ]]; then
    echo "changed: dbt's document no longer sums a balance over time" >&2
    exit 1
fi
