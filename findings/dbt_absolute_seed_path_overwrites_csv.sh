#!/usr/bin/env bash
# dbt-core 1.11.16 with dbt-duckdb 1.11.1: seeds found by an absolute `seed-paths`.
# A good guess: the CSV files stay as they are, since seeds are only read.
# Seen: `dbt seed` succeeds, and each CSV then holds the SQL that loaded it. dbt writes what it ran to
# <target>/run/<project>/<path of the node>, and joining an absolute path gives that path alone.
# For our users: a folder of their own is a dbt project by links, whose `seed-paths` stay relative.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq dbt-core==1.11.16 dbt-duckdb==1.11.1
mkdir -p "$folder/project" "$folder/elsewhere"
printf 'plan_id,price\nbasic,100\n' > "$folder/elsewhere/plans.csv"
cat > "$folder/project/dbt_project.yml" <<YML
name: finding
version: "1.0.0"
profile: finding
seed-paths: ["$folder/elsewhere"]
YML
cat > "$folder/project/profiles.yml" <<YML
finding: {target: dev, outputs: {dev: {type: duckdb, path: "$folder/finding.duckdb"}}}
YML
cd "$folder/project"
DBT_SEND_ANONYMOUS_USAGE_STATS=0 "$folder/venv/bin/dbt" seed --profiles-dir . | tail -n 1
echo "the CSV afterwards:"
grep -v '^ *$' "$folder/elsewhere/plans.csv"
if ! grep -q 'create table' "$folder/elsewhere/plans.csv"; then
    echo "changed: dbt left the CSV as it was" >&2
    exit 1
fi
