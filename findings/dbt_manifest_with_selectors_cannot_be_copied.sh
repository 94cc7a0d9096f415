#!/usr/bin/env bash
# dbt-core 1.11.16 with dbt-duckdb 1.11.1: a copy of a parsed manifest, for several invocations from Python.
# A good guess: `Manifest.deepcopy()` works for any project. `dbtRunner(manifest=...)` saves a second parse, but changes the
# manifest that it is given, so programs that use it more than once hand over copies.
# Seen: it works until the project has a selectors.yml; then it raises AttributeError, as it takes the selectors, which
# are plain dicts, for nodes. Handing over the manifest itself works with selectors too.
# For our users: `selectors.yml` is ours, so whoever copies our manifest empties `manifest.selectors` first, as our tests do.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq dbt-core==1.11.16 dbt-duckdb==1.11.1
mkdir -p "$folder/project/models"
echo "select 1 as id" > "$folder/project/models/one.sql"
printf 'name: finding\nversion: "1.0.0"\nprofile: finding\n' > "$folder/project/dbt_project.yml"
cat > "$folder/project/profiles.yml" <<YML
finding: {target: dev, outputs: {dev: {type: duckdb, path: "$folder/finding.duckdb"}}}
YML
cd "$folder/project"
cat > try_copy.py <<'PY'
from dbt.cli.main import dbtRunner

manifest = dbtRunner().invoke(["--log-level", "none", "parse"]).result
assert dbtRunner(manifest=manifest).invoke(["--log-level", "none", "compile"]).success
try:
    manifest.deepcopy()
    print("copied")
except Exception as error:
    print(f"{type(error).__name__}: {error}")
PY
export DBT_SEND_ANONYMOUS_USAGE_STATS=0
without=$("$folder/venv/bin/python" try_copy.py)
cat > selectors.yml <<'YML'
selectors:
  - name: everything
    definition:
      method: fqn
      value: "*"
      exclude: [{method: resource_type, value: unit_test}]
YML
rm -rf target
with=$("$folder/venv/bin/python" try_copy.py)
printf 'without selectors.yml: %s\nwith selectors.yml:    %s\n' "$without" "$with"
if [[ $without != *copied* || $with == *copied* ]]; then
    echo "changed: dbt copies a manifest with selectors, or none at all" >&2
    exit 1
fi
