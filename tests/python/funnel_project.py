"""Funnels for a test: a copy of the project with other rows in its reference tables."""

import csv
import json
import shutil
from typing import Any

from oracle import Reference, read_reference
from warehouse import Warehouse, copy_project

from productpulse.paths import project_root

TABLES = ("funnels", "funnel_steps", "funnel_exclusions")
COLUMNS = {
    table: next(csv.reader((project_root() / "seeds" / f"{table}.csv").open())) for table in TABLES
}
MARTS = ("fct_funnel_users", "fct_funnel_steps", "fct_funnel_steps_weekly")


def reference_with(
    funnels: dict[str, dict[str, Any]], exclusions: dict[str, list[dict[str, Any]]] | None = None
) -> Reference:
    """The project's reference tables with other funnels.

    A funnel is its parameters (the profile is house) and `steps`: event names, or pairs of one and
    (property, value). Exclusions are rows without the funnel.
    """
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for funnel_id, given in funnels.items():
        parameters = {name: value for name, value in given.items() if name != "steps"}
        rows["funnels"].append({"funnel_id": funnel_id, "profile": "house"} | parameters)
        for number, step in enumerate(given["steps"], start=1):
            name, (key, value) = (step, (None, None)) if isinstance(step, str) else step
            asked = {"event_name": name, "property_name": key, "property_value": value}
            rows["funnel_steps"].append({"funnel_id": funnel_id, "step_number": number} | asked)
        for excluded in (exclusions or {}).get(funnel_id, []):
            rows["funnel_exclusions"].append({"funnel_id": funnel_id} | excluded)
    texts = {
        table: [
            {
                column: None if row.get(column) is None else str(row[column])
                for column in COLUMNS[table]
            }
            for row in rows[table]
        ]
        for table in TABLES
    }
    return read_reference(project_root() / "seeds") | texts


def build_funnels(
    warehouse: Warehouse,
    reference: Reference,
    target: str = "duckdb",
    variables: dict[str, Any] | None = None,
) -> None:
    """Build the funnel marts, and everything they are made of, with these reference tables."""
    folder = warehouse.home / f"project_{target}"
    shutil.rmtree(folder, ignore_errors=True)
    copy_project(folder)
    for table in TABLES:
        with (folder / "seeds" / f"{table}.csv").open("w", newline="") as lines:
            writer = csv.DictWriter(lines, COLUMNS[table])
            writer.writeheader()
            writer.writerows(reference[table])
    warehouse.dbt(
        *("build", target, "--select", *(f"+{mart}" for mart in MARTS)),
        *("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"),
        *("--vars", json.dumps(variables or {})),
        project=folder,
    )
