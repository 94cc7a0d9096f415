"""The part of the warehouse that is about revenue, built on DuckDB."""

import json
from typing import Any

from warehouse import Warehouse


def build_revenue(warehouse: Warehouse, variables: dict[str, Any], *models: str) -> None:
    """Build models, and everything they are made of, without their tests."""
    warehouse.dbt(
        *("build", "duckdb", "--select", "config.materialized:seed"),
        *(f"+{model}" for model in models),
        *("--exclude-resource-type", "test", "unit_test", "--vars", json.dumps(variables)),
    )
