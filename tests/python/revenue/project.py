"""The part of the warehouse that revenue is counted in, built on DuckDB."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from warehouse import Warehouse

from productpulse.paths import project_root


def build_revenue(warehouse: Warehouse, variables: dict[str, Any], *models: str) -> None:
    """Build models, and all they are made of, without their tests."""
    folder = warehouse.home / "revenue"
    folder.mkdir(exist_ok=True)
    (folder / "profiles.yml").write_text((project_root() / "profiles.example.yml").read_text())
    command = [
        *(Path(sys.executable).parent / "dbt", "build", "--target", "duckdb"),
        *("--select", "config.materialized:seed", *(f"+{model}" for model in models)),
        *("--exclude-resource-type", "test", "unit_test", "--vars", json.dumps(variables)),
        *("--profiles-dir", folder, "--log-path", folder, "--target-path", folder / "target"),
    ]
    done = subprocess.run(
        list(map(str, command)),
        env=warehouse.environment,
        cwd=project_root(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
